// Package notebooks holds the tests of the notebooks beside it; their code is in lib.
package notebooks

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"imagelab/lib/jupyter"
)

// most is what a notebook may take on disk, bytes: it should open at once on a code host.
const most = 300_000

// committed are the notebooks of the repository.
func committed(t *testing.T) []string {
	t.Helper()
	paths, err := jupyter.Find(".")
	if err != nil {
		t.Fatal(err)
	}
	return paths
}

// TestNotebooksAreExecuted: notebooks are read more often than run, so each is committed with what its code gives.
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

// TestNotebooksRun runs every notebook as it is committed, in quick form. Each cell must show what the committed one shows:
// the same kinds of outputs in the same order; pixels and digits may differ.
func TestNotebooksRun(t *testing.T) {
	repo, err := jupyter.Repo(".")
	if err != nil {
		t.Fatal(err)
	}
	k, err := jupyter.Prepare(t.Context(), repo, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range committed(t) {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".ipynb"), func(t *testing.T) {
			start := time.Now()
			got, err := k.Execute(t.Context(), path, 5*time.Minute, nil)
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("ran to its end in %.0f s", time.Since(start).Seconds())
			want, err := jupyter.Load(path)
			if err != nil {
				t.Fatal(err)
			}
			shown, expected := got.Outputs(), want.Outputs()
			for i := range expected {
				if !reflect.DeepEqual(shown[i], expected[i]) {
					t.Errorf("code cell %d shows %v, committed is %v:\n%s", i+1, shown[i], expected[i], got.Text(i))
				}
			}
		})
	}
}
