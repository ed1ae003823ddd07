package metric

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"testing"
)

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s is %.10g, want %.10g", what, got, want)
	}
}

func TestWilson(t *testing.T) {
	tests := []struct {
		name       string
		reason     string
		correct, n int
		want       Interval
	}{
		{"small", "published figure, percent to one place", 24, 26, Interval{0.759, 0.979}},
		{"middle", "published figure", 475, 500, Interval{0.927, 0.966}},
		{"large", "published figure", 950, 1000, Interval{0.935, 0.962}},
		{"none right", "n/(n+z^2) of the way: the other side is not empty", 0, 10, Interval{0, 0.278}},
		{"all right", "the mirror image", 10, 10, Interval{0.722, 1}},
		{"no images", "nothing is known", 0, 0, Interval{0, 1}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := Wilson(tt.correct, tt.n)
			near(t, "low: "+tt.reason, got[0], tt.want[0], 5e-4)
			near(t, "high: "+tt.reason, got[1], tt.want[1], 5e-4)
		})
	}
}

// Six images of three classes, of which the last has none; worked out by hand.
func byHand(t *testing.T) Result {
	t.Helper()
	labels := []int{0, 0, 0, 0, 1, 1}
	probs := [][]float64{
		{0.9, 0.1, 0}, {0.8, 0.1, 0.1}, {0.3, 0.6, 0.1}, {0.05, 0.95, 0}, {0.25, 0.75, 0}, {0.1, 0.2, 0.7},
	}
	r, err := Evaluate([]string{"a", "b", "c"}, labels, probs, []string{"1", "2", "3", "4", "5", "6"})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestEvaluateByHand(t *testing.T) {
	r := byHand(t)
	near(t, "top1", r.Top1, 3.0/6, 1e-12)
	near(t, "balanced: c has no images and does not count", r.Balanced, (2.0/4+1.0/2)/2, 1e-12)
	near(t, "macro F1", r.MacroF1, (4.0/6+2.0/5)/2, 1e-12)
	logs := math.Log(0.9) + math.Log(0.8) + math.Log(0.3) + math.Log(0.05) + math.Log(0.75) + math.Log(0.2)
	near(t, "log loss", r.LogLoss, -logs/6, 1e-12)
	if want := [][]int{{2, 2, 0}, {0, 1, 1}, {0, 0, 0}}; !reflect.DeepEqual(r.Confusion, want) {
		t.Errorf("confusion is %v, want %v", r.Confusion, want)
	}
	want := map[string]Class{"a": {1, 0.5, 2.0 / 3, 4, nil}, "b": {1.0 / 3, 0.5, 0.4, 2, nil}, "c": {0, 0, 0, 0, nil}}
	for name, c := range want {
		near(t, name+" precision", r.PerClass[name].Precision, c.Precision, 1e-12)
		near(t, name+" recall", r.PerClass[name].Recall, c.Recall, 1e-12)
		near(t, name+" F1", r.PerClass[name].F1, c.F1, 1e-12)
		if r.PerClass[name].N != c.N {
			t.Errorf("%s has %d images, want %d", name, r.PerClass[name].N, c.N)
		}
	}
	if got := fmt.Sprint(r.Mistakes); got != "[{4 a b 0.95} {6 b c 0.7} {3 a b 0.6}]" {
		t.Errorf("mistakes, most confident first: %s", got)
	}
}

func TestCalibration(t *testing.T) {
	tests := []struct {
		name   string
		reason string
		conf   []float64
		right  []bool
		ece    float64
		bins   int
	}{
		{"certain and right", "no gap at all", []float64{1, 1}, []bool{true, true}, 0, 1},
		{"certain and wrong", "the largest gap there is", []float64{1}, []bool{false}, 1, 1},
		{"one bin", "0.94 and 0.98 share the last bin: |1/2 - 0.96|", []float64{0.94, 0.98}, []bool{true, false}, 0.46, 1},
		{"two bins", "each weighs by its images: (3*|2/3-0.7| + 1*|1-0.9|)/4", []float64{0.7, 0.7, 0.7, 0.9},
			[]bool{true, true, false, true}, (0.1 + 0.1) / 4, 2},
		{"upper edge", "0.8 = 12/15 belongs to the bin that ends there, 0.81 to the next", []float64{0.8, 0.81},
			[]bool{true, false}, (0.2 + 0.81) / 2, 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			labels, probs := make([]int, len(tt.conf)), make([][]float64, len(tt.conf))
			for i, p := range tt.conf {
				probs[i] = []float64{p, 1 - p}
				if !tt.right[i] {
					labels[i] = 1
				}
			}
			held, ece := calibration(labels, probs)
			near(t, tt.reason, ece, tt.ece, 1e-12)
			if len(held) != tt.bins {
				t.Errorf("%d bins hold images, want %d: %s", len(held), tt.bins, tt.reason)
			}
		})
	}
}

func TestEvaluateRefuses(t *testing.T) {
	tests := []struct {
		name   string
		reason string
		labels []int
		probs  [][]float64
		files  []string
	}{
		{"no images", "an accuracy of nothing would be read as a result", nil, nil, nil},
		{"too few rows", "rows and labels are paired by position", []int{0, 1}, [][]float64{{1, 0}}, nil},
		{"too few files", "files too", []int{0}, [][]float64{{1, 0}}, []string{}},
		{"unknown label", "no class has this number", []int{2}, [][]float64{{1, 0}}, nil},
		{"negative label", "no class has this number", []int{-1}, [][]float64{{1, 0}}, nil},
		{"short row", "a probability is missing", []int{0}, [][]float64{{1}}, nil},
		{"not a number", "a diverged fit must not look like a result", []int{0}, [][]float64{{math.NaN(), 1}}, nil},
		{"infinite", "the same", []int{0}, [][]float64{{math.Inf(1), 0}}, nil},
		{"logits", "scores that do not sum to 1 are not probabilities", []int{0}, [][]float64{{3, 1}}, nil},
		{"negative", "nor are negative ones that do", []int{0}, [][]float64{{1.5, -0.5}}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if r, err := Evaluate([]string{"a", "b"}, tt.labels, tt.probs, tt.files); err == nil {
				t.Errorf("no error but %+v; %s", r, tt.reason)
			}
		})
	}
}

func TestEvaluateProperties(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 50 {
		n, classes := 1+rng.IntN(80), 2+rng.IntN(5)
		labels, probs, files := make([]int, n), make([][]float64, n), make([]string, n)
		names := []string{"a", "b", "c", "d", "e", "f"}[:classes]
		for i := range n {
			labels[i], files[i] = rng.IntN(classes), fmt.Sprint(i)
			probs[i] = make([]float64, classes)
			sum := 0.0
			for k := range probs[i] {
				probs[i][k] = rng.ExpFloat64()
				sum += probs[i][k]
			}
			for k := range probs[i] {
				probs[i][k] /= sum
			}
		}
		r, err := Evaluate(names, labels, probs, files)
		if err != nil {
			t.Fatal(err)
		}
		wrong := n - int(math.Round(r.Top1*float64(n)))
		if len(r.Mistakes) != min(wrong, 24) {
			t.Errorf("%d mistakes listed of %d, want at most 24", len(r.Mistakes), wrong)
		}
		if r.Interval[0] > r.Top1 || r.Interval[1] < r.Top1 {
			t.Errorf("top-1 %g lies outside %v", r.Top1, r.Interval)
		}
		count := 0
		for _, b := range r.Bins {
			count += b.N
		}
		if count != n {
			t.Errorf("the bins hold %d of %d images", count, n)
		}
	}
}

func TestResultJSON(t *testing.T) {
	text, err := json.Marshal(byHand(t))
	if err != nil {
		t.Fatal(err)
	}
	var keys map[string]json.RawMessage
	if err := json.Unmarshal(text, &keys); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"top1", "interval", "n", "balanced_accuracy", "macro_f1", "per_class", "confusion",
		"classes", "log_loss", "ece", "mistakes"} {
		if _, ok := keys[key]; !ok {
			t.Errorf("key %q is missing from %s: programs read it", key, text)
		}
	}
}
