package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"imagelab/lib/finetune"
	"imagelab/lib/runlog"
)

// The README's first command: real cells in, a model that beats always answering "functional" (68.8 %), and three pages
// out. Only the schedule is cut short here. A second run must do nothing twice.
func TestDemo(t *testing.T) {
	t.Chdir(t.TempDir())
	c := finetune.Cells()
	c.Views, c.Epochs = 0, 1
	var out, log bytes.Buffer
	a := &app{stdout: &out, stderr: &log}
	if err := demo(context.Background(), a, c); err != nil {
		t.Fatalf("%v\n%s", err, log.String())
	}
	for _, want := range []*regexp.Regexp{
		regexp.MustCompile(`2624 photos, 0 left out`),
		regexp.MustCompile(`(?s)test: top-1 [78]\d\.\d+ %.*656 images`),
		regexp.MustCompile(`(?i)(enough|more would help|cannot tell)`),
		regexp.MustCompile(`ms a photo`),
	} {
		if !want.Match(out.Bytes()) {
			t.Errorf("output lacks %q:\n%s", want, out.String())
		}
	}
	pages := regexp.MustCompile(`look at (\S+)`).FindAllStringSubmatch(out.String(), -1)
	if len(pages) != 3 {
		t.Fatalf("%d pages are named, want 3:\n%s", len(pages), out.String())
	}
	for _, page := range pages {
		text, err := os.ReadFile(page[1])
		if err != nil || !strings.Contains(string(text), "<svg") || !strings.Contains(string(text), "CC BY-NC-SA") {
			t.Errorf("%s: no figure, or not the licence of the photos (%v)", page[1], err)
		}
	}
	stdout := mustRun(t, "eval", demoRun, demoData, "--json")
	var result struct {
		Top1 float64 `json:"top1"`
		N    int     `json:"n"`
	}
	if err := json.Unmarshal([]byte(stdout), &result); err != nil || result.N != 656 || result.Top1 < 0.75 {
		t.Errorf("eval: %v, top-1 %.3f of %d; always the same answer gives 0.688", err, result.Top1, result.N)
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
