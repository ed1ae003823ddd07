package curve

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/floats"

	"imagelab/lib/runlog"
)

// TestFall gives a class 60 judged photos, of which some are right before and wrong at the last
// size.
func TestFall(t *testing.T) {
	groupsOf := func(n int) []int {
		groups := make([]int, 60)
		for i := range groups {
			groups[i] = i * n / 60
		}
		return groups
	}
	spread := func(n int) (wrong []int) { // one photo of each group of 60/n photos
		for i := range n {
			wrong = append(wrong, i*60/n)
		}
		return wrong
	}
	first := func(n int) (wrong []int) {
		for i := range n {
			wrong = append(wrong, i)
		}
		return wrong
	}
	tests := []struct {
		name    string
		reason  string
		wrong   []int
		groups  []int
		classes int
		fell    bool
	}{
		{"none", "nothing fell", nil, nil, 2, false},
		{"8 of 60 photos", "more than chance, for photos that stand for themselves", first(8), nil, 2, true},
		{"8 photos of one of 2 groups", "the other group does not show it: the standard error over groups is larger",
			first(8), groupsOf(2), 2, false},
		{"8 photos in 8 of 20 groups", "photos of one group do not fall together", spread(8), groupsOf(20), 2, true},
		{"one group", "its standard error is infinite", first(30), groupsOf(1), 2, false},
		{"6 photos, one class", "a single test needs no correction", first(6), nil, 1, true},
		{"6 photos, 40 classes", "some class of 40 falls so far by chance", first(6), nil, 40, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			before, now := make([]bool, 60), make([]bool, 60)
			for i := range before {
				before[i], now[i] = true, true
			}
			for _, i := range tt.wrong {
				now[i] = false
			}
			two := table{train: []float64{10, 20}, right: [][][]bool{{before}, {now}}, groups: tt.groups}
			want := 0.0
			if tt.fell {
				want = float64(len(tt.wrong)) / 60
			}
			if got := two.fall(tt.classes); got < want-1e-9 || got > want+1e-9 {
				t.Errorf("fell by %.3f, want %.3f: %s", got, want, tt.reason)
			}
		})
	}
	one := table{train: []float64{10, 20}, right: [][][]bool{{{true}}, {{false}}}}
	if got := one.fall(1); got != 0 {
		t.Errorf("fell by %.3f: one photo shows no fall", got)
	}
}

// TestFallByChance draws curves of 20 classes whose recall stays the same. In how many of them is
// any class said to fall? Few groups are the hard case: a normal quantile for their standard error
// names one far too often.
func TestFallByChance(t *testing.T) {
	const classes, curves, photos = 20, 200, 60
	for _, groups := range []int{0, 3, 6, 12} {
		rng, named := rand.New(rand.NewPCG(4, uint64(groups))), 0
		for range curves {
			fell := false
			for range classes {
				fell = fell || unchanged(rng, photos, groups).fall(classes) > 0
			}
			if fell {
				named++
			}
		}
		t.Logf("%d groups: %d of %d", groups, named, curves)
		if named > curves*6/100 {
			t.Errorf("%d groups: a class is named in %d of %d curves, want about 2.5 %% or fewer", groups, named, curves)
		}
	}
}

// unchanged are two sizes of one recall; the photos of a group tend to change together. 0 groups:
// photos stand for themselves.
func unchanged(rng *rand.Rand, photos, groups int) table {
	t := table{train: []float64{10, 20}, right: [][][]bool{{make([]bool, photos)}, {make([]bool, photos)}}}
	if groups > 0 {
		t.groups = make([]int, photos)
	}
	for size := range t.right {
		shift := make([]float64, max(groups, 1))
		for g := range shift {
			shift[g] = 0.15 * rng.NormFloat64()
		}
		for i := range photos {
			p := 0.8
			if groups > 0 {
				t.groups[i] = i * groups / photos
				p += shift[t.groups[i]]
			}
			t.right[size][0][i] = rng.Float64() < p
		}
	}
	return t
}

// TestScatterOfCopies asks that a fit on all photos that stands for every seed, once or repeated
// with the same predictions, shows nothing of how much seeds vary.
func TestScatterOfCopies(t *testing.T) {
	w := small(shapes[2].error)
	w.pool = true
	all := w.records(3)
	tests := []struct {
		name, reason string
		keep         func(perClass int, seed uint64) bool
	}{
		{"one fit, copied", "its copies are no repeats", func(n int, seed uint64) bool { return n > 0 || seed == 1 }},
		{"the same five times", "the seed has nothing to choose", func(int, uint64) bool { return true }},
	}
	without, err := New(slices.DeleteFunc(slices.Clone(all), func(r runlog.Record) bool { return r.PerClass == 0 }))
	if err != nil {
		t.Fatal(err)
	}
	want := without.table.scatter()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, err := New(slices.DeleteFunc(slices.Clone(all), func(r runlog.Record) bool {
				return !tt.keep(r.PerClass, r.Seed)
			}))
			if err != nil {
				t.Fatal(err)
			}
			got := c.table.scatter()
			if len(got) != len(want)+1 || !floats.EqualApprox(got[:len(want)], want, 1e-12) {
				t.Errorf("variances %v, without the size %v: %s", got, want, tt.reason)
			}
			if last := got[len(want)]; !(last > 0) {
				t.Errorf("variance %g at all photos, which have that of the size before", last)
			}
			if _, fits := c.table.wrong(len(want)); fits != 1 {
				t.Errorf("the mean at all photos is one of %g fits: %s", fits, tt.reason)
			}
			for _, e := range c.Check(1).Cases {
				if !(e.Forecast.Low < e.Forecast.High) {
					t.Errorf("%s: forecast %v", e.Name, e.Forecast)
				}
			}
		})
	}
	alone, err := New(slices.DeleteFunc(slices.Clone(all), func(r runlog.Record) bool {
		return r.PerClass > 0 && r.Seed != 1
	}))
	if err != nil {
		t.Fatal(err)
	}
	if why := alone.Forecast(1).Why; !strings.Contains(why, "one seed does not show") {
		t.Errorf("%q: five times the same fit on all photos repeats nothing", why)
	}
}

// TestSharedOfReplacedSize is about a class of 60 photos: size 100 has all of them, and so have the
// larger sizes, which replace it. The part of the photos that seeds share must be replaced with it.
func TestSharedOfReplacedSize(t *testing.T) {
	w := small(shapes[0].error)
	w.classes = []int{300, 150, 60}
	c, err := New(w.records(1))
	if err != nil {
		t.Fatal(err)
	}
	small := c.Classes[2].table
	if last := len(small.train) - 1; small.perClass[last] != 0 || small.shared[last] != 1 {
		t.Errorf("size %d with %.3f of the photos in common, want size 0 (all), where all are in common",
			small.perClass[last], small.shared[last])
	}
}
