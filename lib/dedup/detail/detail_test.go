package detail

import (
	"math/rand/v2"
	"testing"

	"imagelab/lib/dedup"
)

// The threshold lies beyond what different photos reach, whether they agree little, as garments do,
// or much, as solar cells do; and some photos with two labels do not move it to where nothing is
// found.
func TestThreshold(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	sample := func(n int, middle, spread float64, copies int) (apart []float64) {
		for range n {
			apart = append(apart, middle+spread*r.ExpFloat64())
		}
		for i := range copies {
			apart[i] = 0.99
		}
		return apart
	}
	tests := []struct {
		name, reason string
		apart        []float64
		low, high    float64
	}{
		{"nothing agrees", "the least one holds", make([]float64, 400), leastAgreement, leastAgreement},
		{"garments", "they agree little", sample(400, 0.1, 0.05, 0), leastAgreement, leastAgreement},
		{"cells", "they agree much: 1 in 1,000 is at 0.9", sample(400, 0.55, 0.05, 0), 0.8, mostAgreement},
		{"two labels", "3 of 100 photos", sample(100, 0.1, 0.05, 3), leastAgreement, 0.8},
		{"all agree", "copies that agree fully are still found", sample(400, 0.995, 0, 0), mostAgreement, mostAgreement},
	}
	for _, tt := range tests {
		if got := threshold(tt.apart); got < tt.low || got > tt.high {
			t.Errorf("%s: threshold %.2f, want %.2f to %.2f: %s", tt.name, got, tt.low, tt.high, tt.reason)
		}
	}
}

// TestJudgeTells: where photos of different classes agree as well as copies do, as solar cells do,
// that is said; a photo that is there under two labels is no reason.
func TestJudgeTells(t *testing.T) {
	for _, passing := range []int{0, 3, 40} {
		negatives := make([]candidate, 400)
		for i := range passing {
			negatives[i].Agreement = 0.995
		}
		e := judge(nil, negatives).Evidence
		if told := e.Alike() != ""; e.Passing != passing || told != (passing == 40) {
			t.Errorf("%d of 400 agree: %d pass, and %q is said", passing, e.Passing, e.Alike())
		}
	}
}

func TestJudge(t *testing.T) {
	pairs := []dedup.NearPair{{A: 0, B: 1, Agreement: 0.99}, {A: 2, B: 3, Agreement: 0.86},
		{A: 1, B: 2, Agreement: 0.84}, {A: 0, B: 4}}
	near := judge(pairs, nil) // no classes
	if len(near.Pairs) != 2 || len(near.Borderline) != 4 || near.Evidence.Measured ||
		near.Evidence.Threshold != withoutClasses {
		t.Errorf("%+v", near)
	}
	near.Borderline[0].A = 9
	if near.Pairs[0].A == 9 {
		t.Error("borderline pairs share memory with the others")
	}
}

func TestBestOfTurns(t *testing.T) {
	pair := func(a, b int, agreement, distance float64) candidate {
		return candidate{dedup.NearPair{A: a, B: b, Agreement: agreement, Distance: distance}, 1}
	}
	got := best([]candidate{pair(3, 1, 0.2, 0.5), pair(1, 3, 0.9, 0.6), pair(0, 2, 0.95, 0.1)})
	want := []dedup.NearPair{{A: 0, B: 2, Agreement: 0.95, Distance: 0.1}, {A: 1, B: 3, Agreement: 0.9, Distance: 0.5}}
	if len(got) != 2 || got[0] != want[0] || got[1] != want[1] {
		t.Errorf("%+v, want %+v", got, want)
	}
}
