package main

import (
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"imagelab/lib/metric"
	"imagelab/lib/runlog"
)

// recordFit appends a finished fit that is right on the images marked 1.
func recordFit(t *testing.T, path, setting string, seed uint64, right string, change func(*runlog.Record)) {
	t.Helper()
	r := runlog.Record{
		ID: fmt.Sprintf("%s-seed%d", setting, seed), Setting: setting, Dataset: "solar",
		Backbone: "efficientnet_lite0", Size: 224, Cut: "head", Seed: seed, Split: "s",
		Time: time.Date(2026, 3, 1, 12, int(seed), len(setting), 0, time.UTC), Counts: map[string]int{"train": 70},
		Timings:  []runlog.Timing{{Stage: "fit", Seconds: 62.04}},
		Outcomes: &runlog.Outcomes{Side: "test"},
	}
	n := strings.Count(right, "1")
	r.Test = &metric.Result{Top1: float64(n) / float64(len(right)), Interval: metric.Wilson(n, len(right)), N: len(right)}
	r.Val = metric.Result{Top1: 0.5, Interval: metric.Wilson(5, 10), N: 10}
	for _, c := range right {
		r.Outcomes.Labels, r.Outcomes.Predicted = append(r.Outcomes.Labels, 1), append(r.Outcomes.Predicted, int(c-'0'))
	}
	if change != nil {
		change(&r)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := runlog.Append(path, r); err != nil {
		t.Fatal(err)
	}
}

// sweepFolder holds two settings of two seeds in the files of two shards, a failed fit and a torn
// line.
func sweepFolder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	first, second := filepath.Join(dir, "records-1of2.jsonl"), filepath.Join(dir, "below", "records-2of2.jsonl")
	recordFit(t, first, "wide", 1, "1111110000", nil)
	recordFit(t, first, "wide", 2, "1111111000", nil)
	recordFit(t, second, "deep, \"50\"\n", 1, "1111000000", nil)
	recordFit(t, second, "deep, \"50\"\n", 2, "1110000000", func(r *runlog.Record) { r.Size = 260 })
	recordFit(t, second, "huge", 3, "1", func(r *runlog.Record) {
		r.Error, r.Test, r.Val = "no space left on device", nil, metric.Result{}
	})
	f, err := os.OpenFile(second, os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString(`{"version":1,"id":"to`); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestRunsTable(t *testing.T) {
	stdout, stderr, code := command(t, "runs", sweepFolder(t))
	if code != 0 || !strings.Contains(stderr, "passed over: 1\n") {
		t.Errorf("exit code %d; the torn line must be counted: %s", code, stderr)
	}
	flat := strings.Join(strings.Fields(stdout), " ")
	for _, want := range []struct{ text, reason string }{
		{"all fits: data set solar, backbone efficientnet_lite0, cut head fit setting size seed",
			"what all share is said once, what differs in a column"},
		{"wide-seed1 wide 224 1 70 50.00 % 60.00 % 31.3 to 83.2 % 1m2s 2026-03-01 12:01 done", "a fit"},
		{`"deep, \"50\"\n-seed2" "deep, \"50\"\n" 260 2 70 50.00 % 30.00 %`,
			"a name with quotes and a line end stays in its line"},
		{"huge-seed3 huge 224 3 70 - - - 1m2s 2026-03-01 12:03 failed", "a failed fit has no numbers"},
		{"huge-seed3 huge, seed 3: no space left on device", "but a reason"},
		{"wide solar 2 test 65.00 % 1.5 to 100.0 %", "the mean over seeds; no accuracy is above 100 %"},
	} {
		if !strings.Contains(flat, want.text) {
			t.Errorf("%q is missing: %s\n%s", want.text, want.reason, stdout)
		}
	}
}

func TestRunsExports(t *testing.T) {
	dir := sweepFolder(t)
	lines, err := csv.NewReader(strings.NewReader(mustRun(t, "runs", dir, "--csv"))).ReadAll()
	if err != nil || len(lines) != 6 {
		t.Fatalf("%d lines, %v: want a header and five fits", len(lines), err)
	}
	byName := func(line int, name string) string {
		for i, heading := range lines[0] {
			if heading == name {
				return lines[line][i]
			}
		}
		return "no column " + name
	}
	for _, c := range []struct{ name, want string }{{"test_top1", "0.6"}, {"test_n", "10"},
		{"val_low", number(metric.Wilson(5, 10)[0])}, {"images", "70"}, {"seconds", "62.04"},
		{"own_seconds", "62.04"}, {"no_dedup", "false"}, {"state", "done"}} {
		if got := byName(1, c.name); got != c.want {
			t.Errorf("%s of the first fit is %q, want %q", c.name, got, c.want)
		}
	}
	if got := byName(5, "test_top1") + byName(5, "val_n") + byName(5, "error"); got != "no space left on device" {
		t.Errorf("a failed fit has %q, want empty cells and the error", got)
	}
	row := reflect.TypeFor[runlog.Row]()
	for i := range row.NumField() {
		name, _, _ := strings.Cut(row.Field(i).Tag.Get("json"), ",")
		if !slices.Contains(lines[0], name) && !slices.Contains(lines[0], name+"_top1") {
			t.Errorf("%s, which the other formats show, has no column", name)
		}
	}
	var export struct {
		Fits     []runlog.Row
		Settings []runlog.Setting `json:"arms"`
	}
	unmarshal(t, mustRun(t, "runs", dir, "--json"), &export)
	if len(export.Fits) != 5 || len(export.Settings) != 2 || export.Fits[0].Test.N != 10 || export.Settings[0].Fits != 2 {
		t.Errorf("got %+v", export)
	}
}

// TestRunsOfSeenPhotos: a result on photos that the model learned from is never shown as a test.
func TestRunsOfSeenPhotos(t *testing.T) {
	dir := t.TempDir()
	recordFit(t, filepath.Join(dir, "records.jsonl"), "seen", 1, "1111", func(r *runlog.Record) {
		r.Seen = &runlog.Seen{Training: 3, Validation: 1, Scored: true}
	})
	if table := mustRun(t, "runs", dir); !strings.Contains(table, "no test: photos it learned from") {
		t.Errorf("the table says\n%s", table)
	}
	if lines := mustRun(t, "runs", dir, "--csv"); !strings.HasSuffix(strings.TrimSpace(lines), ",4") {
		t.Errorf("the last column, test_seen, is not 4:\n%s", lines)
	}
}

func TestRunsCompare(t *testing.T) {
	dir := sweepFolder(t)
	out := mustRun(t, "runs", dir, "--compare", "wide", "--with", "deep, \"50\"\n")
	for _, want := range []struct{ text, reason string }{
		{"difference: +30.00 points, 95 % interval -97.06 to +157.06, over the 2 seeds that both have",
			"t(1) = 12.706 over the differences 0.2 and 0.4"},
		{"6 predictions are right by the first alone, 0 by the second alone, on 10 images", "image by image"},
		{"p = 0.062: ", "differences 1, 2, 2, 1 of four images: all signs equal, 2 of 16, of which mid-p counts half"},
		{"the difference may be chance", "in words"},
	} {
		if !strings.Contains(out, want.text) {
			t.Errorf("%q is missing: %s\n%s", want.text, want.reason, out)
		}
	}
	var c runlog.Comparison
	unmarshal(t, mustRun(t, "runs", dir, "--compare", "wide-seed1", "--with", "wide-seed2", "--json"), &c)
	if c.Seeds != 0 || c.Test != nil || c.NoTest == "" || c.A.Fits != 1 {
		t.Errorf("two fits by their IDs: %+v", c)
	}
}

func TestRunsRefuses(t *testing.T) {
	dir, empty := sweepFolder(t), t.TempDir()
	for _, c := range []struct {
		reason string
		args   []string
		code   int
		says   string
	}{
		{"two formats", []string{dir, "--csv", "--json"}, exitUsage, "--csv or --json"},
		{"half a comparison", []string{dir, "--compare", "wide"}, exitUsage, "--with"},
		{"a comparison has no rows", []string{dir, "--compare", "wide", "--with", "huge", "--csv"}, exitUsage, "--json"},
		{"no folder", nil, exitUsage, "runs needs DIR, and got nothing"},
		{"two runs without a page", []string{dir, empty}, exitUsage, "--page FILE"},
		{"a page is no CSV", []string{dir, "--csv", "--page", "p.html"}, exitUsage, "--page"},
		{"a setting that does not exist", []string{dir, "--compare", "wide", "--with", "wied"}, exitFailed, `"wide"`},
		{"a folder without records", []string{empty}, exitFailed, "imagelab train"},
		{"a page of no records", []string{empty, "--page", filepath.Join(empty, "p.html")}, exitFailed, "imagelab train"},
		{"a page in place of another file", []string{dir, "--page", filepath.Join(dir, "records-1of2.jsonl")}, exitFailed,
			"not overwritten"},
		{"a folder that is not there", []string{filepath.Join(empty, "none")}, exitFailed, "none"},
	} {
		stdout, stderr, code := command(t, append([]string{"runs"}, c.args...)...)
		if code != c.code || !strings.Contains(stderr, c.says) || stdout != "" {
			t.Errorf("%s: exit code %d, want %d; it says %q, want %q", c.reason, code, c.code, stderr, c.says)
		}
	}
}
