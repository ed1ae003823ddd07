package metric

import (
	"math"
	"testing"
)

// TestAgree compares with cohen_kappa_score of scikit-learn 1.9.1 and cohens_kappa of statsmodels
// 0.15.0, which has the interval.
func TestAgree(t *testing.T) {
	tests := []struct {
		name, reason string
		table        [][]int // photos by first and second label
		kappa        float64
		interval     Interval
		known        bool
	}{
		{"two classes", "the textbook's", [][]int{{20, 5}, {10, 15}}, 0.4,
			Interval{0.151092290476661, 0.6489077095233389}, true},
		{"three classes", "of unequal size", [][]int{{88, 14, 18}, {10, 40, 10}, {2, 6, 12}}, 0.4915254237288136,
			Interval{0.3915637020535469, 0.59148714540408}, true},
		{"one large class", "agreement by chance is high", [][]int{{1, 0, 9}, {0, 3, 0}, {2, 1, 84}}, 0.3572576325656134,
			Interval{0.07605378029254511, 0.6384614848386814}, true},
		{"never", "as bad as it gets", [][]int{{0, 5}, {5, 0}}, -1, Interval{-1, 2*0.277533 - 1}, true},
		{"one says one class", "no better than chance", [][]int{{8, 2}, {0, 0}}, 0, Interval{0, 0}, true},
		// All agree: Wilson's lower end for 10 of 10 is 0.7225, chance agrees on 0.54.
		{"always", "ten photos do not make it certain", [][]int{{7, 0, 0}, {0, 2, 0}, {0, 0, 1}}, 1,
			Interval{(0.722467 - 0.54) / 0.46, 1}, true},
		{"one class", "nothing can be said", [][]int{{9}}, 0, Interval{}, false},
		{"none", "nothing can be said", nil, 0, Interval{}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var a, b []string
			for i, row := range tt.table {
				for j, n := range row {
					for range n {
						a, b = append(a, string(rune('a'+i))), append(b, string(rune('a'+j)))
					}
				}
			}
			got := Agree(a, b)
			if math.Abs(got.Kappa-tt.kappa) > 1e-9 || got.KappaKnown != tt.known || got.N != len(a) ||
				math.Abs(got.KappaInterval[0]-tt.interval[0]) > 1e-5 || math.Abs(got.KappaInterval[1]-tt.interval[1]) > 1e-6 {
				t.Errorf("%s: %+v, want %g, %v", tt.reason, got, tt.kappa, tt.interval)
			}
			if back := Agree(b, a); math.Abs(back.Kappa-got.Kappa) > 1e-9 || back.Agree != got.Agree {
				t.Errorf("the other way round: %+v", back)
			}
		})
	}
}

// TestKappaIsNotCertain: labels that differ in a regular way make the usual error 0, and a few
// photos are no certainty.
func TestKappaIsNotCertain(t *testing.T) {
	for name, labels := range map[string][2][]string{
		"one photo":           {{"a"}, {"b"}},
		"all the other way":   {{"a", "b"}, {"b", "a"}},
		"one label of a half": {{"a", "a", "a", "a"}, {"a", "a", "b", "b"}},
		"agreement on few":    {{"a", "b"}, {"a", "b"}},
	} {
		r := Agree(labels[0], labels[1])
		if r.KappaKnown && r.KappaInterval[1]-r.KappaInterval[0] < 0.2 {
			t.Errorf("%s: kappa %.2f with the interval %v", name, r.Kappa, r.KappaInterval)
		}
	}
}
