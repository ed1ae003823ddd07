package asset

import (
	"path/filepath"
	"slices"
	"testing"
)

// TestWhatIsWaitedFor: the marker makes an asset believed. Everything that is believed with it, and
// every folder, must be on the disk before it has its name, or a power failure leaves a whole
// looking data set with an empty list of labels.
func TestWhatIsWaitedFor(t *testing.T) {
	tree := []string{markerName, "data/labels.csv", "data/probabilities.txt", "data/images/a.png", "data/lib/x.so"}
	tests := []struct {
		layout, reason string
		files          []string
	}{
		{LayoutCSV, "photos are checked when they are read, labels are not", tree[:3]},
		{LayoutFolders, "the same without labels beside", tree[:3]},
		{LayoutTree, "libraries are not checked", tree},
		{LayoutFile, "nor is a large file, the second time", tree},
	}
	for _, tt := range tests {
		stage := t.TempDir()
		for _, name := range tree {
			write(t, filepath.Join(stage, filepath.FromSlash(name)), "x")
		}
		files, folders, err := Ref{Layout: tt.layout}.unsynced(stage)
		if err != nil {
			t.Fatal(err)
		}
		if got := within(t, stage, files); !slices.Equal(got, slices.Sorted(slices.Values(tt.files))) {
			t.Errorf("%s: waits for %q, want %q: %s", tt.layout, got, tt.files, tt.reason)
		}
		if got := within(t, stage, folders); !slices.Equal(got, []string{".", "data", "data/images", "data/lib"}) {
			t.Errorf("%s: waits for the names in %q", tt.layout, got)
		}
	}
}

// within are paths relative to dir, sorted.
func within(t *testing.T, dir string, paths []string) []string {
	t.Helper()
	var out []string
	for _, path := range paths {
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, filepath.ToSlash(rel))
	}
	slices.Sort(out)
	return out
}
