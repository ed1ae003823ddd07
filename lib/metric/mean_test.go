package metric

import (
	"math"
	"slices"
	"testing"
)

func TestCrossedByHand(t *testing.T) {
	// Row means 3/4 and 2/4, column means 1, 1, 1/2, 0, mean 5/8. Sums of squares: fits 4 (1/64 +
	// 1/64) = 1/8, images 2 (9/64 + 9/64 + 1/64 + 25/64) = 11/8, total 8 (5/8) (3/8) = 15/8, rest
	// 3/8. Mean squares 1/8, 11/24, 1/8: fits do not exceed the rest, so the variance is 11/24 / 8,
	// with 3 degrees of freedom.
	right := [][]bool{{true, true, true, false}, {true, true, false, false}}
	if e := MeanCI(Shares(right), nil); math.Abs(e.Variance-11.0/192) > 1e-12 || e.DF != 3 {
		t.Errorf("variance %g with %g degrees of freedom", e.Variance, e.DF)
	}
	mean, interval := Accuracy(right, nil)
	half := 3.182446305 * math.Sqrt(11.0/192) / (5.0 / 8 * 3 / 8)
	if mean != 5.0/8 || math.Abs(math.Log(interval[1]/(1-interval[1]))-math.Log(5.0/3)-half) > 1e-6 {
		t.Errorf("mean %g, interval %v", mean, interval)
	}
	e := Estimate{Variance: 2.0 / 6, DF: 2}.with(3.0/6, 1.0/6, 1)
	if want := (3.0 + 2 - 1) / 6; math.Abs(e.Variance-want) > 1e-12 || math.Abs(e.DF-16/(9.0/1+4.0/2+1.0/2)) > 1e-12 {
		t.Errorf("variance %g, degrees of freedom %g with both effects", e.Variance, e.DF)
	}
}

func TestCrossedGroupsByHand(t *testing.T) {
	// Groups {1, 1}, {1, 0} and {0}: mean 3/5, sums of residuals 4/5, -1/5, -3/5. CR2 divides their
	// squares by 1 - n/5: (16/25) / (3/5) + (1/25) / (3/5) + (9/25) / (4/5) = 17/15 + 9/20 = 19/12,
	// over 25.
	right := [][]bool{{true, true, true, false, false}}
	e := MeanCI(Shares(right), []int{7, 7, 3, 3, 9})
	if math.Abs(e.Variance-19.0/300) > 1e-12 || e.DF <= 1 || e.DF >= 2 {
		t.Errorf("variance %g, want %g; %g degrees of freedom, want fewer than groups less 1", e.Variance, 19.0/300, e.DF)
	}
	equal := MeanCI(Shares([][]bool{{true, true, true, false, false, false}}), []int{0, 0, 1, 1, 2, 2})
	if math.Abs(equal.DF-2) > 1e-12 {
		t.Errorf("%g degrees of freedom of 3 equal groups", equal.DF)
	}
	alone, plain := MeanCI(Shares(right), []int{0, 1, 2, 3, 4}), MeanCI(Shares(right), nil)
	if math.Abs(alone.Variance-plain.Variance) > 1e-12 || math.Abs(alone.DF-plain.DF) > 1e-9 {
		t.Errorf("groups of one image give %+v, no groups %+v", alone, plain)
	}
}

func TestAccuracyEdges(t *testing.T) {
	yes, no := []bool{true, true, true}, []bool{true, false, true}
	tests := []struct {
		name   string
		reason string
		right  [][]bool
		groups []int
		want   Interval
	}{
		{"one fit", "Wilson: it covers images only", [][]bool{no}, nil, Wilson(2, 3)},
		{"all right", "a logit does not exist", [][]bool{yes, yes}, nil, Wilson(3, 3)},
		{"all right in groups", "a group may be right as a whole", [][]bool{yes}, []int{0, 0, 1}, Wilson(2, 2)},
		{"one group", "nothing shows what another group gives", [][]bool{no}, []int{0, 0, 0}, Interval{0, 1}},
		{"one image", "images have no spread", [][]bool{{true}, {true}}, nil, Wilson(1, 1)},
		{"nothing", "nothing is known", nil, nil, Interval{0, 1}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, got := Accuracy(tt.right, tt.groups); math.Abs(got[0]-tt.want[0])+math.Abs(got[1]-tt.want[1]) > 1e-12 {
				t.Errorf("%v, want %v: %s", got, tt.want, tt.reason)
			}
		})
	}
}

func TestDifferenceEdges(t *testing.T) {
	a, b := [][]bool{{true, true, false, true}}, [][]bool{{true, false, false, true}}
	mean, in := Difference(a, b, nil)
	back, other := Difference(b, a, nil)
	if mean != 0.25 || back != -0.25 || math.Abs(in[0]+other[1]) > 1e-12 || in[0] >= 0 {
		t.Errorf("%g %v, turned round %g %v", mean, in, back, other)
	}
	if mean, in := Difference(a, a, nil); mean != 0 || in[0] >= 0 || in[1] <= 0 || in[1] > 0.8 {
		t.Errorf("equal predictions differ by %g %v: four images do not prove it", mean, in)
	}
	if _, in := Difference(a, b, []int{1, 1, 1, 1}); in != (Interval{-1, 1}) {
		t.Errorf("one group gives %v", in)
	}
}

// TestFewDifferencesAreNoCertainty: one of 200 photos, or none, that only one model gets right does
// not say that there are hardly any others, however often both were fitted.
func TestFewDifferencesAreNoCertainty(t *testing.T) {
	fits := func(n int, right bool) [][]bool {
		row := slices.Repeat([]bool{true}, 200)
		row[0] = right
		return slices.Repeat([][]bool{row}, n)
	}
	for _, n := range []int{1, 5} {
		for _, first := range []bool{true, false} {
			if _, in := Difference(fits(n, true), fits(n, first), nil); in[0] > 0 || in[1] < 0.0135 {
				t.Errorf("%d fits, alike %v: %v; by the rule of three 1.5 points more are possible", n, first, in)
			}
		}
	}
	modules := make([]int, 660)
	for i := range modules {
		modules[i] = i / 60
	}
	alike := [][]bool{slices.Repeat([]bool{true}, 660)}
	if _, in := Difference(alike, alike, modules); in[1] < 0.05 {
		t.Errorf("11 groups without a difference: %v", in)
	}
}

// TestDesignEffect: how many photos count as one.
func TestDesignEffect(t *testing.T) {
	groups := func(n, size int) []int {
		out := make([]int, n)
		for i := range out {
			out[i] = i / size
		}
		return out
	}
	rights := func(n int, right func(i int) bool) [][]bool {
		out := make([]bool, n)
		for i := range out {
			out[i] = right(i)
		}
		return [][]bool{out}
	}
	all := func(int) bool { return true }
	for _, tt := range []struct {
		reason    string
		right     [][]bool
		groups    []int
		low, high float64
	}{
		{"no groups", rights(400, all), nil, 1, 1},
		{"all right: a group is a photo", rights(400, all), groups(400, 4), 4, 4},
		{"all right, few groups", rights(660, all), groups(660, 60), 60, 60},
		{"one group", rights(60, func(i int) bool { return i%2 == 0 }), groups(60, 60), 60, 60},
		{"groups of one photo", rights(400, func(i int) bool { return i > 0 }), groups(400, 1), 1, 1.01},
		{"groups are right or wrong as a whole", rights(400, func(i int) bool { return i/4%3 > 0 }), groups(400, 4), 3.9,
			4.2},
		{"groups say nothing", rights(400, func(i int) bool { return i%4 > 0 }), groups(400, 4), 1, 1},
	} {
		if got := DesignEffect(tt.right, tt.groups); got < tt.low || got > tt.high {
			t.Errorf("%s: %.2f, want %g to %g", tt.reason, got, tt.low, tt.high)
		}
	}
}

func TestEvaluateGroups(t *testing.T) {
	labels, groups := []int{0, 0, 0, 0, 1, 1, 1, 1}, []int{0, 0, 1, 1, 2, 2, 3, 3}
	var probs [][]float64
	for _, p := range []float64{0.9, 0.8, 0.2, 0.1, 0.3, 0.3, 0.2, 0.9} {
		probs = append(probs, []float64{p, 1 - p})
	}
	r, err := EvaluateGroups([]string{"a", "b"}, labels, probs, nil, groups)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := Evaluate([]string{"a", "b"}, labels, probs, nil)
	if err != nil {
		t.Fatal(err)
	}
	if r.Groups != 4 || r.Interval[1]-r.Interval[0] <= plain.Interval[1]-plain.Interval[0] || plain.Groups != 0 {
		t.Errorf("%d groups, interval %v, without groups %v", r.Groups, r.Interval, plain.Interval)
	}
	if own := r.PerClass["a"].Interval; own == nil || *own == Wilson(2, 4) || plain.PerClass["a"].Interval != nil {
		t.Errorf("recall of a: %v", own)
	}
}

// TestGroupsThatAreAlikeAreNoCertainty: two or three modules with the same share of right cells say
// little of other modules.
func TestGroupsThatAreAlikeAreNoCertainty(t *testing.T) {
	right, groups := []bool{true, false, true, false}, []int{0, 0, 1, 1}
	mean, interval := Accuracy([][]bool{right}, groups)
	if mean != 0.5 || interval[0] > 0.2 || interval[1] < 0.8 {
		t.Errorf("%g %v", mean, interval)
	}
}
