package main

import (
	"errors"
	"image"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"imagelab/lib/runlog"
)

// put writes a file and the folders above it.
func put(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

// takenFolders makes a folder of each kind and returns what each is, in the words of the refusal.
func takenFolders(t *testing.T, work, set, source string) map[string]string {
	t.Helper()
	fit := func(dir, verb, setting string) {
		path := filepath.Join(dir, "records.jsonl")
		put(t, path, "")
		if err := runlog.Append(path, runlog.Record{ID: "abc", Setting: setting,
			Command: "imagelab " + verb + " data --out x"}); err != nil {
			t.Fatal(err)
		}
	}
	at := func(name string) string { return filepath.Join(work, name) }
	fit(at("a run"), "train", "")
	put(t, at("bundle/model.json"), "{}")
	put(t, at("early/checkpoint.safetensors"), "")
	fit(at("curve"), "curve", "cut head")
	fit(at("tradeoff"), "tradeoff", "lite0 at 224, cut head")
	fit(at("experiment"), "-quick", "runs of 60")
	put(t, at("experiment/data/x"), "")
	write(t, at("flat/a.JPG"), image.NewGray(image.Rect(0, 0, 9, 9)))
	put(t, at("checkout/.git/HEAD"), "ref: refs/heads/main\n")
	put(t, at("notes/todo.txt"), "")
	put(t, at("file"), "")
	put(t, at("home/.profile"), "")
	put(t, at("cache/assets/x"), "")
	t.Setenv("HOME", at("home"))
	t.Setenv("IMAGELAB_CACHE", at("cache"))
	links := t.TempDir()
	link, gone := filepath.Join(links, "link"), filepath.Join(links, "gone")
	if err := errors.Join(os.Symlink(source, link), os.Symlink(at("unplugged"), gone)); err != nil {
		t.Fatal(err)
	}
	return map[string]string{
		set: "is a data set", at("a run"): "a trained model", at("bundle"): "is a trained model",
		at("early"): "a trained model", at("curve"): "a learning curve",
		at("tradeoff"): "a comparison", at("experiment"): "an experiment", source: "holds photos", at("flat"): "holds photos",
		link: "holds photos", filepath.Join(source, "across"): "holds photos",
		filepath.Join(source, "new"): "lies inside the photo folder",
		at("checkout"):               "a git checkout", at("notes"): "other files", at("file"): "is a file",
		at("home"):  "a home folder",
		at("cache"): "imagelab's cache", at("cache/new"): "imagelab's cache",
		gone: "is not there", filepath.Join(gone, "new"): "is not there", at("file/new"): "is a file",
		filepath.Join(set, "new"): "is a data set", at("bundle/new"): "is a trained model",
	}
}

// TestFoldersKnowWhatTheyAre: every verb with --out refuses every kind of folder but its own,
// says what it is, and leaves it as it was. None gets as far as computing.
func TestFoldersKnowWhatTheyAre(t *testing.T) {
	source, work := photos(t, 4), t.TempDir()
	set, other := filepath.Join(t.TempDir(), "set"), filepath.Join(t.TempDir(), "other set")
	for _, dir := range []string{set, other} {
		mustRun(t, "ingest", source, "--out", dir)
		mustRun(t, "split", dir)
	}
	kinds := takenFolders(t, work, other, source)
	own := map[string][]string{"ingest": {other}, "train": {"a run", "early"}, "curve": {"curve", "experiment"},
		"tradeoff": {"tradeoff", "experiment"}}
	before := []map[string]string{snapshot(t, work), snapshot(t, source), snapshot(t, other)}
	for verb, in := range map[string]string{"ingest": source, "train": set, "curve": set, "tradeoff": set} {
		for dir, says := range kinds {
			mine := false
			for _, name := range own[verb] {
				mine = mine || dir == name || dir == filepath.Join(work, name)
			}
			if mine {
				continue
			}
			_, stderr, code := command(t, verb, in, "--out", dir)
			if code != exitFailed || !strings.Contains(stderr, says) || !strings.Contains(stderr, "--out") ||
				!strings.Contains(stderr, "choose") {
				t.Errorf("%s --out %s: exit code %d, and it says %q; want %q", verb, dir, code, stderr, says)
			}
		}
	}
	for i, dir := range []string{work, source, other} {
		if now := snapshot(t, dir); !maps.Equal(now, before[i]) {
			t.Errorf("something was written into %s", dir)
		}
	}
}

// TestDemoKeepsToItsFolders: it looks before it downloads.
func TestDemoKeepsToItsFolders(t *testing.T) {
	for _, dir := range []string{demoData, demoRun, demoCurve, demoTradeoff} {
		t.Run(dir, func(t *testing.T) {
			t.Chdir(t.TempDir())
			put(t, filepath.Join(dir, "thesis.txt"), "mine")
			if _, stderr, code := command(t, "demo"); code != exitFailed || !strings.Contains(stderr, "holds other files") {
				t.Errorf("exit code %d, and it says %q", code, stderr)
			}
		})
	}
}
