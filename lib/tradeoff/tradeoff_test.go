package tradeoff

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"imagelab/lib/metric"
	"imagelab/lib/runlog"
)

// fit is a finished fit that is wrong on the first images, of 100, and on the first validation
// images, of 400.
func fit(backbone string, size int, cut string, seed uint64, wrong int, val float64) runlog.Record {
	r := runlog.Record{
		Version: runlog.Version, ID: fmt.Sprint(backbone, size, cut, seed), Backbone: backbone, Size: size, Cut: cut,
		Seed: seed, Dataset: "solar", Split: "5f2c9a41",
		Setting: fmt.Sprintf("%s@%d %s", backbone, size, cut), Val: metric.Result{Top1: val, N: 100,
			Classes: []string{"a", "b"}},
		Test:        &metric.Result{Top1: 1 - float64(wrong)/100, N: 100},
		Outcomes:    predictions("test", 100, wrong),
		Validated:   predictions("val", 400, int(math.Round(400*(1-val)))),
		Environment: here,
	}
	return r
}

func predictions(side string, n, wrong int) *runlog.Outcomes {
	o := &runlog.Outcomes{Side: side, Labels: make([]int, n), Predicted: make([]int, n)}
	for i := range wrong {
		o.Predicted[i] = 1
	}
	return o
}

var (
	here  = runlog.Environment{Engine: "xla:cpu", OS: "linux", Arch: "amd64", CPU: "AMD EPYC", Cores: 2}
	there = runlog.Environment{Engine: "xla:cuda", OS: "linux", Arch: "amd64",
		CPU: "Intel(R) Xeon(R) CPU E5-2680 v4 @ 2.40GHz", Cores: 8}
)

// speed of a network with a quarter as many parameters as bytes, but for a few letters of
// description.
func speed(e runlog.Environment, backbone string, size int, millis float64, bundle int64) Speed {
	l := Latency{Median: millis / 1000, P90: millis / 900, P99: millis / 800,
		Interval: metric.Interval{millis / 1050, millis / 950}, N: 300}
	var stages []runlog.Timing
	for _, name := range Stages() {
		stages = append(stages, runlog.Timing{Stage: name, Seconds: 0.002})
	}
	return Speed{Version: Version, Backbone: backbone, Size: size, Latency: l, BundleBytes: bundle,
		Parameters: (bundle + 5e5) / 1e6 * 250e3, Environment: e, Stages: stages, Megapixels: 0.2}
}

func near(a, b, tolerance float64) bool { return math.Abs(a-b) <= tolerance }

func weighed(t *testing.T, records []runlog.Record, speeds []Speed) Result {
	t.Helper()
	got, err := Compare(records, speeds, 10*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestWeigh(t *testing.T) {
	const lite0, lite2 = "efficientnet_lite0", "efficientnet_lite2"
	timed := func(r runlog.Record, frozen, own float64) runlog.Record {
		r.Shared, r.Own = []runlog.Work{{Name: "photos", Seconds: 1}, {Name: "features", Seconds: frozen},
			{Name: "test photos", Seconds: 1000, Judging: true}}, own
		return r
	}
	failed, stopped, part := fit(lite0, 128, "head", 3, 50, 0.9), fit(lite0, 128, "head", 4, 50, 0.9),
		fit(lite0, 128, "head", 5, 50, 0.9)
	failed.Error, stopped.Interrupted, part.PerClass = "out of memory", true, 5
	records := []runlog.Record{
		timed(fit(lite0, 128, "head", 1, 20, 0.80), 30, 2), timed(fit(lite0, 128, "head", 2, 22, 0.82), 30, 4),
		fit(lite0, 224, "stage6", 1, 10, 0.92), fit(lite0, 224, "stage6", 2, 12, 0.90),
		fit(lite2, 260, "stage6", 1, 11, 0.95), fit(lite2, 260, "stage6", 2, 9, 0.93),
		fit(lite0, 160, "head", 1, 15, 0.85), failed, stopped, part,
	}
	broken := speed(here, lite2, 300, 0, 0)
	broken.Error = "out of memory"
	got := weighed(t, records, []Speed{
		speed(here, lite0, 128, 4, 14e6), speed(here, lite0, 224, 8, 14.01e6), speed(here, lite2, 260, 20, 20e6), broken,
		speed(there, lite0, 224, 1, 14e6), speed(there, lite2, 260, 2, 20e6),
	})
	if len(got.Machines) != 2 || len(got.Points) != 5 || len(got.Choices) != 2 || got.Images != 100 || got.Side != "test" {
		t.Fatalf("got %d machines, %d points, %+v", len(got.Machines), len(got.Points), got)
	}
	p := got.Points[0]
	if p.Label() != "lite0@128 head" || !near(p.Top1, 0.79, 1e-9) || !near(p.Val, 0.81, 1e-9) ||
		p.Interval[0] >= 0.79 || p.Interval[1] <= 0.79 {
		t.Errorf("the fastest on the first machine is %+v, want the mean of two seeds", p)
	}
	if p.Train != 34 {
		t.Errorf("training took %g s, want 1 for photos, 30 for features, and 3 on average for the head", p.Train)
	}
	if q := got.Points[1]; q.Train != 0 {
		t.Errorf("training took %g s, though the records do not tell", q.Train)
	}
	if other := got.On(got.Machines[1]); len(other) != 2 || other[0].Train != 0 || other[0].Speed.Latency.Median != 0.001 {
		t.Errorf("on the other machine %+v: nothing was trained there", other)
	}
	notes := strings.Join(got.Notes, " ")
	for _, want := range []string{"3 fits that failed", "lite2 at 300 px could not be measured",
		"lite0@160 head was trained"} {
		if !strings.Contains(notes, want) {
			t.Errorf("notes %q lack %q", notes, want)
		}
	}
}

func TestWeighRefuses(t *testing.T) {
	a, other := fit("lite0", 224, "head", 1, 10, 0.9), fit("lite0", 224, "head", 2, 10, 0.9)
	other.Dataset, other.Split = "foods", "99999999"
	others := fit("lite0", 224, "head", 2, 10, 0.9)
	others.Outcomes = predictions("test", 100, 10)
	others.Outcomes.Labels[7] = 1
	fewer := fit("lite0", 224, "head", 2, 10, 0.9)
	fewer.Outcomes = &runlog.Outcomes{Side: "test", Labels: []int{0}, Predicted: []int{0}}
	silent := fit("lite0", 224, "head", 2, 10, 0.9)
	silent.Outcomes = nil
	s := []Speed{speed(here, "lite0", 224, 8, 14e6)}
	for _, c := range []struct {
		name, reason string
		records      []runlog.Record
		speeds       []Speed
		want         string
	}{
		{"two sets", "their results are not comparable", []runlog.Record{a, other}, s, "foods (99999999)"},
		{"other images", "they cannot be paired", []runlog.Record{a, fewer}, s, "judged on 1 test photos"},
		{"other images of the same number", "they cannot be paired", []runlog.Record{a, others}, s,
			"judged on 100 test photos"},
		{"no predictions", "there is nothing to judge by", []runlog.Record{silent}, s, "none of 1 records"},
		{"no fits", "say what to run", nil, s, "fit models first"},
		{"no speeds", "say what to do", []runlog.Record{a}, nil, "measure the speed"},
	} {
		if _, err := Compare(c.records, c.speeds, 0); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q: %s", c.name, err, c.want, c.reason)
		}
	}
}

// TestFront checks on random points that no point of the front is dominated, that every other one
// is by one of the front, and that the best and the cheapest are on it.
func TestFront(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for range 200 {
		n := 1 + r.IntN(30)
		costs, values := make([]float64, n), make([]float64, n)
		for i := range costs {
			costs[i], values[i] = float64(r.IntN(12)), float64(r.IntN(12)) // ties happen
		}
		front := ParetoFront(costs, values)
		dominated := func(i, j int) bool {
			return costs[j] <= costs[i] && values[j] >= values[i] && (costs[j] != costs[i] || values[j] != values[i])
		}
		for i := range costs {
			by := false
			for j := range costs {
				by = by || dominated(i, j) && front[j]
				if front[i] && dominated(i, j) {
					t.Fatalf("%v, %v: point %d is on the front, though %d dominates it", costs, values, i, j)
				}
			}
			if !front[i] && !by {
				t.Fatalf("%v, %v: no point of the front dominates %d", costs, values, i)
			}
		}
	}
}

func TestAppendReadDir(t *testing.T) {
	dir := t.TempDir()
	at := func(s Speed, hour int, err string) Speed {
		s.Time, s.Error = time.Date(2026, 3, 1, hour, 0, 0, 0, time.UTC), err
		return s
	}
	for name, speeds := range map[string][]Speed{
		"speed.jsonl": {at(speed(here, "lite0", 224, 8, 1e6), 1, ""),
			at(speed(here, "lite0", 224, 9, 1e6), 2, ""), at(speed(here, "lite0", 224, 0, 1e6), 3, "stopped"),
			at(speed(here, "lite0", 128, 0, 1e6), 3, "stopped")},
		"b/speed-2.jsonl": {at(speed(there, "lite0", 224, 1, 1e6), 0, "")},
		"b/records.jsonl": {at(speed(there, "lite2", 224, 1, 1e6), 0, "")},
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		for _, s := range speeds {
			if err := Append(path, s); err != nil {
				t.Fatal(err)
			}
		}
	}
	f, err := os.OpenFile(Path(dir), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(`{"version":1,"back`); err != nil {
		t.Fatal(err)
	}
	f.Close()
	got, torn, err := ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	text := ""
	for _, s := range got {
		text += fmt.Sprintf("%s %d %g;", s.Environment.Engine, s.Size, 1000*s.Latency.Median)
	}
	if want := "xla:cpu 128 0;xla:cpu 224 9;xla:cuda 224 1;"; text != want || torn != 1 {
		t.Errorf("got %s, torn %d; want %s: the latest that was measured, by machine and size", text, torn, want)
	}
	if err := Append(Path(dir), got[0]); err != nil {
		t.Fatal(err)
	}
	if again, _, err := ReadDir(dir); err != nil || len(again) != 3 {
		t.Errorf("%d speeds, %v, after a torn line was ended", len(again), err)
	}
}

func TestMachine(t *testing.T) {
	for _, c := range []struct {
		reason string
		e      runlog.Environment
		want   string
	}{
		{"short enough for a legend", there, "Intel Xeon E5-2680 v4, 8 cores, xla:cuda"},
		{"an unknown processor", runlog.Environment{Engine: "go", Cores: 4, OS: "darwin", Arch: "arm64"},
			"unknown processor, 4 cores, go, darwin/arm64"},
	} {
		if got := Machine(c.e); got != c.want {
			t.Errorf("got %q, want %q: %s", got, c.want, c.reason)
		}
	}
	later := here
	later.Commit, later.Go, later.Memory = "abc", "go1.99", 1
	if Machine(later) != Machine(here) {
		t.Error("a new program makes a new machine")
	}
}

func TestSettings(t *testing.T) {
	a := fit("lite0", 224, "head", 1, 1, 1)
	a.Config = []byte(`{"crop_fraction":1}`)
	failed := fit("lite2", 224, "head", 1, 1, 1)
	failed.Error = "no"
	got := Networks([]runlog.Record{a, fit("lite0", 224, "all", 1, 1, 1), failed, fit("lite0", 160, "all", 1, 1, 1)})
	want := []Network{{Backbone: "lite0", Size: 224, CenterCropFraction: 1, Classes: 2, Precision: "float32"},
		{Backbone: "lite0", Size: 160, Classes: 2, Precision: "float32"}}
	if !slices.Equal(got, want) {
		t.Errorf("got %+v, want %+v: each network once, whatever the cut", got, want)
	}
}
