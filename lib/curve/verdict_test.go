package curve

import (
	"math"
	"strings"
	"testing"
)

func TestVerdict(t *testing.T) {
	base := Forecast{From: 300, Classes: 10, judged: 341, likely: 0.9}
	tests := []struct {
		name   string
		reason string
		change func(f *Forecast)
		answer Answer
		text   string
	}{
		{"short", "no forecast, no answer", func(f *Forecast) { f.Why = "the curve is too short" }, CannotTell,
			"Cannot tell yet, because the curve is too short."},
		{"flat", "the whole interval lies below one point; a point lies beyond the reach", func(f *Forecast) {
			f.Gain, f.More = Estimate{0.002, 0, 0.008}, Estimate{900, 700, 900}
		}, Enough, "Enough: doubling the photos would add 0.0 to 0.8 points (90 %, median 0.2); one point more " +
			"would take 7,000 to more than 9,000 further photos in all (90 %)."},
		{"no end", "where even the lower end lies beyond the reach, one bound is all there is", func(f *Forecast) {
			f.Gain, f.More = Estimate{0.001, 0, 0.002}, Estimate{900, 900, 900}
		}, Enough, "Enough: doubling the photos would add 0.0 to 0.2 points (90 %, median 0.1); one point more " +
			"would take more than 9,000 further photos in all (95 %)."},
		{"nearly flat", "where one point is within reach it is said", func(f *Forecast) {
			f.Gain, f.More = Estimate{0.006, 0.003, 0.009}, Estimate{612, 330, 900}
		}, Enough, "Enough: doubling the photos would add 0.3 to 0.9 points (90 %, median 0.6); one point more " +
			"would take 3,300 to more than 9,000 further photos in all (90 %)."},
		{"rising", "clearly more than a point", func(f *Forecast) {
			f.Gain, f.More = Estimate{0.021, 0.011, 0.03}, Estimate{114, 64.4, 263}
		}, MoreHelps, "More photos would help: doubling them would add 1.1 to 3.0 points (90 %, median 2.1); one " +
			"point more would take 640 to 2,600 further photos in all (90 %)."},
		{"few images", "most of the spread goes with the judged images", func(f *Forecast) {
			f.Gain, f.images = Estimate{0.008, 0, 0.02}, 0.7
		}, CannotTell, "Cannot tell yet, because 341 judged photos are too few to show a difference of one point: " +
			"doubling the photos would add 0.0 to 2.0 points (90 %, median 0.8)."},
		{"wild seeds", "the spread does not go with the images, and seeds differ", func(f *Forecast) {
			f.Gain, f.lowest, f.highest = Estimate{0.012, 0, 0.03}, 0.86, 0.89
			f.likely = 0.7
		}, CannotTell, "Cannot tell yet, because the seeds differ too much (86.0 to 89.0 % at the largest size): " +
			"doubling the photos would add 0.0 to 3.0 points (90 %, median 1.2)."},
		{"shape", "neither images nor seeds are to blame", func(f *Forecast) {
			f.Gain = Estimate{0.008, 0, 0.02}
		}, CannotTell, "Cannot tell yet, because the sizes do not show clearly enough how the curve continues: " +
			"doubling the photos would add 0.0 to 2.0 points (90 %, median 0.8)."},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := base
			tt.change(&f)
			if v := f.Verdict(); v.Answer != tt.answer || v.Text != tt.text {
				t.Errorf("%s: %s\nwant %s: %s (%s)", v.Answer, v.Text, tt.answer, tt.text, tt.reason)
			}
		})
	}
}

func TestVerdictOfCurves(t *testing.T) {
	steep, flat := small(shapes[0].error), small(func(n float64) float64 { return 0.02 + math.Pow(n, -1.3) })
	steep.judged, flat.judged = 300, 300
	short, single := steep, steep
	short.sizes, single.seeds = []int{20, 50, 100, 0}, 1
	for _, tt := range []struct {
		name   string
		world  world
		answer Answer
		says   string
	}{
		{"steep", steep, MoreHelps, "one point more would take"},
		{"flat", flat, Enough, "Enough"},
		{"short", short, CannotTell, "a forecast needs 5 sizes with wrong answers, and there are 4"},
		{"one seed", single, CannotTell, "one seed does not show"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, err := New(tt.world.records(2))
			if err != nil {
				t.Fatal(err)
			}
			if v := c.Forecast(1).Verdict(); v.Answer != tt.answer || !strings.Contains(v.Text, tt.says) {
				t.Errorf("%s: %s", v.Answer, v.Text)
			}
		})
	}
}

func TestForecastReach(t *testing.T) {
	c, err := New(small(shapes[0].error).records(1))
	if err != nil {
		t.Fatal(err)
	}
	f := c.Forecast(1)
	if _, ok := f.At(1201); ok {
		t.Error("a forecast beyond four times the largest size")
	}
	at, ok := f.At(600)
	if now, _ := f.At(300); !ok || at.Value <= now.Value || at.Low > at.Value || at.High < at.Value {
		t.Errorf("at twice the data %v, now %v", at, now)
	}
	if f.More.Low < 0 || f.More.High > 900 {
		t.Errorf("images for one point %v lie outside 0 to 3 times 300", f.More)
	}
	if again := c.Forecast(1); again.Gain != f.Gain || again.Next[0] != f.Next[0] {
		t.Error("one seed, two forecasts")
	}
}

func TestNext(t *testing.T) {
	w := small(shapes[0].error)
	w.classes, w.harder, w.judged = []int{300, 120, 12, 300}, []float64{1, 1, 1, 0.3}, 120
	c, err := New(w.records(1))
	if err != nil {
		t.Fatal(err)
	}
	next := c.Forecast(1).Next
	if len(next) != 4 || next[0].Name != "class b" || next[0].Train != 120 {
		t.Errorf("class b, with 120 images, should gain most: %+v", next)
	}
	last := next[3]
	if last.Name != "class c" || !strings.Contains(last.Why, "there are 3") {
		t.Errorf("class c, with 12 images, has too short a curve: %+v", last)
	}
	if next[2].Name != "class d" || next[2].Gain.Value > next[1].Gain.Value {
		t.Errorf("the easy class d has least to gain: %+v", next)
	}
}

func TestOutgrown(t *testing.T) {
	w := small(shapes[0].error)
	w.classes, w.judged = []int{300, 300, 60}, 120
	records := w.records(1)
	for _, r := range records { // class c loses half of its judged images once the others have more
		for i, label := range r.Outcomes.Labels {
			if label == 2 && r.PerClass == 0 && i%2 == 0 {
				r.Outcomes.Predicted[i] = 0
			}
		}
	}
	c, err := New(records)
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Notes) != 1 || !strings.Contains(c.Notes[0],
		`"class c" has fewer photos than other classes, and with all photos its recall is 40 points lower`) {
		t.Errorf("notes %q", c.Notes)
	}
	next := c.Forecast(1).Next
	if g := next[2]; g.Name != "class c" || !strings.Contains(g.Why, "because other classes have more photos") {
		t.Errorf("%+v", next)
	}
}

func TestCheckSkips(t *testing.T) {
	records := small(shapes[0].error).records(1)
	sizes := len(usualSizes)
	tests := []struct {
		name           string
		reason         string
		fits           int
		cases, skipped int
		says           string
	}{
		{"whole", "5 seeds and their mean, of all images and 3 classes", 5 * sizes, 24, 0, "of 24 cases"},
		{"stopped", "seed 3 of 3 has no full fit yet", 3*sizes - 1, 12, 4, "of 12 cases"},
		{"one seed", "chance is unknown", sizes, 0, 8, "cannot be checked"},
		{"begun", "no size up to half", 2, 0, 8, "cannot be checked"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, err := New(records[:tt.fits])
			if err != nil {
				t.Fatal(err)
			}
			got := c.Check(1)
			if len(got.Cases) != tt.cases || got.Skipped != tt.skipped || !strings.Contains(got.Text(), tt.says) {
				t.Errorf("%d cases, %d skipped, %q: %s", len(got.Cases), got.Skipped, got.Text(), tt.reason)
			}
			for _, e := range got.Cases {
				if e.From != 100 || e.To != 300 || e.Hit != (e.Forecast.Low <= e.Result && e.Result <= e.Forecast.High) {
					t.Errorf("case %+v", e)
				}
			}
		})
	}
}
