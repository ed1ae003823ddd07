package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"imagelab/lib/fulltest"

	"imagelab/lib/recipe"
	"imagelab/lib/runlog"
)

// The README's first command: real cells in, a model that beats always answering "functional"
// (68.8 %), and three pages out. Only the schedule, the input and the views are cut short here. A
// second run must do nothing twice.
func TestDemo(t *testing.T) {
	fulltest.Needs(t, "weights and the data set solar")
	t.Chdir(t.TempDir())
	c := recipe.Cells()
	c.CachedViews, c.Epochs, c.Size, c.TTA = 0, 1, 96, false
	var out, log bytes.Buffer
	a := &app{stdout: &out, stderr: &log}
	if err := demo(context.Background(), a, c); err != nil {
		t.Fatalf("%v\n%s", err, log.String())
	}
	for _, want := range []*regexp.Regexp{
		regexp.MustCompile(`2624 photos, 5 left out`),
		regexp.MustCompile(`test: top-1 (7[5-9]|8\d)\.\d+ %.*655 images`),
		regexp.MustCompile(`(?i)(enough|more would help|cannot tell)`),
		regexp.MustCompile(`ms a photo`),
	} {
		if !want.Match(out.Bytes()) {
			t.Errorf("output lacks %q:\n%s", want, out.String())
		}
	}
	for _, dir := range []string{demoRun, demoCurve, demoTradeoff} {
		page := filepath.Join(dir, "report.html")
		if !strings.Contains(out.String(), "look at "+page) {
			t.Errorf("%s is not named:\n%s", page, out.String())
		}
		text, err := os.ReadFile(page)
		if err != nil || !strings.Contains(string(text), "<svg") || !strings.Contains(string(text), "CC BY-NC-SA") {
			t.Errorf("%s: no figure, or not the licence of the photos (%v)", page, err)
		}
	}
	before := records(t)
	out.Reset()
	if err := demo(context.Background(), a, c); err != nil {
		t.Fatal(err)
	}
	if after := records(t); after != before {
		t.Errorf("a second run made %d records of %d", after, before)
	}
}

// records counts the fits of the demo and its questions.
func records(t *testing.T) int {
	t.Helper()
	n := 0
	for _, dir := range []string{demoRun, demoCurve, demoTradeoff} {
		found, _, err := runlog.Read(filepath.Join(dir, "records.jsonl"))
		if err != nil {
			t.Fatal(err)
		}
		n += len(found)
	}
	return n
}
