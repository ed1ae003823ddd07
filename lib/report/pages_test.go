package report

import (
	"fmt"
	"image"
	"path/filepath"
	"testing"
	"time"

	"imagelab/lib/audit"
	"imagelab/lib/classifier"
	"imagelab/lib/collect"
	"imagelab/lib/curve"
	"imagelab/lib/dataset"
	"imagelab/lib/dedup"
	"imagelab/lib/figure"
	"imagelab/lib/grouping"
	"imagelab/lib/metric"
	"imagelab/lib/runlog"
	"imagelab/lib/suspect"
	"imagelab/lib/tradeoff"
)

// written is a page of a kind.
type written struct{ name, path string }

// writer writes pages of all kinds about one small set.
type writer struct {
	t     *testing.T
	dir   string
	set   *dataset.Set
	pages []written
}

// save writes a page.
func (w *writer) save(name string, write func(path string) error) {
	w.t.Helper()
	path := filepath.Join(w.dir, name+".html")
	if err := write(path); err != nil {
		w.t.Fatal(name, err)
	}
	w.pages = append(w.pages, written{name, path})
}

// everyPage writes each kind of page that there is, but for that of the review, which is served.
func everyPage(t *testing.T) []written {
	t.Helper()
	w := &writer{t: t, dir: t.TempDir(), set: photos(t, []string{"cat", "a class with quite a long name", "dog"}, 20)}
	w.fits()
	w.sweeps()
	w.set.Images[9].Class = "dog" // a copy with another label
	if err := dataset.TakeHashes(t.Context(), w.set, nil); err != nil {
		t.Fatal(err)
	}
	w.duplicates()
	w.looks()
	return w.pages
}

// fits writes the pages of one fit, of two, and of a folder of them.
func (w *writer) fits() {
	t, ctx := w.t, w.t.Context()
	said, test := predicted(t, w.set, dataset.Test)
	validated, _ := predicted(t, w.set, dataset.Val)
	record := fitted(t, w.set)
	record.Test = &test
	view := image.NewGray(image.Rect(0, 0, 24, 24))
	in := Input{Set: w.set, Record: record, Test: &test, Tested: said, Validated: validated,
		Duplicates: copies(w.set), Note: "A remark.",
		Decides: decided(test),
		Viewed:  []Viewed{{Path: w.set.Images[0].Path, Views: []image.Image{view, view, view}}}}
	w.save("report", func(p string) error { return Write(ctx, p, in) })
	in.Tested, in.Validated, in.Record.AllowLeak = nil, nil, true
	w.save("report without predictions", func(p string) error { return Write(ctx, p, in) })
	w.save("versus", func(p string) error {
		other := *validated
		other.Photos = append([]runlog.Prediction(nil), other.Photos...)
		other.Photos[0].Predicted = other.Photos[0].Label
		_, err := WriteVersus(ctx, p, Versus{Names: [2]string{"runs/a", "runs/b"}, Records: [2]runlog.Record{record, {}},
			Said: [2]*runlog.Predictions{validated, &other}, Set: w.set})
		return err
	})
	w.save("runs", func(p string) error {
		dir := t.TempDir()
		if err := runlog.Append(filepath.Join(dir, "records.jsonl"), record); err != nil {
			return err
		}
		_, _, err := WriteRuns(ctx, p, dir)
		return err
	})
}

// decided are activation maps of all mistakes, of 7 x 7 cells. In one photo nothing speaks for the
// label.
func decided(r metric.Result) map[string]Decides {
	of := func(at int) classifier.ActivationMap {
		m := classifier.ActivationMap{Share: 0.1, Margin: 0.0625}
		for y := range 7 {
			row := make([]float64, 7)
			for x := range row {
				row[x] = float64((7*x+3*y+at)%50) / 49
			}
			m.Cells = append(m.Cells, row)
		}
		return m
	}
	out := map[string]Decides{}
	for i, m := range r.Mistakes {
		maps := Decides{Predicted: of(i), Label: of(2 * i)}
		if i == 0 {
			maps.Label = classifier.ActivationMap{Margin: 0.0625}
		}
		out[m.File] = maps
	}
	return out
}

// sweeps writes the pages of experiments.
func (w *writer) sweeps() {
	t := w.t
	table := Table{Title: "Means", Header: []string{"configuration", "accuracy", "a long heading of a column", "machine"},
		Rows: [][]string{{"20 a class", "75.0 %", "3", "Intel Xeon Platinum 8480+, 16 cores, xla:cuda"}}}
	w.save("sweep", func(p string) error {
		return WriteSweep(p, Sweep{Title: "How many?", Verdict: "More would help.", Records: fits(6), Tables: []Table{table}})
	})
	curves, models := threeClasses(t), fourModels(t)
	w.save("curve", func(p string) error { return WriteSweep(p, Curves("How many photos?", curves, nil)) })
	w.save("tradeoff", func(p string) error {
		return WriteSweep(p, TradeOff("Which model is fast enough?", models, models.Speeds, models.Records))
	})
	w.save("index", func(p string) error { // as lab.All has it
		return WriteSweep(p, Sweep{Title: "What the photos can do",
			Verdict: "How good? 90 %.\nWhich model is fast enough? lite0.",
			Records: fits(2), Figures: []Figure{{Title: "Are there enough photos?",
				Figure: figure.LearningCurve(curves...), Page: "curve/report.html"},
				{Title: "Which model is fast enough?", Figure: figure.TradeOff(models), Page: "tradeoff/report.html"}}})
	})
	w.save("collection", func(p string) error {
		stages := collect.Stages{Planned: 50, Found: 40, Fetched: 30, Decodable: 20, Unique: 17}
		return WriteCollection(p, collect.Result{Dir: "photos/garments", Stages: stages,
			ByClass: []collect.ByClass{{Class: "vest", Stages: stages}},
			ByQuery: []collect.ByQuery{{Query: "a vest on a line to dry in the sun", Class: "vest", Stages: stages},
				{Query: "b", Class: "vest"}},
			Failed: []collect.Failed{{Reason: "not found", Addresses: 10,
				Example: "an address that is rather long and has no spaces/in/it", Detail: "status 404"}}})
	})
}

// duplicates writes the page of copies, with near misses and pairs to judge.
func (w *writer) duplicates() {
	r, im := copies(w.set), w.set.Images
	r.Borderline = []dedup.NamedPair{{A: im[3].Path, B: im[4].Path, Distance: 0.1, Agreement: 0.4}}
	r.Evidence = []dedup.Evidence{{Tier: dedup.TierHash, Threshold: 24, Bin: 8, Near: []int{3, 1, 0, 0},
		Different: []int{0, 0, 2, 90}}}
	r.Options.Distance = 40
	w.save("duplicates", func(p string) error { return WriteDuplicates(w.t.Context(), p, w.set, r) })
	w.save("no duplicates", func(p string) error {
		return WriteDuplicates(w.t.Context(), p, w.set, dedup.Result{Options: dedup.Default()})
	})
}

// looks writes the pages about photos to look at.
func (w *writer) looks() {
	ctx := w.t.Context()
	path := func(i int) string { return w.set.Images[i].Path }
	w.save("suspects", func(p string) error {
		return WriteSuspects(ctx, p, w.set, suspect.Result{Ranked: 60, Wrong: 1, Notes: []string{"1 photo has no label."},
			Suspects: []suspect.Suspect{{Path: path(0), Label: "cat", Guess: "dog", Score: 0.9,
				Kind: suspect.KindLabel, Reason: "looks like dog",
				LikeLabel: []string{path(1), path(2)}, LikeGuess: []string{path(41), path(42), path(43)}, GuessShown: "dog"},
				{Path: "gone.jpg", Kind: suspect.KindOdd, Reason: "unlike all others"}},
			Pairs: []suspect.Pair{{Classes: [2]string{"cat", "dog"}, Reason: "hard to tell apart",
				Between: [2][]string{{path(0), path(1)}, {path(41)}}}}}, dataset.Test, nil)
	})
	w.save("groups", func(p string) error {
		return WriteGroups(ctx, p, w.set, grouping.Result{Photos: 60, Notes: []string{"no times"},
			Proposals: []grouping.Proposal{
				{Name: "scenes", Text: "neighbours look alike", Groups: 8, Photos: 40, Largest: 9, Random: 0.9,
					Grouped: 0.8, Inflation: 0.1,
					Strips: [][]string{{path(0), path(1), path(2), path(3)}, {path(5), path(6)}}}}}, nil)
	})
	w.save("audit", func(p string) error { return WriteAudit(ctx, p, w.set, audited(path), nil) })
	w.save("predicted", func(p string) error {
		var found []Predicted
		for i, im := range w.set.Images[:9] {
			found = append(found, Predicted{File: w.set.File(im), Class: im.Class, P: 0.5 + 0.05*float64(i),
				Second: "dog", PSecond: 0.1})
		}
		return WritePredicted(ctx, p, "a",
			append(found, Predicted{File: "inbox/broken.jpg", Problem: "the file is empty"}), nil)
	})
}

// audited is an audit with a part of each kind.
func audited(path func(int) string) audit.Result {
	slice := func(kind, name string, photos, right int, worse bool) audit.Slice {
		return audit.Slice{Kind: kind, Name: name, Photos: photos, Correct: right,
			Accuracy: float64(right) / float64(photos), Interval: metric.Wilson(right, photos),
			Others: 0.9, P: 0.2, Worse: worse, Examples: []string{path(0), path(1), path(2)}}
	}
	cells := [][]float64{{0, 0.5, 1}, {0, 0.2, 0.4}, {0, 0, 0}}
	return audit.Result{Photos: 60, Test: 15, Judged: 15, By: "a classifier on frozen features", Accuracy: 0.9,
		Interval: metric.Wilson(13, 15), Suspects: 1,
		Findings: []audit.Finding{
			{Kind: audit.KindLeak, Severity: audit.Error, Text: "A photo stands on two sides.",
				Photos:   []string{path(0), path(1)},
				Together: []audit.Together{{Text: "test, and a copy in training", Photos: []string{path(0), path(1)}}}},
			{Kind: audit.KindLabel, Severity: audit.Warning, Text: "A label is probably wrong.",
				Photos: []string{path(4), path(5), "gone.jpg"}},
			{Kind: audit.KindSize, Severity: audit.Note, Text: "15 photos are few."}},
		Slices: []audit.Slice{slice("brightness", "darkest fifth", 10, 4, true),
			slice("brightness", "a slice with a name of some length", 12, 11, false)},
		Likeness: &audit.Likeness{Folder: "inbox", Photos: 20, Compared: 60, AUC: 0.8, P: 0.01,
			Statistics: []audit.Statistic{{Name: "brightness", Set: 0.4, Like: 0.6, Difference: 0.1}}},
		Objects: &audit.Objects{Photos: 15, Median: 0.3, Maps: []audit.Map{
			{Photo: path(7), ActivationMap: classifier.ActivationMap{Share: 0.1, Cells: cells, Margin: 0.062}},
			{Photo: path(8), ActivationMap: classifier.ActivationMap{Share: 0.4, Cells: cells}}}}}
}

// fourModels is a comparison of four models on a busy machine, within a budget, with a field of two
// networks that were not trained.
func fourModels(t *testing.T) tradeoff.Result {
	t.Helper()
	machine := runlog.Environment{Engine: "xla:cpu", OS: "linux", Arch: "amd64", CPU: "AMD EPYC", Cores: 2}
	var records []runlog.Record
	var speeds []tradeoff.Speed
	for k, size := range []int{96, 128, 192, 224} {
		o := runlog.Outcomes{Side: "test", Labels: make([]int, 200), Predicted: make([]int, 200)}
		for i := range 40 - 8*k {
			o.Predicted[i] = 1
		}
		v := o
		v.Side = "val"
		accuracy := 1 - float64(40-8*k)/200
		records = append(records, runlog.Record{ID: fmt.Sprint("m", k), Backbone: "efficientnet_lite0", Size: size,
			Cut: "head", Split: "5f2c9a41", Dataset: "clothing",
			Setting: fmt.Sprintf("efficientnet_lite0 at %d, head", size),
			Time:    time.Date(2026, 3, 1, 9, k, 0, 0, time.UTC), Environment: machine, Outcomes: &o, Validated: &v,
			Val: metric.Result{N: 200, Top1: accuracy}, Test: &metric.Result{N: 200, Top1: accuracy}, Own: 20})
		median := 0.002 * float64(size) / 96
		s := tradeoff.Speed{Backbone: "efficientnet_lite0", Size: size, Environment: machine, Noise: 0.44,
			Parameters: 4e6, BundleBytes: 16e6, Photos: 8, Megapixels: 0.2,
			Latency: tradeoff.Latency{Median: median, P90: 1.2 * median, P99: 2 * median,
				Interval: metric.Interval{median * 0.9, median * 1.1}, N: 100}}
		for i, stage := range tradeoff.Stages() {
			s.Stages = append(s.Stages, runlog.Timing{Stage: stage, Seconds: []float64{0.0001, 0.004, 0.001, 0.0001, median}[i]})
		}
		speeds = append(speeds, s)
	}
	for _, n := range []tradeoff.Network{{Backbone: "resnet18", Size: 224}, {Backbone: "resnet50", Size: 500}} {
		s := speeds[3]
		s.Backbone, s.Size = n.Backbone, n.Size
		s.Published = &tradeoff.Published{Top1: 69.8, Size: 224, Source: "torchvision"}
		speeds = append(speeds, s)
	}
	r, err := tradeoff.Compare(records, speeds, 3*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// threeClasses is a learning curve of three classes.
func threeClasses(t *testing.T) []curve.Result {
	t.Helper()
	var records []runlog.Record
	for i, size := range []int{5, 10, 20, 40, 80, 160, 0} {
		for seed := range 2 {
			o := runlog.Outcomes{Side: "test"}
			for k := range 300 {
				label := k % 3
				predicted := label
				if (k/3+7*seed)%100 < 60>>i {
					predicted = (label + 1) % 3
				}
				o.Labels, o.Predicted = append(o.Labels, label), append(o.Predicted, predicted)
			}
			n := size
			if n == 0 {
				n = 320
			}
			classes := []string{"cat", "dog", "emu"}
			r := runlog.Record{ID: fmt.Sprint(i, seed), Setting: fmt.Sprintf("%d a class", n), PerClass: size,
				Seed: uint64(seed), Split: "s", Dataset: "pets",
				Trained: map[string]int{"cat": n, "dog": n, "emu": n}, Outcomes: &o, Regime: "equal steps",
				Val: metric.Result{N: 30, Classes: classes, Top1: 0.9}, Test: &metric.Result{N: 300, Classes: classes, Top1: 0.9}}
			records = append(records, r)
		}
	}
	results, err := curve.All(records)
	if err != nil {
		t.Fatal(err)
	}
	return results
}
