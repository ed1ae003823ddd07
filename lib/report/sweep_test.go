package report

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gonum.org/v1/plot"

	"imagelab/lib/figure"
	"imagelab/lib/metric"
	"imagelab/lib/runlog"
)

// fits makes n finished records of two settings in turn.
func fits(n int) []runlog.Record {
	var out []runlog.Record
	for i := range n {
		out = append(out, runlog.Record{
			ID: fmt.Sprintf("00ab%04d", i), Setting: []string{"10 a class", "20 a class"}[i%2], Dataset: "pets",
			Backbone: "efficientnet_lite0", Size: 224, Cut: "head",
			Seed: uint64(i/2 + 1), Time: time.Date(2026, 3, 1, 9, i, 0, 0, time.UTC),
			Command: "imagelab curve 'my data'", Manifest: "manifest0123456789", Split: "split0123456789",
			Counts: map[string]int{"train": 100, "val": 20, "test": 40}, Trained: map[string]int{"cat": 10, "dog": 7},
			Test:   &metric.Result{Top1: 0.75, Interval: metric.Wilson(30, 40), N: 40},
			Shared: []runlog.Work{{Name: "features", Seconds: 1}}, Own: 60,
			Timings: []runlog.Timing{{Stage: runlog.StageCompile, Seconds: 1}, {Stage: "fit", Seconds: 60}},
			Environment: runlog.Environment{Engine: "xla:cpu", EngineWhy: "no GPU was found", CPU: "a CPU", Cores: 2,
				Commit: "0123456789abcdef"},
		})
	}
	return out
}

func writeSweep(t *testing.T, s Sweep) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "report.html")
	if err := WriteSweep(path, s); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestWriteSweepShows(t *testing.T) {
	empty := plot.New()
	page := writeSweep(t, Sweep{
		Title: "How many are enough?", Verdict: "More would help.\n\n  About 900.  ", Note: "A remark.",
		License: "CC0", Records: fits(4),
		Figures: []Figure{{"The curve", figure.Figure{Plot: empty, Width: 500, Height: 200}, "Dots are fits.",
			"curve/report.html"}, {Figure: figure.Figure{Plot: empty, Width: 340, Height: 235}},
			{Figure: figure.Figure{Plot: empty, Width: 400, Height: 100}}},
		Tables: []Table{{Title: "Means", Header: []string{"Setting", "Top-1", "Fit"},
			Rows: [][]string{{"20 a class", "75.0 %", "00ab0003"}, {"all"}}, Note: "Of all seeds."}},
	})
	alone(t, page)
	for _, want := range []struct{ text, reason string }{
		{"<h1>How many are enough?</h1>", "the question"}, {"<p>More would help.</p>\n<p>About 900.</p>",
			"the answer, by paragraphs"}, {"A remark.", "the note"},
		{`<h3><a href="curve/report.html">The curve</a></h3>`, "a figure's title leads to the page that says more"},
		{"4 fits on pets, 4 min 01 s of computing · 1 March 2026, 09:03 UTC", "what it rests on"},
		{"<figcaption>Dots are fits.</figcaption>", "how to read it"},
		{`<a href="#fit-2">20 a class</a>`, "a setting leads to its first fit"}, {`<a href="#fit-4">00ab0003</a>`,
			"an ID to its record"}, {`<tr id="fit-4"><td><code>00ab0003</code>`, "which is there"},
		{`<td class="n">75.0 %</td>`, "numbers to the right"}, {`<td>all</td><td class="n"></td><td></td>`,
			"a short row is filled up, and IDs are no numbers"}, {"Of all seeds.", "a table's note"},
		{`<td class="n">17</td><td class="n">75.0 %</td><td class="n">` + interval(metric.Wilson(30, 40)) +
			`</td><td>40 test</td><td class="n">1 min 01 s</td><td class="n">1 min 01 s</td><td>done</td>`,
			"a record with all its numbers"},
		{"imagelab curve &#39;my data&#39;", "the command"}, {"manifest0123", "the images' digest"},
		{"split0123456", "the split's digest"},
		{"no GPU was found", "the engine"}, {"commit 0123456789ab", "the program"}, {"Licence of the photos: CC0.",
			"the licence"},
	} {
		if !strings.Contains(page, want.text) {
			t.Errorf("%q is missing: %s", want.text, want.reason)
		}
	}
	if svgs, full, commands := strings.Count(page, "<svg "), strings.Count(page, `<figure class="full">`),
		strings.Count(page, "<pre>"); svgs != 3 || full != 2 || commands != 1 {
		t.Errorf("%d figures, want 3, %d of them wide, want 2; %d commands, want the one they share", svgs, full, commands)
	}
	if strings.Contains(page, `role="alert"`) || strings.Contains(page, `id="unfinished"`) {
		t.Error("a whole sweep has nothing to warn of")
	}
}

func TestWriteSweepWarns(t *testing.T) {
	records := fits(6)
	records[1].Error, records[1].Test = "no space left <on device>", nil
	records[2].Interrupted = true
	records[3].AllowLeak = true
	records[4].NoDedup = true
	records[5].Dataset, records[5].Environment.CPU = "cells", "another CPU"
	page := writeSweep(t, Sweep{Title: "t", Records: records})
	for _, want := range []struct{ text, reason string }{
		{"1 of 6 fits failed", "the answer is less than it looks"}, {"1 of 6 fits stopped before the end",
			"and not whole"}, {"1 of 6 fits had the same photos", "leaks are marked"},
		{"no space left &lt;on device&gt;", "the error, escaped"},
		{`<span class="tag bad">failed</span> <strong>20 a class</strong>, seed 1, <a href="#fit-2">`, "which fit"},
		{"Copies were not looked for", "copies are what a set is asked about first"},
		{"<td>cells</td>", "fits of several sets name theirs"}, {"6 fits on cells, pets", "in the first line too"},
		{"Where 5 fits ran", "machines are told apart"}, {"Where 1 fit ran", "each"},
	} {
		if !strings.Contains(page, want.text) {
			t.Errorf("%q is missing: %s", want.text, want.reason)
		}
	}
}

func TestWriteSweepEscapes(t *testing.T) {
	evil := `<script>alert("x")</script>`
	records := fits(2)
	r := &records[0]
	r.ID, r.Setting, r.Dataset, r.Command, r.Error, r.Environment.CPU, r.Manifest = evil, evil, evil, evil,
		evil, evil, evil
	page := writeSweep(t, Sweep{Title: evil, Verdict: evil, Note: evil, License: evil, Records: records,
		Figures: []Figure{{evil, figure.Figure{Plot: plot.New(), Width: 340, Height: 235}, evil, ""}},
		Tables:  []Table{{Title: evil, Note: evil, Header: []string{evil}, Rows: [][]string{{evil}, {"x"}}}}})
	if strings.Contains(page, "<script") || strings.Count(page, "&lt;script&gt;") < 12 {
		t.Error("text became an element, or is not shown")
	}
}

func TestWriteSweepRefuses(t *testing.T) {
	tests := []struct {
		reason string
		sweep  Sweep
		says   string
	}{
		{"an empty frame says nothing", Sweep{Figures: []Figure{{Title: "curve"}}}, `figure "curve"`},
		{"a cell without a heading is a mistake",
			Sweep{Tables: []Table{{Title: "means", Header: []string{"a"}, Rows: [][]string{{"1"}, {"1", "2"}}}}},
			`table "means": row 2`},
	}
	for _, tt := range tests {
		path := filepath.Join(t.TempDir(), "report.html")
		if err := WriteSweep(path, tt.sweep); err == nil || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("error %v, want %q: %s", err, tt.says, tt.reason)
		}
		if _, err := os.Stat(path); err == nil {
			t.Error("a refused page was written")
		}
	}
}

func TestWriteSweepSizes(t *testing.T) {
	empty := writeSweep(t, Sweep{})
	if alone(t, empty); !strings.Contains(empty, "Nothing has been recorded yet.") {
		t.Error("a sweep before its first fit has a page too")
	}
	few, many := writeSweep(t, Sweep{Records: fits(60)}), writeSweep(t, Sweep{Records: fits(1000)})
	if !strings.Contains(few, `<details class="card" open>`) || strings.Contains(many, `<details class="card" open>`) {
		t.Error("few records are shown, many folded")
	}
	if n := strings.Count(many, `<tr id="fit-`); n != 1000 || len(many) > 1<<20 {
		t.Errorf("%d of 1,000 records in %d bytes", n, len(many))
	}
}

func TestNumeric(t *testing.T) {
	tests := []struct {
		cells  string // separated by |
		reason string
		want   bool
	}{
		{"12|3.5", "numbers", true},
		{"75.0 %|–|", "with units and gaps", true},
		{"+2.1 points|−0.2 points|≤ 10 ms|~3", "with signs", true},
		{"73.0 – 81.8 %", "intervals", true},
		{"–||-", "no number at all", false},
		{"12|cat", "one name makes it text", false},
		{"5 a class|10 a class", "a setting of the sweep is a name, whatever it begins with", false},
		{"10 images are too few to say anything", "nor is a sentence", false},
	}
	for _, tt := range tests {
		var rows [][]string
		for _, cell := range strings.Split(tt.cells, "|") {
			rows = append(rows, []string{cell})
		}
		if got := numeric(append(rows, nil), 0, map[string]string{"5 a class": "fit-1"}); got != tt.want {
			t.Errorf("%q: %v: %s", tt.cells, got, tt.reason)
		}
	}
}
