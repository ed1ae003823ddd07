// Package figuretest compares figures with golden files in tests.
package figuretest

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"
)

var update = flag.Bool("update", false, "write the golden figures anew; look at them before you commit")

// Golden fails unless the SVG of f has the bytes of testdata/name.svg. The flag -update writes the
// file in place of that. The `reason` says what the figure is there to show.
func Golden(t *testing.T, name, reason string, f interface{ SVG() ([]byte, error) }) {
	t.Helper()
	got, err := f.SVG()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("testdata", name+".svg")
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("differs from %s (%s): run the test with -update, look at the figure, commit it", path, reason)
	}
}
