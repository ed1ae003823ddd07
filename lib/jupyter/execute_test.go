package jupyter

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// limit is what a cell may take where a test is not about limits: on a new machine all that it uses
// is built first, beside other tests.
const limit = 5 * time.Minute

// TestExecute runs the small notebook, which is committed as executed: nothing in it may differ
// from run to run.
func TestExecute(t *testing.T) {
	k := prepare(t)
	before, err := os.ReadFile(filepath.Join("testdata", "small.ipynb"))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "small.ipynb")
	cleared(t, path, before)
	var stages []string
	n, err := k.Execute(t.Context(), path, limit, func(stage string, done, total int64) {
		if done == total {
			stages = append(stages, stage)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(stages) != 1 || stages[0] != "running small, cells" {
		t.Errorf("progress of %q", stages)
	}
	again := filepath.Join(t.TempDir(), "small.ipynb")
	if err := n.Save(again); err != nil {
		t.Fatal(err)
	}
	after, err := os.ReadFile(again)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(before, after) {
		t.Errorf("another run gave another file; "+
			"run `imagelab notebook --execute lib/jupyter/testdata/small.ipynb` if that is meant:\n%s", after)
	}
}

// cleared writes a notebook without what its cells have shown, so that nothing of it is taken for
// the output of another run.
func cleared(t *testing.T, path string, notebook []byte) {
	t.Helper()
	var document map[string]any
	if err := json.Unmarshal(notebook, &document); err != nil {
		t.Fatal(err)
	}
	for _, cell := range objects(document["cells"]) {
		if cell["cell_type"] == "code" {
			cell["outputs"], cell["execution_count"] = []any{}, nil
		}
	}
	text, err := json.Marshal(document)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(text, []byte("svg")) {
		t.Fatal("an output is left")
	}
	if err := os.WriteFile(path, text, 0o644); err != nil {
		t.Fatal(err)
	}
}

// write makes a notebook of code cells.
func write(t *testing.T, path string, sources ...string) {
	t.Helper()
	cells := []map[string]any{}
	for _, s := range sources {
		cells = append(cells, map[string]any{
			"cell_type": "code", "execution_count": nil, "metadata": map[string]any{},
			"outputs": []any{}, "source": s,
		})
	}
	text, err := json.Marshal(map[string]any{
		"cells": cells, "metadata": map[string]any{}, "nbformat": 4, "nbformat_minor": 4,
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, text, 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestExecuteFails: whatever goes wrong in a cell, a run without a page must not pass it over.
func TestExecuteFails(t *testing.T) {
	k := prepare(t)
	for _, c := range []struct {
		name, reason, cell, says string
		limit                    time.Duration
	}{
		{"check", "an error is one line", "%%\nnbui.Must(os.Open(\"/missing\"))",
			"error: open /missing: no such file or directory", limit},
		{"panic", "a bug", "%%\npanic(\"oh\")", "exit status 2", limit},
		{"exit", "a status without words", "%%\nos.Exit(3)", "exit status 3", limit},
		{"compile", "no program", "x := 1", "Go wants every value to be used", limit},
		{"syntax", "no Go", "%%\nfmt.Println(", "code cell 2", limit},
		{"magic", "GoNB only remarks on it", "%imagine", "unknown or not implemented yet", limit},
		{"command", "GoNB only remarks on it", "!exit 5", "exit status 5", limit},
		{"slow", "no cell may hang CI", "%%\ntime.Sleep(time.Minute)", "timed out", 4 * time.Second},
		{"offline", "cells fetch nothing", "import \"example.com/a/b\"\n%%\nb.C()", "example.com/a/b", limit},
	} {
		path := filepath.Join(t.TempDir(), "a.ipynb")
		write(t, path, "fmt.Println(1)", c.cell, "%%\nfmt.Println(3)")
		n, err := k.Execute(t.Context(), path, c.limit, nil)
		if err == nil || !strings.Contains(err.Error(), c.says) || !strings.HasPrefix(err.Error(), "jupyter: a.ipynb: ") {
			t.Errorf("%s: %v; want an error that says %q: %s", c.name, err, c.says, c.reason)
		}
		if n == nil || n.Text(0) != "1\n" {
			t.Errorf("%s: the cells before did not come with the error", c.name)
		}
	}
	if _, err := k.Execute(t.Context(), "missing.ipynb", limit, nil); err == nil {
		t.Error("no error for a missing notebook")
	}
}

// TestExecuteStops: Ctrl-C ends the cell, its kernel and everything else at once.
func TestExecuteStops(t *testing.T) {
	k := prepare(t)
	dir := t.TempDir()
	path := filepath.Join(dir, "a.ipynb")
	write(t, path, "%%\nctx := nbui.Context()\nos.WriteFile(\"started\", nil, 0o644)\n"+
		"<-ctx.Done()\nos.WriteFile(\"stopped\", nil, 0o644)\nnbui.Check(ctx.Err())")
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	go func() {
		for exists(filepath.Join(dir, "started")) == false && ctx.Err() == nil {
			time.Sleep(50 * time.Millisecond)
		}
		stop()
	}()
	if _, err := k.Execute(ctx, path, limit, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	for i := 0; !exists(filepath.Join(dir, "stopped")); i++ {
		if time.Sleep(100 * time.Millisecond); i > 100 {
			t.Fatal("the cell went on for 10 s after its kernel was told to end")
		}
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// TestPureGo: without a C compiler cells still compute, slowly, and a person is told.
func TestPureGo(t *testing.T) {
	t.Setenv("CC", "no-such-compiler")
	k := prepare(t)
	if !strings.Contains(k.Notice, "apt install gcc") {
		t.Errorf("the notice is %q; it should say how to get a compiler", k.Notice)
	}
	path := filepath.Join(t.TempDir(), "a.ipynb")
	write(t, path, "%%\ne := nbui.Must(engine.Open(nbui.Context(), nil))\nnbui.Backend(e.Name, e.Why, e.Notice)")
	n, err := k.Execute(t.Context(), path, limit, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := n.Text(0); !strings.Contains(got, "Computing on go: this program was built without XLA") {
		t.Errorf("the cell says %q", got)
	}
}
