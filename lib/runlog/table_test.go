package runlog

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"imagelab/lib/metric"
)

// judged is a finished record of a setting whose test predictions are right where right has a 1.
func judged(setting string, seed uint64, right string) Record {
	r := Record{ID: fmt.Sprintf("%s-%d-id", setting, seed), Setting: setting, Dataset: "solar", Seed: seed, Split: "s",
		Counts: map[string]int{"train": 100}, Outcomes: &Outcomes{Side: "test"}}
	n := strings.Count(right, "1")
	r.Test = &metric.Result{Top1: float64(n) / float64(len(right)), Interval: metric.Wilson(n, len(right)), N: len(right)}
	for _, c := range right {
		r.Outcomes.Labels = append(r.Outcomes.Labels, 1)
		r.Outcomes.Predicted = append(r.Outcomes.Predicted, int(c-'0'))
	}
	return r
}

func TestRows(t *testing.T) {
	r := record("a")
	r.Timings = []Timing{{StageCompile, 1.5}, {"fit", 2}}
	learned, failed, stopped, plain := r, r, r, r
	learned.Trained = map[string]int{"x": 4, "y": 5}
	failed.Error, failed.Interrupted, failed.Test = "out of memory", true, nil
	stopped.Interrupted, stopped.Val, stopped.Test = true, metric.Result{Top1: 0.75, N: 4}, nil
	plain.Setting, plain.Backbone, plain.Size, plain.Cut = "", "lite0", 224, "head"
	tests := []struct {
		reason string
		record Record
		want   string
	}{
		{"the test result counts", r, "head 3 images, test 0.50 of 2, 3.5 s, done"},
		{"a subset was learned from", learned, "head 9 images, test 0.50 of 2, 3.5 s, done"},
		{"a fit that failed was not merely stopped", failed, "head 3 images,  0.00 of 0, 3.5 s, failed"},
		{"without a test result the validation one counts", stopped, "head 3 images, val 0.75 of 4, 3.5 s, interrupted"},
		{"a fit outside an experiment has a name too", plain, "lite0@224 head 3 images, test 0.50 of 2, 3.5 s, done"},
	}
	for _, tt := range tests {
		row := Rows([]Record{tt.record})[0]
		side, s := row.Judged()
		if got := fmt.Sprintf("%s %d images, %s %.2f of %d, %g s, %s", row.Setting, row.Images, side, s.Top1, s.N,
			row.Seconds, row.State); got != tt.want {
			t.Errorf("got %q, want %q: %s", got, tt.want, tt.reason)
		}
	}
}

func TestSettings(t *testing.T) {
	config := func(text string, seed uint64) Record {
		r := judged("", seed, "11")
		r.Backbone, r.Size, r.Cut, r.Config = "lite0", 224, "head", []byte(text)
		return r
	}
	onVal, broken := judged("a", 4, "10"), judged("a", 5, "00")
	onVal.Val, onVal.Test = *onVal.Test, nil
	broken.Interrupted = true
	other := judged("a", 1, "11")
	other.Dataset = "clothing"
	got := ""
	for _, setting := range Settings([]Record{
		judged("b", 1, "1111"), judged("a", 1, "1000"), judged("a", 2, "1110"), onVal, broken, other,
		config(`{"lr":1,"seed":1}`, 1), config(`{"seed":2,"lr":1}`, 2), config(`{"lr":2,"seed":1}`, 1),
	}) {
		got += fmt.Sprintf("%s on %s %s: %d, %.2f", setting.Name, setting.Dataset, setting.Side, setting.Fits, setting.Mean)
		if setting.Interval != nil {
			got += fmt.Sprintf(" ± %.3f", setting.Interval[1]-setting.Mean)
		}
		got += "\n"
	}
	want := `b on solar test: 1, 1.00
a on solar test: 2, 0.50 ± 3.177
a on solar val: 1, 0.50
a on clothing test: 1, 1.00
lite0@224 head on solar test: 2, 1.00
lite0@224 head on solar test: 1, 1.00
`
	if got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestCompare(t *testing.T) {
	elsewhere := judged("b", 1, "0000")
	elsewhere.Split = "another"
	silent := judged("b", 1, "0011")
	silent.Outcomes = nil
	half := math.NaN()
	ordered := func(name, images string) Record {
		r := judged(name, 1, map[string]string{"a": "1111", "b": "0000"}[name])
		r.Outcomes.Images = images
		return r
	}
	tests := []struct {
		name       string
		reason     string
		records    []Record
		seeds      int
		difference float64
		width      float64 // of the interval's half; NaN: none
		test       string
	}{
		{"one seed", "McNemar by hand: 4 to 0, mid-p (1/16)*2 - 1/16",
			[]Record{judged("a", 1, "111101"), judged("b", 1, "000001")}, 1, 4.0 / 6, half, "6 images, 4:0, p 0.0625"},
		{"two seeds", "t(1) = 12.706 over the differences 1/2 and 1/4; the other seed of a has no partner",
			[]Record{judged("a", 1, "1100"), judged("a", 2, "1100"), judged("a", 3, "1111"), judged("b", 1, "0000"),
				judged("b", 2, "0100")}, 2, 0.375, 12.7062 * 0.125, "4 images, 3:0, p 0.2500"},
		{"other images", "seeds are paired, images cannot be", []Record{judged("a", 1, "1111"), elsewhere}, 1, 1,
			half, "not measured on the same photos"},
		{"renamed photos", "the same images stand in another order", []Record{ordered("a", "x"), ordered("b", "y")},
			1, 1, half, "not measured on the same photos"},
		{"one older record", "it does not tell the order", []Record{ordered("a", "x"), ordered("b", "")}, 1, 1, half,
			"4 images, 4:0"},
		{"no predictions", "runs of `imagelab train` keep none", []Record{silent, judged("a", 1, "0011")}, 1, 0, half,
			"same photos"},
		{"no common seed", "the means can still be told apart, without an interval",
			[]Record{judged("a", 1, "11"), judged("b", 2, "10")}, 0, 0.5, half, "no seed in common"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, err := Compare(tt.records, "a", "b")
			if err != nil {
				t.Fatal(err)
			}
			width, test := math.NaN(), c.NoTest
			if c.Interval != nil {
				width = c.Interval[1] - c.Difference
			}
			if c.Test != nil {
				test = fmt.Sprintf("%d images, %d:%d, p %.4f", c.Test.Images, c.Test.OnlyA, c.Test.OnlyB, c.Test.MidP)
			}
			if c.Seeds != tt.seeds || math.Abs(c.Difference-tt.difference) > 1e-9 ||
				math.IsNaN(width) != math.IsNaN(tt.width) || math.Abs(width-tt.width) > 1e-3 || !strings.Contains(test, tt.test) {
				t.Errorf("got %d seeds, %g ± %g, %s; want %d, %g ± %g, %s: %s", c.Seeds, c.Difference, width, test,
					tt.seeds, tt.difference, tt.width, tt.test, tt.reason)
			}
			back, err := Compare(tt.records, "b", "a")
			if err != nil || back.Difference != -c.Difference || c.Test != nil && back.Test.MidP != c.Test.MidP {
				t.Errorf("the other way round: %+v, %v", back, err)
			}
		})
	}
}

func TestCompareFinds(t *testing.T) {
	onVal := judged("val", 1, "11")
	onVal.Val, onVal.Test = *onVal.Test, nil
	other := judged("twice", 1, "10")
	other.Dataset, other.ID = "clothing", "other-id"
	failed := judged("failed", 1, "11")
	failed.Error = "no memory"
	records := []Record{judged("a", 1, "11"), judged("a", 2, "10"), judged("twice", 1, "11"), other, onVal, failed}
	tests := []struct {
		a, b   string
		reason string
		err    string // empty: none
	}{
		{"a", "a-2-", "the start of an ID names one fit", ""},
		{"a", "a-2", "too short a start could be anything", "no finished configuration"},
		{"a", "failed", "a failed fit has nothing to compare", `"a", "twice"`},
		{"a", "twice", "which data set?", "is the name of 2 configurations"},
		{"a", "other", "the ID says which", ""},
		{"a", "val", "accuracy on images that chose the model is another measure", "same side"},
	}
	for _, tt := range tests {
		_, err := Compare(records, tt.a, tt.b)
		if tt.err == "" && err != nil || tt.err != "" && (err == nil || !strings.Contains(err.Error(), tt.err)) {
			t.Errorf("%s and %s: error %v, want %q: %s", tt.a, tt.b, err, tt.err, tt.reason)
		}
	}
}
