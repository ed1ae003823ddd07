package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestReviewRoundTrip: labels go out as a table, are changed there, come in, and are in force for
// the next verbs.
func TestReviewRoundTrip(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "set")
	src := photos(t, 6)
	mustRun(t, "ingest", src, "--out", dir)
	table := filepath.Join(t.TempDir(), "labels.csv")
	mustRun(t, "review", dir, "--export", table)
	rows := readTable(t, table)
	rows[1][1], rows[1][2], rows[2][2] = "new class", "ambiguous", "drop"
	writeTable(t, table, append(rows, []string{"none.jpg", "x", "", "", ""}))
	out := mustRun(t, "review", dir, "--import", table, "--who", "ann")
	for _, want := range []string{"2 changed", "new class: new class", "not taken: none.jpg: the set has no such photo"} {
		if !strings.Contains(out, want) {
			t.Errorf("import says %q, want %q", out, want)
		}
	}
	var c struct {
		Images, Used, Excluded int
		Classes, States, Who   map[string]int
	}
	if err := json.Unmarshal([]byte(mustRun(t, "review", dir, "--stats", "--json")), &c); err != nil {
		t.Fatal(err)
	}
	if c.Images != c.Used+1 || c.Excluded != 1 || c.Classes["new class"] != 1 || c.States["ambiguous"] != 1 ||
		c.Who["ann"] != 3 {
		t.Errorf("%+v", c)
	}
	if out := mustRun(t, "ingest", src, "--out", dir); !strings.Contains(out, "1 of them are excluded") ||
		!strings.Contains(out, "new class") {
		t.Errorf("a repeated ingest says %q", out)
	}
	if out := mustRun(t, "review", dir, "--stats"); !strings.Contains(out, "1  state ambiguous") {
		t.Errorf("--stats says %q", out)
	}
}

// TestReviewSecondPass draws a sample, labels it again and asks how well that agrees.
func TestReviewSecondPass(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "set")
	mustRun(t, "ingest", photos(t, 6), "--out", dir)
	if out := mustRun(t, "review", dir, "--agreement"); !strings.Contains(out, "labelled twice") {
		t.Errorf("nothing to compare, and it says %q", out)
	}
	mustRun(t, "review", dir, "--second-pass", "4", "--who", "ann")
	blind := mustRun(t, "review", dir, "--pass", "second", "--export", "-")
	table := filepath.Join(t.TempDir(), "again.csv")
	if err := os.WriteFile(table, []byte(blind), 0o644); err != nil {
		t.Fatal(err)
	}
	rows := readTable(t, table)
	if len(rows) != 5 || rows[1][1] != "" {
		t.Fatalf("the sample is %q", blind)
	}
	for _, row := range rows[1:] {
		row[1] = "x"
	}
	writeTable(t, table, rows)
	mustRun(t, "review", dir, "--pass", "second", "--import", table, "--who", "ann")
	if out := mustRun(t, "review", dir, "--agreement"); !strings.Contains(out, "the same label for 0 of 4 photos") ||
		strings.Count(out, ", x\n") != 4 {
		t.Errorf("%s", out)
	}
	if _, stderr, code := command(t, "review", dir, "--second-pass", "4"); code == 0 ||
		!strings.Contains(stderr, "there already") {
		t.Errorf("a second sample: code %d, %s", code, stderr)
	}
	mustRun(t, "review", dir, "--guide")
	if guide, err := os.ReadFile(filepath.Join(dir, "guide.md")); err != nil ||
		!strings.Contains(string(guide), "## Classes") {
		t.Errorf("%v: %s", err, guide)
	}
}

func TestReviewFlags(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "set")
	mustRun(t, "ingest", photos(t, 3), "--out", dir)
	own := filepath.Join(t.TempDir(), "labels.csv")
	if err := os.WriteFile(own, []byte("path,label,group\na.jpg,cat,1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	earlier := filepath.Join(t.TempDir(), "labels.csv")
	mustRun(t, "review", dir, "--export", earlier)
	mustRun(t, "review", dir, "--export", earlier)
	for _, tt := range []struct {
		reason string
		args   []string
		want   string
		code   int
	}{
		{"one thing at a time", []string{"--stats", "--agreement"}, "choose one of", exitUsage},
		{"no photos", []string{"--second-pass", "-3"}, "number of photos", exitUsage},
		{"a pass is a file's name", []string{"--stats", "--pass", "../x"}, "letters, digits", exitUsage},
		{"no such file", []string{"--import", filepath.Join(dir, "none")}, "no such file", exitFailed},
		{"of other photos", []string{"--import", own}, "nothing of ", exitFailed},
		{"another table is not overwritten", []string{"--export", own}, "not overwritten", exitFailed},
		{"nor a file of the set", []string{"--export", filepath.Join(dir, "manifest.jsonl")}, "in the data set", exitUsage},
		{"a log is to come", []string{"--export", filepath.Join(dir, "review.jsonl")}, "in the data set", exitUsage},
		{"nor below", []string{"--export", filepath.Join(dir, "cache", "labels.csv")}, "in the data set", exitUsage},
		{"no such pass", []string{"--export", "-", "--pass", "third"}, "--second-pass 100 --pass third", exitFailed},
		{"no such pass to show", []string{"--no-browser", "--pass", "third"}, "--second-pass 100 --pass third", exitFailed},
	} {
		_, stderr, code := command(t, append([]string{"review", dir}, tt.args...)...)
		if code != tt.code || !strings.Contains(stderr, tt.want) {
			t.Errorf("%s: code %d, %s", tt.reason, code, stderr)
		}
	}
}

func readTable(t *testing.T, path string) [][]string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func writeTable(t *testing.T, path string, rows [][]string) {
	t.Helper()
	var out bytes.Buffer
	if err := csv.NewWriter(&out).WriteAll(rows); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, out.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}
