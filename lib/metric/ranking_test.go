package metric

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// rank makes two classes, of which "bad" has the given probabilities on images that are bad, or
// not.
func rank(t *testing.T, bad, good []float64) Ranking {
	t.Helper()
	var labels []int
	var probs [][]float64
	for label, ps := range [][]float64{bad, good} {
		for _, p := range ps {
			labels, probs = append(labels, label), append(probs, []float64{p, 1 - p})
		}
	}
	r, err := Rank([]string{"bad", "good"}, labels, probs, "bad")
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestRank(t *testing.T) {
	tests := []struct {
		name      string
		reason    string
		bad, good []float64
		auc, ap   float64
	}{
		{"perfect", "every bad one above every good one", []float64{0.9, 0.6}, []float64{0.5, 0.1}, 1, 1},
		{"reversed", "no pair is in order; precisions at the two bad ones are 1/3 and 2/4", []float64{0.2, 0.1},
			[]float64{0.9, 0.8}, 0, (1.0/3 + 2.0/4) / 2},
		{"one pair swapped", "5 of 6 pairs in order; precisions 1/1 and 2/3", []float64{0.9, 0.5},
			[]float64{0.7, 0.3, 0.2}, 5.0 / 6, (1 + 2.0/3) / 2},
		{"all equal", "nothing is told apart: half of the pairs, and the share of the class", []float64{0.5, 0.5},
			[]float64{0.5, 0.5, 0.5}, 0.5, 0.4},
		{"one tie", "pairs 1, 1, 0.5, 1 of 4; the tie is reported together: 1 and 2/3", []float64{0.9, 0.5},
			[]float64{0.5, 0.1}, 3.5 / 4, (1 + 2.0/3) / 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := rank(t, tt.bad, tt.good)
			near(t, "AUC: "+tt.reason, r.AUC, tt.auc, 1e-12)
			near(t, "AP: "+tt.reason, r.AP, tt.ap, 1e-12)
			last := r.Points[len(r.Points)-1]
			if last.Recall != 1 || last.FalseRate != 1 || r.N != len(tt.bad) || r.Others != len(tt.good) {
				t.Errorf("the last threshold reports every image, got %+v of %d and %d", last, r.N, r.Others)
			}
		})
	}
}

// TestRankCountsPairs compares the area with its definition by pairs.
func TestRankCountsPairs(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	var bad, good []float64
	for range 60 {
		bad, good = append(bad, float64(r.IntN(12)+3)/15), append(good, float64(r.IntN(12))/15)
	}
	pairs := 0.0
	for _, b := range bad {
		for _, g := range good {
			switch {
			case b > g:
				pairs++
			case b == g:
				pairs += 0.5
			}
		}
	}
	near(t, "AUC", rank(t, bad, good).AUC, pairs/float64(len(bad)*len(good)), 1e-12)
}

func TestThresholds(t *testing.T) {
	r := rank(t, []float64{0.9, 0.6, 0.4}, []float64{0.7, 0.3, 0.2, 0.1})
	for _, tt := range []struct {
		reason       string
		got          Threshold
		value        float64
		found, false int
	}{
		{"at least 0.5: 0.9 and 0.6, and 0.7 of the others", r.At(0.5), 0.5, 2, 1},
		{"the limit itself is reported", r.At(0.4), 0.4, 3, 1},
		{"above all: nothing", r.At(0.95), 0.95, 0, 0},
		{"two of three are enough for 60 %", r.Finding(0.6), 0.6, 2, 1},
		{"all of them", r.Finding(1), 0.4, 3, 1},
	} {
		if tt.got.Value != tt.value || tt.got.Found != tt.found || tt.got.False != tt.false {
			t.Errorf("%s: got %+v", tt.reason, tt.got)
		}
	}
	near(t, "precision of nothing", r.At(0.95).Precision, 0, 0)
	near(t, "precision at 0.5", r.At(0.5).Precision, 2.0/3, 1e-12)
	near(t, "false rate at 0.5", r.At(0.5).FalseRate, 0.25, 1e-12)
}

func TestRankRefuses(t *testing.T) {
	classes, probs := []string{"bad", "good"}, [][]float64{{0.4, 0.6}, {0.9, 0.1}}
	for _, tt := range []struct {
		reason string
		labels []int
		class  string
		says   string
	}{
		{"a class that is not there", []int{0, 1}, "ugly", "bad"},
		{"no image of the class", []int{1, 1}, "bad", "0 of 2"},
		{"no other image", []int{0, 0}, "bad", "2 of 2"},
		{"as Evaluate does", []int{0, 2}, "bad", "label 2"},
	} {
		if _, err := Rank(classes, tt.labels, probs, tt.class); err == nil || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %v", tt.reason, err)
		}
	}
}

func TestCheapest(t *testing.T) {
	r, err := RankScores("cat", []bool{true, false, true, false}, []float64{0.9, 0.8, 0.7, 0.1})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		reason string
		miss   float64
		want   float64
	}{
		{"a miss costs as much as a false alarm: the highest of the cheapest", 1, 0.9},
		{"misses are dear: both are found, for one false alarm", 5, 0.7},
		{"misses cost nothing: nothing is called", 0, 1.01},
	} {
		if got := r.Cheapest(tt.miss).Value; got != tt.want {
			t.Errorf("threshold %g, want %g: %s", got, tt.want, tt.reason)
		}
	}
	if _, err := RankScores("cat", []bool{true}, nil); err == nil {
		t.Error("lengths that differ are no ranking")
	}
}
