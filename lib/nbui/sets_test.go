package nbui

import "imagelab/lib/metric"

func ExampleScores() {
	r, err := metric.Evaluate([]string{"hat", "shoes"}, []int{0, 0, 0, 1},
		[][]float64{{1, 0}, {1, 0}, {0, 1}, {0, 1}}, nil)
	Check(err)
	Scores([]string{"validation"}, r)
	// Output:
	// result      photos  accuracy  95 % interval     commonest class  balanced accuracy
	// ------      ------  --------  -------------     ---------------  -----------------
	// validation  4       75.0 %    30.1 % to 95.4 %  75.0 %           83.3 %
}
