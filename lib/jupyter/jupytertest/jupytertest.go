// Package jupytertest runs committed notebooks in tests.
package jupytertest

import (
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"imagelab/lib/jupyter"
)

// limit is what one cell may take: several times what it takes on two quiet cores.
const limit = 10 * time.Minute

// Run runs the repository's notebooks that match a pattern of [filepath.Match], such as
// "0[01]_*", as they are committed, in quick form, through Jupyter and the real kernel. Each cell
// must show what the committed one shows: the same kinds of outputs in the same order; pixels and
// digits may differ.
func Run(t *testing.T, pattern string) {
	k := Prepare(t)
	each(t, k, pattern, run)
}

// each calls a test for each notebook of the repository that matches a pattern.
func each(t *testing.T, k *jupyter.Kit, pattern string, test func(*testing.T, *jupyter.Kit, string)) {
	paths, err := jupyter.Find(k.Notebooks())
	if err != nil {
		t.Fatal(err)
	}
	ran := 0
	for _, path := range paths {
		if match, err := filepath.Match(pattern, filepath.Base(path)); err != nil || !match {
			continue
		}
		ran++
		t.Run(strings.TrimSuffix(filepath.Base(path), ".ipynb"), func(t *testing.T) { test(t, k, path) })
	}
	if ran == 0 {
		t.Errorf("no notebook matches %s", pattern)
	}
}

func run(t *testing.T, k *jupyter.Kit, path string) {
	start, cell := time.Now(), time.Now()
	var took []string // by each cell of code, in seconds; cells are counted from 1, with those of text, and 0 is the start
	got, err := k.Execute(t.Context(), path, limit, func(_ string, done, _ int64) {
		if s := time.Since(cell).Seconds(); s >= 0.5 {
			took = append(took, fmt.Sprintf("cell %d %.0f", done, s))
		}
		cell = time.Now()
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("ran to its end in %.0f s: %s", time.Since(start).Seconds(), strings.Join(took, ", "))
	want, err := jupyter.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	shown, expected := got.Outputs(), want.Outputs()
	for i := range expected {
		// Text and the rest come to Jupyter in two pipes, of which either may be the first.
		slices.Sort(shown[i])
		slices.Sort(expected[i])
		if !reflect.DeepEqual(shown[i], expected[i]) {
			t.Errorf("code cell %d shows %v, committed is %v:\n%s", i+1, shown[i], expected[i], got.Text(i))
		}
	}
}
