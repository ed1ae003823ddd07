package race

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"imagelab/lib/runlog"
)

func sample() Report {
	return Report{Parts: []Part{
		{Name: Hash, Works: []Work{{Name: "hash", Unit: ImagesPerSecond, Results: []Result{
			{Side: Ours, Values: []float64{100, 50, 90}}, {Side: "imagehash", Values: []float64{50, 50, 100}}}}}},
		{Name: Rates, Peak: []float64{100, 80, 100}, Stages: []Stage{
			{Name: "stem", Batch: 2, MFLOP: 10, Values: []float64{10, 9, 11}}, {Name: "top", Batch: 2, MFLOP: 30,
				Values: []float64{30}}}},
		{Name: EndToEnd, Works: []Work{
			{Name: "whole way", Unit: Seconds, Results: []Result{{Side: Ours, Values: []float64{60}},
				{Side: "fastai", Values: []float64{900}}}},
			{Name: "alone", Unit: Seconds, Results: []Result{{Side: Ours, Values: []float64{5}}}}}},
	}}
}

func TestRatios(t *testing.T) {
	want := []Ratio{
		{"hash", 90, 50, "imagehash", ImagesPerSecond, 1, 0.9, 2}, // of the rounds 2, 1 and 0.9, not of the medians
		{"whole way", 60, 900, "fastai", Seconds, 15, 15, 15},     // fewer seconds are faster
		{Work: "alone", Ours: 5, Unit: Seconds},
	}
	got := sample().Ratios()
	if !slices.Equal(got, want) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
	if n := len(WithPeer(got)); n != 2 {
		t.Errorf("%d ratios with a peer", n)
	}
}

func TestRatioJSON(t *testing.T) {
	text, err := json.Marshal(sample().Ratios()[1:])
	if err != nil {
		t.Fatal(err)
	}
	want := `[{"work":"whole way","ours":60,"peer":900,"peer_name":"fastai","unit":"s","ratio":15,"ratio_min":15,"ratio_max":15},{"work":"alone","ours":5,"unit":"s"}]`
	if string(text) != want {
		t.Errorf("got %s\nwant %s", text, want)
	}
}

func TestBest(t *testing.T) {
	at := func(name string, ours, peers float64) Work {
		return Work{Name: name, Unit: ImagesPerSecond, Results: []Result{
			{Side: Ours, Note: name, Values: []float64{ours}}, {Side: "peer", Note: name, Values: []float64{peers}}}}
	}
	best := Best("best", []Work{at("batch 1", 10, 3), at("batch 2", 12, 5), at("batch 8", 7, 9)})
	if best.Results[0].Note != "batch 2" || best.Results[1].Note != "batch 8" || best.Results[1].Values[0] != 9 {
		t.Errorf("%+v: every side is to be at its own best batch", best)
	}
}

func TestAgainst(t *testing.T) {
	w := Against("stage7 against all", sample().Parts[2].Works[1], sample().Parts[2].Works[0], "all")
	if r := w.ratios()[0]; r.PeerName != "ours, all" || r.Ratio != 12 {
		t.Errorf("%+v", r)
	} else if n := len(Versus([]Ratio{r, sample().Ratios()[1]})); n != 1 {
		t.Errorf("%d ratios with others: ours is not its own peer", n)
	}
}

func TestVerdict(t *testing.T) {
	r := sample()
	got := r.Verdict()
	for _, want := range []string{"1 of 2", "1.0 (hash, imagehash)", "15 (whole way, fastai)"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q does not say %q", got, want)
		}
	}
	if strings.Contains(got, "doubt") {
		t.Errorf("%q doubts a quiet machine", got)
	}
	r.Parts[0].Interference = 0.4
	if got := r.Verdict(); !strings.Contains(got, "hash (40 % of the cores)") {
		t.Errorf("%q does not say that other programs were running", got)
	}
	if got := (Report{Parts: r.Parts[1:2]}).Verdict(); got != "No peer was measured." {
		t.Errorf("%q", got)
	}
}

func TestRows(t *testing.T) {
	r := sample()
	r.Parts[0].Environment = runlog.Environment{Engine: "xla:cpu", Cores: 2}
	r.Parts[0].Versions = map[string]string{"pillow": "13", "imagehash": "4"}
	for name, table := range map[string]func() ([]string, [][]string){
		"ratios": func() ([]string, [][]string) { return RatioRows(r.Ratios()) }, "results": r.ResultRows,
		"stages": r.StageRows, "machines": r.MachineRows,
	} {
		header, rows := table()
		if len(rows) < 3 {
			t.Errorf("%s: %d rows", name, len(rows))
		}
		for _, row := range rows {
			if len(row) != len(header) {
				t.Errorf("%s: %d cells below %d headings: %q", name, len(row), len(header), row)
			}
		}
	}
	_, stages := r.StageRows()
	// 10 MFLOP at 10 GFLOP/s take as long as 30 at 30; together 40 in 2 ms.
	for i, want := range [][]string{{"stem", "10", "10", "10 %", "50 %"}, {"top", "30", "30", "30 %", "50 %"},
		{"all stages", "40", "20", "20 %", "100 %"}} {
		if !slices.Equal(stages[i], want) {
			t.Errorf("%q, want %q", stages[i], want)
		}
	}
	if _, machines := r.MachineRows(); machines[0][len(machines[0])-1] != "imagehash 4, pillow 13" {
		t.Errorf("%q", machines[0])
	}
}

func TestWholeRows(t *testing.T) {
	peers := Result{Side: "fastai", Values: []float64{900, 901.26}, Top1: []float64{0.8, 0.81234}}
	work := func(recipe string, ours Result) Work {
		return Work{Name: wholeWay + recipe, Unit: Seconds, Results: []Result{ours, peers}}
	}
	r := sample() // parts without accuracies have no rows
	r.Parts[2].Works = []Work{
		work("cut head", Result{Side: Ours, Values: []float64{60}, Top1: []float64{0.87}}),
		work("default recipe", Result{Side: Ours, Values: []float64{300}, Top1: []float64{0.92}}),
	}
	want := [][]string{{"ours", "cut head", "0", "60.0", "0.8700"}, {"fastai", "", "0", "900.0", "0.8000"},
		{"fastai", "", "1", "901.3", "0.8123"}, {"ours", "default recipe", "0", "300.0", "0.9200"}}
	if _, rows := r.WholeRows(); !slices.EqualFunc(rows, want, slices.Equal) {
		t.Errorf("got %q\nwant %q", rows, want)
	}
}

func TestTable(t *testing.T) {
	r := sample()
	r.Parts[2].Works[0].Results[1].Note = "validation top-1 83 %"
	for _, want := range []string{"whole way, fastai: validation top-1 83 %\n", "all stages", "imagehash"} {
		if !strings.Contains(r.Table(), want) {
			t.Errorf("no %q in\n%s", want, r.Table())
		}
	}
}

func TestPut(t *testing.T) {
	dir := t.TempDir()
	if r, err := Read(dir); err != nil || len(r.Parts) != 0 {
		t.Fatalf("a new folder: %+v, %v", r, err)
	}
	for _, p := range []Part{{Name: Step}, {Name: Decode}, {Name: Step, Interference: 0.5}} {
		if _, err := Put(dir, p); err != nil {
			t.Fatal(err)
		}
	}
	r, err := Read(dir)
	if err != nil || len(r.Parts) != 2 || r.Parts[0].Name != Decode || r.Parts[1].Interference != 0.5 {
		t.Errorf("%+v, %v: parts stand in order, and a new measurement replaces the old one", r, err)
	}
	if err := os.WriteFile(filepath.Join(dir, File), []byte("{"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Put(dir, Part{Name: Hash}); err == nil || !strings.Contains(err.Error(), "delete it") {
		t.Errorf("a torn report gives %v, want an error that says what to do", err)
	}
}

func TestParseParts(t *testing.T) {
	if got, err := ParseParts("step,decode"); err != nil || !slices.Equal(got, []string{Step, Decode}) {
		t.Errorf("%q, %v", got, err)
	}
	for _, list := range []string{"", "steps", "step, decode"} {
		if _, err := ParseParts(list); err == nil || !strings.Contains(err.Error(), "choose of decode,hash") {
			t.Errorf("%q gives %v", list, err)
		}
	}
}

func TestTimes(t *testing.T) {
	for x, want := range map[float64]string{0.123: "0.12", 1.04: "1.0", 9.6: "9.6", 15.4: "15"} {
		if got := Times(x); got != want {
			t.Errorf("%g is written %s, want %s", x, got, want)
		}
	}
}
