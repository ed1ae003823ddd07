package figure

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"imagelab/lib/metric"
)

// ranked is a class of 60 among 200 images, which it is told from with some mistakes.
func ranked(t *testing.T) metric.Ranking {
	t.Helper()
	r := rand.New(rand.NewPCG(1, 1))
	var labels []int
	var probs [][]float64
	for i := range 200 {
		label, p := 1, r.Float64()*0.6
		if i < 60 {
			label, p = 0, 0.2+r.Float64()*0.8
		}
		labels, probs = append(labels, label), append(probs, []float64{p, 1 - p})
	}
	got, err := metric.Rank([]string{"defective", "functional"}, labels, probs, "defective")
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// TestRankingWithoutPoints: thresholds above every probability report nothing, and no ranking was
// made yet.
func TestRankingWithoutPoints(t *testing.T) {
	for _, r := range []metric.Ranking{{}, ranked(t)} {
		for _, f := range []Figure{ROC(r, 1.5), PrecisionRecall(r, 1.5)} {
			svg, err := f.SVG()
			if err != nil {
				t.Fatal(err)
			}
			if wellFormed(t, svg); bytes.Contains(svg, []byte("NaN")) {
				t.Error("a coordinate is not a number")
			}
		}
	}
}
