package curve

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"imagelab/lib/metric"
	"imagelab/lib/runlog"
)

func TestCrossedByHand(t *testing.T) {
	// Row means 3/4 and 2/4, column means 1, 1, 1/2, 0, mean 5/8. Sums of squares: seeds 4 (1/64 + 1/64) = 1/8, images
	// 2 (9/64 + 9/64 + 1/64 + 25/64) = 11/8, total 8 (5/8) (3/8) = 15/8, rest 3/8. Mean squares 1/8, 11/24, 1/8: seeds
	// do not exceed the rest, so the variance is 11/24 / 8, with 3 degrees of freedom.
	right := [][]bool{{true, true, true, false}, {true, true, false, false}}
	l := layoutOf(right)
	v, df := l.variance()
	if math.Abs(v-11.0/192) > 1e-12 || df != 3 || math.Abs(l.msRest-1.0/8) > 1e-12 {
		t.Errorf("variance %g with %g degrees of freedom, rest %g", v, df, l.msRest)
	}
	mean, interval := Crossed(right)
	half := 3.182446305 * math.Sqrt(11.0/192) / (5.0 / 8 * 3 / 8)
	if mean != 5.0/8 || math.Abs(math.Log(interval[1]/(1-interval[1]))-math.Log(5.0/3)-half) > 1e-6 {
		t.Errorf("mean %g, interval %v", mean, interval)
	}
	v, df = layout{seeds: 2, images: 3, msSeeds: 3, msImages: 2, msRest: 1}.variance()
	if want := (3.0 + 2 - 1) / 6; v != want || math.Abs(df-16/(9.0/1+4.0/2+1.0/2)) > 1e-12 {
		t.Errorf("variance %g, degrees of freedom %g with both effects", v, df)
	}
}

func TestCrossedEdges(t *testing.T) {
	yes, no := []bool{true, true, true}, []bool{true, false, true}
	tests := []struct {
		name   string
		reason string
		right  [][]bool
		want   metric.Interval
	}{
		{"one seed", "Wilson: it covers images only", [][]bool{no}, metric.Wilson(2, 3)},
		{"all right", "a logit does not exist", [][]bool{yes, yes}, metric.Wilson(3, 3)},
		{"one image", "images have no spread", [][]bool{{true}, {false}}, metric.Wilson(1, 1)},
		{"nothing", "nothing is known", nil, metric.Interval{0, 1}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, got := Crossed(tt.right); got != tt.want {
				t.Errorf("%v, want %v: %s", got, tt.want, tt.reason)
			}
		})
	}
}

func TestCrossedCoverage(t *testing.T) {
	tests := []struct {
		name   string
		reason string
		seeds  int
		images int
		spread float64 // of seeds, on the scale where luck has 1
		hard   float64
		truth  float64
	}{
		{"usual", "5 seeds, some images hard", 5, 300, 0.2, 1.5, 0.88},
		{"equal seeds", "no seed effect: the floor must not widen much", 5, 300, 0, 1.5, 0.88},
		{"wild seeds", "seeds matter more than images", 5, 300, 0.6, 1, 0.7},
		{"three seeds", "few degrees of freedom", 3, 300, 0.3, 1.5, 0.88},
		{"one class", "few images", 5, 34, 0.2, 1.5, 0.85},
	}
	for i, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(uint64(i), 1))
			const repeats = 600
			hits := 0
			for range repeats {
				if _, in := Crossed(crossedSample(rng, tt.seeds, tt.images, tt.spread, tt.hard, tt.truth)); in[0] <= tt.truth && tt.truth <= in[1] {
					hits++
				}
			}
			if hits < repeats*92/100 || hits > repeats*98/100 {
				t.Errorf("%d of %d intervals hold the truth, expected 95 %%: %s", hits, repeats, tt.reason)
			}
		})
	}
}

// crossedSample draws seeds and images with the expected accuracy truth.
func crossedSample(rng *rand.Rand, seeds, images int, spread, hard, truth float64) [][]bool {
	t := math.Sqrt2 * math.Erfinv(2*truth-1) * math.Sqrt(1+spread*spread+hard*hard)
	difficulty := make([]float64, images)
	for i := range difficulty {
		difficulty[i] = hard * rng.NormFloat64()
	}
	right := make([][]bool, seeds)
	for s := range right {
		shift := spread * rng.NormFloat64()
		for _, d := range difficulty {
			right[s] = append(right[s], t+shift+d+rng.NormFloat64() > 0)
		}
	}
	return right
}

func TestNew(t *testing.T) {
	w := small(shapes[0].error)
	w.classes = []int{300, 150, 60}
	c, err := New(w.records(1))
	if err != nil {
		t.Fatal(err)
	}
	var sizes, means []float64
	for _, p := range c.Points {
		sizes, means = append(sizes, p.Train), append(means, p.Accuracy)
		if p.Interval[0] >= p.Accuracy || p.Interval[1] <= p.Accuracy || len(p.Each) != 5 {
			t.Errorf("point %+v", p)
		}
	}
	if want := []float64{5, 10, 20, 50, (100 + 100 + 60) / 3.0, (200 + 150 + 60) / 3.0, 170}; !slices.Equal(sizes, want) {
		t.Errorf("training images per class %v, want %v", sizes, want)
	}
	if first, last := means[0], means[len(means)-1]; last < first+0.2 {
		t.Errorf("accuracy %v should rise", means)
	}
	var own []float64
	for _, p := range c.Classes[2].Points {
		own = append(own, p.Train)
	}
	if want := []float64{5, 10, 20, 50, 60}; !slices.Equal(own, want) || c.Classes[2].Points[4].PerClass != 0 {
		t.Errorf("class c has sizes %v, want %v, the last from all images", own, want)
	}
	recall := 0.0
	for _, class := range c.Classes {
		recall += class.Points[len(class.Points)-1].Accuracy / 3
	}
	if last := means[len(means)-1]; math.Abs(recall-last) > 1e-9 {
		t.Errorf("with as many judged images in each class, mean recall %g is the accuracy %g", recall, last)
	}
}

func TestNewOrder(t *testing.T) {
	records := small(shapes[0].error).records(1)
	a, err := New(records)
	if err != nil {
		t.Fatal(err)
	}
	slices.Reverse(records)
	b, err := New(records)
	if err != nil {
		t.Fatal(err)
	}
	fa, fb := a.Forecast(1), b.Forecast(1)
	if fa.Gain != fb.Gain || fa.Verdict() != fb.Verdict() {
		t.Error("the order of the records changed the forecast")
	}
}

func TestNewLeavesOut(t *testing.T) {
	tests := []struct {
		name   string
		reason string
		change func(w *world, r []runlog.Record) []runlog.Record
		note   string
	}{
		{"failed and stopped", "they have no result", func(_ *world, r []runlog.Record) []runlog.Record {
			r[0].Error, r[1].Interrupted = "diverged", true
			return r
		}, "1 failed and 1 stopped fits are left out."},
		{"missing fit", "its size has fewer seeds", func(_ *world, r []runlog.Record) []runlog.Record { return r[1:] }, "Size 5 has 4 of 5 seeds."},
		{"one seed", "seeds are not covered", func(_ *world, r []runlog.Record) []runlog.Record { return r[:7] }, "One seed: the intervals cover the judged images, not what another seed would give."},
		{"size beyond", "400 a class is all there is", func(w *world, r []runlog.Record) []runlog.Record {
			w.sizes = append(w.sizes, 400)
			return w.records(1)
		}, "Size 400 takes the same images as size all and is left out."},
		{"class missing", "a class may have no image in the smallest subset", func(_ *world, r []runlog.Record) []runlog.Record {
			for _, r := range r {
				if r.PerClass == 5 {
					delete(r.Trained, "class b")
				}
			}
			return r
		}, `Class "class b" has no training images at the smallest size.`},
		{"repeated", "the same fit twice is no further evidence", func(_ *world, r []runlog.Record) []runlog.Record { return append(r, r[0]) }, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := small(shapes[0].error)
			c, err := New(tt.change(&w, w.records(1)))
			if err != nil {
				t.Fatal(err)
			}
			if tt.note == "" && len(c.Notes) > 0 || tt.note != "" && !slices.Contains(c.Notes, tt.note) {
				t.Errorf("notes %q, want %q: %s", c.Notes, tt.note, tt.reason)
			}
			if f := c.Forecast(1); math.IsNaN(f.Gain.Value) || len(c.Points) != 7 {
				t.Errorf("%d points, gain %v", len(c.Points), f.Gain)
			}
		})
	}
}

func TestNewRefuses(t *testing.T) {
	tests := []struct {
		name   string
		change func(r []runlog.Record) []runlog.Record
		want   string
	}{
		{"nothing", func([]runlog.Record) []runlog.Record { return nil }, "run the learning curve first"},
		{"all failed", func(r []runlog.Record) []runlog.Record {
			for i := range r {
				r[i].Error = "no memory"
			}
			return r
		}, "35 failed, 0 stopped"},
		{"another dataset", func(r []runlog.Record) []runlog.Record {
			r[3].Dataset, r[3].Split = "solar", "ffff"
			return r
		}, "1 of solar split ffff"},
		{"other labels", func(r []runlog.Record) []runlog.Record {
			o := *r[3].Outcomes
			o.Labels = slices.Clone(o.Labels)
			o.Labels[0] = 2
			r[3].Outcomes = &o
			return r
		}, "judge different images"},
		{"another cut", func(r []runlog.Record) []runlog.Record { r[3].Cut = "stage6"; return r }, "different arms"},
		{"another regime", func(r []runlog.Record) []runlog.Record { r[3].Regime = "equal steps"; return r }, "1 of none@224 head (none@224 head) equal steps"},
		{"no outcomes", func(r []runlog.Record) []runlog.Record { r[3].Outcomes = nil; return r }, "keeps no judged images"},
		{"no classes", func(r []runlog.Record) []runlog.Record { r[3].Val.Classes = nil; return r }, "outside its 0 classes"},
		{"no training images", func(r []runlog.Record) []runlog.Record { r[3].Trained = nil; return r }, "does not say how many images"},
		{"torn predictions", func(r []runlog.Record) []runlog.Record {
			o := *r[3].Outcomes
			o.Predicted = o.Predicted[1:]
			r[3].Outcomes = &o
			return r
		}, "180 labels and 179 predictions"},
		{"two settings", func(r []runlog.Record) []runlog.Record {
			again := r[3]
			again.ID = "other"
			return append(r, again)
		}, "two fits of size 50 and seed 1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := New(tt.change(small(shapes[0].error).records(1)))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want one with %q", err, tt.want)
			}
		})
	}
}
