package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"imagelab/lib/fulltest"
)

// TestSuspects: the list of a set that was never split, of a side that it has not, and of a plain
// folder, which is only read.
func TestSuspects(t *testing.T) {
	fulltest.Needs(t, "XLA and weights")
	source, data := photos(t, 10), filepath.Join(t.TempDir(), "data")
	wrong := "down \"quoted\"/wrong.png"
	if err := os.Rename(firstOf(t, filepath.Join(source, "across")), filepath.Join(source,
		filepath.FromSlash(wrong))); err != nil {
		t.Fatal(err)
	}
	mustRun(t, "ingest", source, "--out", data)
	before := tree(t, source)
	type list struct {
		Suspects []struct {
			Path, Label, Guess, Reason string
			Score                      float64
		}
	}
	for _, dir := range []string{data, source} {
		var found list
		unmarshal(t, mustRun(t, "suspects", dir, "--json"), &found)
		if len(found.Suspects) == 0 {
			t.Fatalf("%s: there are no suspects", dir)
		}
		if x := found.Suspects[0]; x.Path != wrong || x.Guess != "across" || x.Label == x.Guess || x.Score <= 0.5 ||
			x.Reason == "" {
			t.Errorf("%s: the first is %+v", dir, x)
		}
	}
	if after := tree(t, source); after != before {
		t.Errorf("the folder of photos held\n%s\nand now\n%s", before, after)
	}
	page, err := os.ReadFile(filepath.Join(data, "suspects.html"))
	if err != nil || !strings.Contains(string(page), "wrong.png") {
		t.Errorf("the page does not show the wrong label, %v", err)
	}
	if out, errs, code := command(t, "suspects", data, "--split", "test"); code != exitFailed || out != "" ||
		!strings.Contains(errs, "no photos on the test side") {
		t.Errorf("of the test side, which is empty: exit code %d\n%s%s", code, out, errs)
	}
	var next struct {
		Next []struct{ Path, Reason string }
	}
	unmarshal(t, mustRun(t, "suspects", data, "--next", filepath.Join(source, "across"), "--json"), &next)
	if len(next.Next) != 0 {
		t.Errorf("photos with a label are to be labelled: %+v", next)
	}
	unmarshal(t, mustRun(t, "suspects", data, "--next", photos(t, 12), "--count", "3", "--json"), &next)
	if len(next.Next) != 3 {
		t.Errorf("%+v, not 3 photos", next)
	}
}

// firstOf is the path of the first file of a folder.
func firstOf(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) == 0 {
		t.Fatal(err)
	}
	return filepath.Join(dir, entries[0].Name())
}

// tree lists all files below a folder with their sizes.
func tree(t *testing.T, dir string) string {
	t.Helper()
	var out strings.Builder
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			out.WriteString(path + info.ModTime().String() + "\n")
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out.String()
}
