package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"imagelab/lib/jupyter"
)

// TestExecutedNotebookLosesNothing: what a person saved while the notebook ran stays.
func TestExecutedNotebookLosesNothing(t *testing.T) {
	const ran, edited = `{"cells":[{"cell_type":"markdown","metadata":{},"source":["a"]}],"metadata":{},"nbformat":4,` +
		`"nbformat_minor":5}`, `{"cells":[]}`
	for _, c := range []struct{ reason, now, problem string }{
		{"nobody touched it", ran, ""},
		{"somebody saved it meanwhile", edited, "was changed while it ran"},
	} {
		path := filepath.Join(t.TempDir(), "mine.ipynb")
		put(t, path, ran)
		n, err := jupyter.Load(path)
		if err != nil {
			t.Fatal(err)
		}
		put(t, path, c.now)
		if err := saveExecuted(n, []byte(ran), path); (err == nil) != (c.problem == "") || err != nil &&
			!strings.Contains(err.Error(), c.problem) {
			t.Errorf("%s: %v, want %q", c.reason, err, c.problem)
		}
		now, err := os.ReadFile(path)
		if err != nil || (string(now) == c.now) != (c.problem != "") {
			t.Errorf("%s: the file is %q, %v", c.reason, now, err)
		}
		if exists(filepath.Join(filepath.Dir(path), "mine.executed.ipynb")) != (c.problem != "") {
			t.Errorf("%s: what ran was put elsewhere, or not", c.reason)
		}
	}
}
