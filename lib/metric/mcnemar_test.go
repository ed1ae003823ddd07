package metric

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestMcNemar(t *testing.T) {
	tests := []struct {
		name          string
		reason        string
		first, second int
		exact, midP   float64
	}{
		{"none", "nobody disagrees: nothing tells them apart", 0, 0, 1, 1},
		{"one", "two ways to flip one sign, both as far out; mid-p counts them half", 1, 0, 1, 0.5},
		{"five to none", "2 of 32 ways: 2/32 and half of it", 5, 0, 0.0625, 0.03125},
		{"even", "by Fagerland's rule mid-p is 1 - C(4,2)/2^4/2", 2, 2, 1, 1 - 6.0/16/2},
		{"eight to two", "2(1+10+45)/1024, and 2(1+10+45/2)/1024", 8, 2, 112.0 / 1024, 67.0 / 1024},
		{"published", "Fagerland et al. 2013, airway hyper-responsiveness of 21 children, 7 against 1", 7, 1,
			0.0703125, 0.0390625},
		{"published, more", "Fagerland et al. 2013, complete response of patients, 6 against 16", 6, 16, 0.0525, 0.0347},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			exact, midP := McNemar(tt.first, tt.second)
			near(t, "exact: "+tt.reason, exact, tt.exact, 1e-4)
			near(t, "mid-p: "+tt.reason, midP, tt.midP, 1e-4)
			swapped, swappedMid := McNemar(tt.second, tt.first)
			near(t, "exact, swapped", swapped, exact, 1e-12)
			near(t, "mid-p, swapped", swappedMid, midP, 1e-12)
		})
	}
}

func TestSignFlipByHand(t *testing.T) {
	tests := []struct {
		name        string
		reason      string
		differences []int
		exact, midP float64
	}{
		{"agreement", "zeros have no sign to flip", []int{0, 0, 2, 0}, 1, 0.5},
		{"two sizes", "sums of ±1±3: 4, 2, -2, -4; 4 is reached or passed by two of four", []int{1, 3}, 0.5, 0.25},
		{"against", "±1±3 again: all four are at least 2 away", []int{-1, 3}, 1, 0.75},
		{"three fits", "±1±2±3: |6| twice, |4| twice, |2| twice and 0 twice of eight", []int{1, -2, -3}, 0.5, 0.375},
		{"cancelled", "a sum of 0 is never far", []int{2, -2}, 1, 0.75},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			exact, midP := SignFlip(tt.differences)
			near(t, "exact: "+tt.reason, exact, tt.exact, 1e-12)
			near(t, "mid-p: "+tt.reason, midP, tt.midP, 1e-12)
		})
	}
}

// TestSignFlipHolds flips the signs of random differences: mid-p is then below 0.05 in about one
// case of twenty.
func TestSignFlipHolds(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	const trials = 2000
	below := 0
	for range trials {
		d := make([]int, 60)
		for i := range d {
			d[i] = r.IntN(4) * (1 - 2*r.IntN(2))
		}
		if _, midP := SignFlip(d); midP < 0.05 {
			below++
		}
	}
	if share := float64(below) / trials; share < 0.035 || share > 0.065 {
		t.Errorf("p is below 0.05 in %.3f of the cases in which nothing differs", share)
	}
}

func TestHolm(t *testing.T) {
	got := Holm([]float64{0.04, 0.01, math.NaN(), 0.03, 0.9})
	want := []float64{0.09, 0.04, math.NaN(), 0.09, 0.9} // 4*0.01; 3*0.03; max(2*0.04, 0.09); 1*0.9
	for i := range want {
		if !math.IsNaN(want[i]) || !math.IsNaN(got[i]) {
			near(t, "adjusted p", got[i], want[i], 1e-12)
		}
	}
	if len(Holm(nil)) != 0 || !slices.Equal(Holm([]float64{0.7, 0.8}), []float64{1, 1}) {
		t.Error("no p value lies above 1")
	}
}

// TestByGroup: thirty photos of one group of ten, on which one model is ahead, are one piece of
// evidence.
func TestByGroup(t *testing.T) {
	var differences, groups []int
	for g := range 10 {
		ahead, behind := 5, 5
		if g == 0 {
			ahead, behind = 30, 0
		}
		for _, d := range slices.Concat(slices.Repeat([]int{1}, ahead), slices.Repeat([]int{-1}, behind)) {
			differences, groups = append(differences, d), append(groups, 7*g)
		}
	}
	if _, midP := SignFlip(ByGroup(differences, nil)); midP > 0.01 {
		t.Errorf("over photos, mid-p %.3f", midP)
	}
	if exact, midP := SignFlip(ByGroup(differences, groups)); exact != 1 || midP != 0.5 {
		t.Errorf("over groups, exact p %g and mid-p %g, want 1 and 0.5", exact, midP)
	}
}
