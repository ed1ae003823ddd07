package embed

import (
	"os"
	"slices"
	"strings"
	"testing"

	"imagelab/lib/engine/enginetest"
	"imagelab/lib/fulltest"
	"imagelab/lib/part"
)

// TestPartsAreOneRun: features that were computed in parts, of which one was torn and continued,
// are those of a single run, and nothing is computed twice.
func TestPartsAreOneRun(t *testing.T) {
	fulltest.Needs(t, "weights")
	const n = 5
	e, o := enginetest.Go(t), Options{Size: 32}
	s := ingested(t, t.TempDir(), t.TempDir(), n)
	alone := *s
	alone.Dir = t.TempDir() // with a cache of its own
	single, err := Images(t.Context(), e, &alone, s.Images, o, nil)
	if err != nil {
		t.Fatal(err)
	}
	do := func(i int) (photos int, before bool, computed int64) {
		t.Helper()
		var c counter
		done, err := Part(t.Context(), e, s, s.Images, o, part.Shard{Index: i, Count: 2}, c.report)
		if err != nil {
			t.Fatal(err)
		}
		return done.Photos, done.Before, c.photos
	}
	first, _, _ := do(1)
	if _, err := Images(t.Context(), e, s, s.Images, o, nil); err == nil || !strings.Contains(err.Error(), "not done: 2") {
		t.Errorf("with a part that is missing: %v", err)
	}
	if _, err := Part(t.Context(), e, s, s.Images, o, part.Shard{Index: 1, Count: 3}, nil); err == nil ||
		!strings.Contains(err.Error(), "parts of 2") {
		t.Errorf("a part of another number: %v", err)
	}
	second, _, _ := do(2)
	if first+second != n || first == 0 || second == 0 {
		t.Errorf("parts of %d and %d of %d contents", first, second, n)
	}
	if _, before, computed := do(1); !before || computed != 0 {
		t.Errorf("a part that is done: %v, %d computed", before, computed)
	}
	tear(t, s.Dir)
	if _, err := Images(t.Context(), e, s, s.Images, o, nil); err == nil || !strings.Contains(err.Error(), "damaged: 2") {
		t.Errorf("with a torn part: %v", err)
	}
	if photos, before, computed := do(2); before || computed != 1 || photos != second {
		t.Errorf("a torn part: %d computed anew, want 1 of %d", computed, photos)
	}
	var c counter
	joined, err := Images(t.Context(), e, s, s.Images, o, c.report)
	if err != nil || c.photos != 0 || !slices.EqualFunc(joined, single, slices.Equal) {
		t.Errorf("put together: %v, %d computed; the same as a single run: %v", err, c.photos,
			slices.EqualFunc(joined, single, slices.Equal))
	}
	if _, err := os.Stat(s.Dir + "/" + part.Folder); err == nil {
		t.Error("the parts are still there")
	}
	if again, err := Images(t.Context(), e, s, s.Images, o, c.report); err != nil || c.photos != 0 ||
		!slices.EqualFunc(again, single, slices.Equal) {
		t.Errorf("read back: %v, %d computed", err, c.photos)
	}
}

// tear cuts off the end of the second part's file.
func tear(t *testing.T, dir string) {
	t.Helper()
	files, err := os.ReadDir(dir + "/" + part.Folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if strings.HasSuffix(f.Name(), "-2-of-2") {
			info, err := f.Info()
			if err == nil {
				err = os.Truncate(dir+"/"+part.Folder+"/"+f.Name(), info.Size()-100)
			}
			if err != nil {
				t.Fatal(err)
			}
			return
		}
	}
	t.Fatal("there is no second part")
}
