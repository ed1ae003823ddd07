package curve

import (
	"flag"
	"math/rand/v2"
	"testing"

	"imagelab/lib/metric"
	"imagelab/lib/runlog"
)

var long = flag.Bool("long", false, "simulate ten times as many curves")

// repeats is n, ten times as many with -long.
func repeats(n int) uint64 {
	if *long {
		n *= 10
	}
	return uint64(n)
}

// TestPointCoverage asks whether the 95 % interval of every size, all images included, holds the
// accuracy that is expected of other images to train on, where all seeds choose from one pool.
func TestPointCoverage(t *testing.T) {
	for _, tt := range []struct {
		name      string
		judged    int // of each of 3 classes
		spread    float64
		low, high float64
	}{
		{"180 judged images", 60, 0.25, 0.93, 0.97},
		{"852 judged images", 284, 0.1, 0.93, 0.97},
		{"852 judged images, photos to train on matter most", 284, 0.25, 0.92, 0.975},
	} {
		t.Run(tt.name, func(t *testing.T) {
			hits, cases, last := 0, 0, 0
			n := repeats(40)
			for i, shape := range shapes[:4] {
				for seed := range n {
					w := small(shape.error)
					w.pool, w.judged, w.seedSpread = true, tt.judged, tt.spread
					c, err := New(w.records(seed + uint64(i)*10000))
					if err != nil {
						t.Fatal(err)
					}
					for j, p := range c.Points {
						truth := 1 - shape.error(p.Train)
						cases++
						if p.Interval[0] <= truth && truth <= p.Interval[1] {
							hits++
							if j == len(c.Points)-1 {
								last++
							}
						}
					}
				}
			}
			all, end := float64(hits)/float64(cases), float64(last)/float64(4*n)
			t.Logf("%.1f %%, at all images %.1f %%", 100*all, 100*end)
			if all < tt.low || all > tt.high || end < 0.92 || end > 0.98 {
				t.Errorf("%.1f %% of the intervals hold the truth, at all images %.1f %%; they should in 95", 100*all, 100*end)
			}
		})
	}
}

// TestUnseenShapes forecasts shapes on which no constant was chosen, seeds choosing from one pool.
func TestUnseenShapes(t *testing.T) {
	hits, cases := 0, 0
	for _, shape := range unseen {
		held := 0
		n := repeats(12)
		for seed := range n {
			w := small(shape.error)
			w.pool = true
			c, err := New(w.records(seed))
			if err != nil {
				t.Fatal(err)
			}
			draws := c.table.resample(rand.New(rand.NewPCG(seed, 0)), 300, false, c.table.scatter())
			gain := estimate(draws, func(d draw) float64 { return d.wrong(300) - d.wrong(600) })
			if truth := shape.error(300) - shape.error(600); gain.Low <= truth && truth <= gain.High {
				held++
			}
		}
		t.Logf("%s: %d of %d", shape.name, held, n)
		if shape.sudden {
			continue // nothing in the data shows it, and the interval is about the law
		}
		hits, cases = hits+held, cases+int(n)
	}
	if hits < cases*85/100 || hits > cases*98/100 {
		t.Errorf("%d of %d gains inside their 90 %% intervals", hits, cases)
	}
}

// TestVerdictErrors bounds how often the verdict is wrong by more than it says: more would help
// where doubling adds less than half a point, and enough where it adds more than a point.
func TestVerdictErrors(t *testing.T) {
	wrong, said := map[Answer]int{}, map[Answer]int{}
	for _, shape := range append(append(shapes[:len(shapes):len(shapes)], unseen...), flatShapes...) {
		if shape.sudden {
			continue
		}
		for seed := range repeats(2) {
			w := small(shape.error)
			w.pool, w.judged = true, 284
			c, err := New(w.records(seed))
			if err != nil {
				t.Fatal(err)
			}
			gain, answer := shape.error(300)-shape.error(600), c.Forecast(seed).Verdict().Answer
			said[answer]++
			if answer == MoreHelps && gain < onePoint/2 || answer == Enough && gain >= onePoint {
				wrong[answer]++
			}
		}
	}
	t.Logf("said %v, wrong %v", said, wrong)
	for _, answer := range []Answer{Enough, MoreHelps} {
		if said[answer] == 0 || wrong[answer]*10 > said[answer] {
			t.Errorf("%q was wrong in %d of %d curves", answer, wrong[answer], said[answer])
		}
	}
}

// TestOneFitOnAll is about a classifier on frozen features: with all images the seeds give one fit,
// or several times the same.
func TestOneFitOnAll(t *testing.T) {
	w := small(shapes[2].error)
	w.pool = true
	records := w.records(3)
	several, err := New(records)
	if err != nil {
		t.Fatal(err)
	}
	var once []runlog.Record
	for _, r := range records {
		if r.PerClass > 0 || r.Seed == 1 {
			once = append(once, r)
		}
	}
	single, err := New(once)
	if err != nil {
		t.Fatal(err)
	}
	a, b := several.Points[6], single.Points[6]
	if !a.Once || !b.Once || a.Accuracy != b.Accuracy || len(b.Each) != 1 {
		t.Errorf("five times the same %+v, once %+v", a, b)
	}
	n := int(float64(several.Images)*a.Accuracy + 0.5)
	if images := metric.Wilson(n, several.Images); b.Interval[1]-b.Interval[0] <= images[1]-images[0] {
		t.Errorf("%v is no wider than %v, which other images to train on are not in", b.Interval, images)
	}
	if f, g := several.Forecast(1), single.Forecast(1); f.Gain != g.Gain {
		t.Errorf("five times the same forecasts %v, once %v", f.Gain, g.Gain)
	}
	if got := single.Check(1); len(got.Cases) != 24 {
		t.Errorf("%d cases, %d skipped: the fit on all stands for every seed", len(got.Cases), got.Skipped)
	}
}

// TestForecastGroups is about judged images that resemble each other: a forecast is as sure as
// their groups allow.
func TestForecastGroups(t *testing.T) {
	w := small(shapes[0].error)
	records := w.records(1)
	plain, err := New(records)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range records {
		o := r.Outcomes
		for i, label := range o.Labels {
			o.Groups = append(o.Groups, i/20)
			if first := i - i%20; o.Predicted[first] == o.Labels[first] { // a group is right or wrong together
				o.Predicted[i] = label
			} else {
				o.Predicted[i] = (label + 1) % 3
			}
		}
	}
	c, err := New(records)
	if err != nil {
		t.Fatal(err)
	}
	at, _ := c.Forecast(1).At(300)
	before, _ := plain.Forecast(1).At(300)
	if width, was := at.High-at.Low, before.High-before.Low; width < 2*was {
		t.Errorf("the band is %.3f wide, with images that stand for themselves %.3f", width, was)
	}
	if c.Groups != 9 || len(c.Notes) == 0 {
		t.Errorf("%d groups, notes %q", c.Groups, c.Notes)
	}
}
