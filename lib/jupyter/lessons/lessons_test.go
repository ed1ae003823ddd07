// Package lessons holds the tests of the notebooks in the folder notebooks. The packages below run
// them: some each, since go test gives a package ten minutes.
package lessons

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"imagelab/lib/jupyter"
)

// most is what a notebook may take on disk, bytes: it should open at once on a code host.
const most = 300_000

// committed are the notebooks of the repository.
func committed(t *testing.T) []string {
	t.Helper()
	repo, err := jupyter.Repo(".")
	if err != nil {
		t.Fatal(err)
	}
	paths, err := jupyter.Find(filepath.Join(repo, "notebooks"))
	if err != nil || len(paths) < 10 {
		t.Fatalf("%d notebooks: %v", len(paths), err)
	}
	return paths
}

// TestNotebooksAreExecuted: notebooks are read more often than run, so each is committed with
// what its code gives.
func TestNotebooksAreExecuted(t *testing.T) {
	for _, path := range committed(t) {
		n, err := jupyter.Load(path)
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Base(path)
		if err := n.Fits(); err != nil {
			t.Errorf("%s: %v; run: imagelab notebook --execute notebooks/%s", name, err, name)
		}
		if err := n.Problem(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if info, err := os.Stat(path); err != nil || info.Size() > most {
			t.Errorf("%s: %d bytes, more than %d: show fewer or smaller photos (%v)", name, info.Size(), most, err)
		}
	}
}

// TestEveryNotebookRuns in one of the tests that run notebooks, and in no other.
func TestEveryNotebookRuns(t *testing.T) {
	tests, err := filepath.Glob("run*/*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	var patterns []string
	for _, path := range append(tests, filepath.Join("..", "page_test.go")) {
		code, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range regexp.MustCompile(`"([0-9[][^"]*_?\*)"`).FindAllSubmatch(code, -1) {
			patterns = append(patterns, string(found[1]))
		}
	}
	for _, path := range committed(t) {
		name := filepath.Base(path)
		runs := slices.DeleteFunc(slices.Clone(patterns), func(pattern string) bool {
			match, err := filepath.Match(pattern, name)
			return err == nil && !match
		})
		if len(runs) != 1 {
			t.Errorf("%s is run by the patterns %q, want one of %q", name, runs, patterns)
		}
	}
}
