package curve

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestLawFit(t *testing.T) {
	sizes := []float64{5, 10, 20, 50, 100, 200, 300}
	tests := []struct {
		name   string
		reason string
		law    Law
	}{
		{"floor", "all three parameters matter", Law{1.2, power(27), 0.08, 0}},
		{"no floor", "C lies on its bound", Law{0.9, power(22), 0, 0}},
		{"slow", "small exponents look like a straight line over log n", Law{0.6, power(10), 0, 0}},
		{"exponential", "no power levels off so fast", Law{0.4, 0, 0.1, 300 * math.Pow(0.75, 5)}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var errors, weights []float64
			for i, n := range sizes {
				errors, weights = append(errors, tt.law.Error(n)), append(weights, 1e6*float64(1+i))
			}
			got := newFitter(sizes).fit(errors, weights)
			if math.Abs(got.A-tt.law.A) > 1e-6 || math.Abs(got.B-tt.law.B) > 1e-9 || math.Abs(got.C-tt.law.C) > 1e-6 {
				t.Errorf("%+v, want %+v: %s", got, tt.law, tt.reason)
			}
		})
	}
	flat := newFitter(sizes).fit([]float64{0.1, 0.11, 0.12, 0.13, 0.14, 0.15, 0.16}, []float64{1, 1, 1, 1, 1, 1, 1})
	if math.Abs(flat.Error(5)-0.13) > 1e-9 || math.Abs(flat.Error(1000)-0.13) > 1e-9 {
		t.Errorf("a rising error should be fitted by its mean, got %+v", flat)
	}
}

// TestGainCoverage asks whether the interval of the gain holds the true gain of doubling, over
// curves of all shapes.
func TestGainCoverage(t *testing.T) {
	hits, cases := 0, 0
	for _, shape := range shapes {
		for seed := range uint64(10) {
			c, err := New(small(shape.error).records(seed))
			if err != nil {
				t.Fatal(err)
			}
			draws := c.table.resample(rand.New(rand.NewPCG(seed, 0)), 300, false, c.table.scatter())
			gain := estimate(draws, func(d draw) float64 { return d.wrong(300) - d.wrong(600) })
			truth := shape.error(300) - shape.error(600)
			cases++
			if gain.Low <= truth && truth <= gain.High {
				hits++
			} else {
				t.Logf("%s: gain %.3f, forecast %.3f", shape.name, truth, gain)
			}
		}
	}
	if hits < cases*80/100 || hits > cases*98/100 {
		t.Errorf("%d of %d gains inside their 90 %% intervals", hits, cases)
	}
}

func TestCheckCoverage(t *testing.T) {
	hits, cases := 0, 0
	for _, shape := range shapes {
		before, beforeHits := cases, hits
		for seed := range uint64(2) {
			c, err := New(small(shape.error).records(seed))
			if err != nil {
				t.Fatal(err)
			}
			got := c.Check(1)
			if len(got.Cases)+got.Skipped != 4*6 {
				t.Errorf("%d cases and %d skipped: expected 3 classes and all images, of 5 seeds and their mean",
					len(got.Cases), got.Skipped)
			}
			hits, cases = hits+got.Hits, cases+len(got.Cases)
		}
		t.Logf("%s: %d of %d", shape.name, hits-beforeHits, cases-before)
	}
	if hits < cases*80/100 || hits > cases*98/100 {
		t.Errorf("%d of %d results inside their 90 %% intervals", hits, cases)
	}
}
