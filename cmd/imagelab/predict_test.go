//go:build unix

package main

import (
	"encoding/csv"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestPredictTakesWhatPeopleGive: files, folders with folders, patterns, and what is none of
// them, which is counted.
func TestPredictTakesWhatPeopleGive(t *testing.T) {
	source := photos(t, 8)
	data, runDir := trained(t, source)
	across := filepath.Join(source, "across")
	put(t, filepath.Join(across, "broken.jpg"), "<html>")
	put(t, filepath.Join(across, "notes.txt"), "no photo")
	empty := t.TempDir()
	list := filepath.Join(empty, "more", "list.txt")
	put(t, list, firstOf(t, across)+"\n")
	bare, err := os.ReadFile(firstOf(t, filepath.Join(source, `down "quoted"`)))
	if err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(empty, "bare", "photo"), string(bare))
	for _, c := range []struct {
		name  string
		args  []string
		named int
		says  string // on standard error; empty: all went well
	}{
		{"a nested folder with a broken photo", []string{source}, 16, "1 of 17 files"},
		{"a folder", []string{filepath.Join(source, `down "quoted"`)}, 8, ""},
		{"a pattern", []string{filepath.Join(source, "*", "photo*1*.png")}, 2, ""},
		{"a pattern that fits nothing", []string{filepath.Join(source, "*.bmp")}, 0, "no file fits"},
		{"an empty folder", []string{t.TempDir()}, 0, "holds no photos"},
		{"a missing file among others", []string{filepath.Join(source, "nope.jpg"),
			filepath.Join(source, `down "quoted"`)}, 8, "1 of 9 files"},
		{"a data set", []string{data}, 0, "imagelab eval"},
		{"a pattern that fits folders", []string{filepath.Join(source, "*")}, 16, "1 of 17 files"},
		{"folders of any depth", []string{filepath.Join(filepath.Dir(source), "**", "down*", "*1*.png")}, 1, ""},
		{"a photo without an ending in a folder", []string{filepath.Join(empty, "bare")}, 1, ""},
		{"a list", []string{list}, 0, "xargs -0 imagelab predict RUN"},
		{"a list behind @", []string{"@" + list}, 0, "xargs -0 imagelab predict RUN"},
		{"an address of this machine", []string{"file://" + filepath.Join(empty, "bare", "photo")}, 1, ""},
		{"a bucket", []string{"s3://bucket/1.jpg"}, 0, "aws s3 cp"},
	} {
		stdout, stderr, code := command(t, append([]string{"predict", runDir}, c.args...)...)
		if n := strings.Count(stdout, "\n"); n != c.named || (code == 0) != (c.says == "") ||
			!strings.Contains(stderr, c.says) {
			t.Errorf("%s: %d photos named, want %d; exit code %d, and it says %q, want %q", c.name, n, c.named, code,
				stderr, c.says)
		}
	}
	stdout, _, code := command(t, "predict", runDir, across, "--csv", "--top", "9")
	lines, err := csv.NewReader(strings.NewReader(stdout)).ReadAll()
	heading := []string{"file", "label", "probability", "label_2", "probability_2", "error"}
	if err != nil || code != exitFailed || len(lines) != 10 || !slices.Equal(lines[0], heading) ||
		lines[1][5] == "" || lines[2][1] != "across" {
		t.Errorf("as CSV: %v, exit code %d, %q", err, code, lines)
	}
	photo := firstOf(t, across)
	before, err := os.ReadFile(photo)
	if err != nil {
		t.Fatal(err)
	}
	stdout, stderr, code := command(t, "predict", runDir, "--page", photo, across)
	if after, err := os.ReadFile(photo); err != nil || !slices.Equal(before, after) || code != exitFailed ||
		stdout != "" || !strings.Contains(stderr, "not overwritten") {
		t.Errorf("a photo in place of the page: %v, exit code %d, %s", err, code, stderr)
	}
	page := filepath.Join(t.TempDir(), "named.html")
	stdout, _, code = command(t, "predict", runDir, across, "--page", page)
	if html, err := os.ReadFile(page); err != nil || code != exitFailed ||
		strings.Count(string(html), `class="large"`) != 8 ||
		!strings.Contains(string(html), "broken.jpg") || !strings.Contains(stdout, "look at ") {
		t.Errorf("as a page: %v, exit code %d, %s", err, code, stdout)
	}
}

// TestPredictFromStandardInput needs a process of its own.
func TestPredictFromStandardInput(t *testing.T) {
	source := photos(t, 8)
	_, runDir := trained(t, source)
	photo, err := os.Open(filepath.Join(source, "across", "photo größe 1\n.png"))
	if err != nil {
		t.Fatal(err)
	}
	defer photo.Close()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), envArgs+`=["predict","`+runDir+`","-"]`)
	cmd.Stdin = photo
	if out, err := cmd.Output(); err != nil || !strings.HasPrefix(string(out), "-: across ") {
		t.Errorf("%v: %s", err, out)
	}
}
