package jupytertest

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"imagelab/lib/jupyter"
)

// RunInBrowser does what a person does with a notebook that trains: runs all cells, sees the
// progress, stops the training, runs all cells again to the end, sees the figures and saves. What
// is saved shows what the committed notebook does, so such a notebook needs no other run.
func RunInBrowser(t *testing.T, pattern string) {
	k := Prepare(t)
	each(t, k, pattern, runInBrowser)
}

func runInBrowser(t *testing.T, k *jupyter.Kit, path string) {
	name := filepath.Base(path)
	dir := t.TempDir()
	CopyFile(t, path, filepath.Join(dir, name))
	want, err := jupyter.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	p := Open(t, k, dir, name)
	p.Menu("Edit", "editmenu:clear-all")
	p.Menu("Run", "runmenu:run-all")
	p.Await("a bar of progress", 5*time.Minute, `document.querySelector('.jp-OutputArea progress')`)
	p.Await("the progress of a fit", 5*time.Minute, `[...document.querySelectorAll('.imagelab-transient')].
	some(e => /training|features|fitting/.test(e.textContent))`)
	p.Menu("Kernel", "kernelmenu:interrupt")
	p.Await("the word that it was stopped, or the end", 5*time.Minute, Says("what is finished is kept")+" || "+AllRan)
	p.Await("the end of all cells", 5*time.Minute, AllRan)
	p.runAll()
	if Evaluate[bool](p, Says("was finished before, and nothing was trained")) { // it was faster than the button
		removeRuns(t, dir)
		p.runAll()
	}
	p.Shoot(strings.TrimSuffix(name, ".ipynb") + ".png")
	got := Evaluate[int](p, `document.querySelectorAll('.jp-RenderedSVG').length`)
	if figures := count(want, "image/svg+xml"); got < figures {
		t.Errorf("the page shows %d figures, the committed notebook %d", got, figures)
	}
	if Evaluate[bool](p, `!!document.querySelector('.jp-RenderedText[data-mime-type="application/vnd.jupyter.error"]')`) {
		t.Errorf("a cell failed: %s", Evaluate[string](p, "document.body.innerText"))
	}
	p.Save(filepath.Join(dir, name))
	CheckSaved(t, filepath.Join(dir, name), path)
}

// runAll clears all cells and runs them to the end.
func (p *Page) runAll() {
	p.t.Helper()
	p.Menu("Edit", "editmenu:clear-all")
	p.Menu("Run", "runmenu:run-all")
	p.Await("the end of all cells, run again", 10*time.Minute, AllRan)
}

// removeRuns deletes what fits of a notebook in dir have left.
func removeRuns(t *testing.T, dir string) {
	t.Helper()
	runs, err := filepath.Glob(filepath.Join(dir, "runs", "*", "run"))
	if err != nil || len(runs) == 0 {
		t.Fatalf("no runs in %s: %v", dir, err)
	}
	for _, run := range runs {
		if err := os.RemoveAll(run); err != nil {
			t.Fatal(err)
		}
	}
}

// CheckSaved compares each code cell of the notebook at path with that of the committed one: it
// shows the same kinds of outputs, in any order, as a training that goes on may add a note.
func CheckSaved(t *testing.T, path, committed string) {
	t.Helper()
	want, err := jupyter.Load(committed)
	if err != nil {
		t.Fatal(err)
	}
	n, err := jupyter.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	n.Tidy()
	if err := errors.Join(n.Problem(), lacks(n, want)); err != nil {
		t.Errorf("what was saved differs from the committed notebook: %v", err)
	}
}

// lacks says what kinds of outputs a notebook lacks.
func lacks(n, want *jupyter.Notebook) error {
	shown, expected := n.Outputs(), want.Outputs()
	if len(shown) != len(expected) {
		return fmt.Errorf("%d code cells instead of %d", len(shown), len(expected))
	}
	for i, kinds := range expected {
		for _, kind := range kinds {
			if !slices.Contains(shown[i], kind) {
				return fmt.Errorf("code cell %d shows %q and lacks %s: %s", i+1, shown[i], kind, n.Text(i))
			}
		}
	}
	return nil
}

// count is how many outputs are of a kind.
func count(n *jupyter.Notebook, kind string) int {
	found := 0
	for _, kinds := range n.Outputs() {
		for _, k := range kinds {
			if k == kind {
				found++
			}
		}
	}
	return found
}
