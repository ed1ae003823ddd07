package curve

import (
	"math"
	"slices"
	"strings"
	"testing"

	"imagelab/lib/runlog"
)

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
		}, "Left out: 1 fits that failed and 1 that were stopped."},
		{"missing fit", "its size has fewer seeds",
			func(_ *world, r []runlog.Record) []runlog.Record { return r[1:] }, "Size 5: 4 of 5 seeds were fitted."},
		{"one seed", "seeds are not covered", func(_ *world, r []runlog.Record) []runlog.Record { return r[:7] },
			"There is one seed: the intervals include the choice of judged photos, not the choice of training photos."},
		{"size beyond", "400 a class is all there is", func(w *world, r []runlog.Record) []runlog.Record {
			w.sizes = append(w.sizes, 400)
			return w.records(1)
		}, "Size 400 is left out: it takes the same photos as size all."},
		{"class missing", "a class may have no image in the smallest subset",
			func(_ *world, r []runlog.Record) []runlog.Record {
				for _, r := range r {
					if r.PerClass == 5 {
						delete(r.Trained, "class b")
					}
				}
				return r
			}, `Class "class b" has no training photos at the smallest size.`},
		{"repeated", "the same fit twice is no further evidence",
			func(_ *world, r []runlog.Record) []runlog.Record { return append(r, r[0]) }, ""},
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
		}, "judged on different photos"},
		{"another cut", func(r []runlog.Record) []runlog.Record { r[3].Cut = "stage6"; return r },
			"different configurations"},
		{"another regime", func(r []runlog.Record) []runlog.Record { r[3].Regime = "equal steps"; return r },
			"1 of none@224 head (none@224 head) equal steps"},
		{"no outcomes", func(r []runlog.Record) []runlog.Record { r[3].Outcomes = nil; return r },
			"has no predictions of single photos"},
		{"no classes", func(r []runlog.Record) []runlog.Record { r[3].Val.Classes = nil; return r }, "outside its 0 classes"},
		{"no training images", func(r []runlog.Record) []runlog.Record { r[3].Trained = nil; return r },
			"does not say how many photos"},
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
