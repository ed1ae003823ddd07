package lab

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"imagelab/lib/dataset"
	"imagelab/lib/split"
)

func TestPhotos(t *testing.T) {
	photos := filepath.Join(t.TempDir(), "shapes")
	for i := range 10 {
		gray(t, filepath.Join(photos, "cat", string(rune('a'+i))+".png"), 2*i)
		gray(t, filepath.Join(photos, "dog", string(rune('a'+i))+".png"), 2*i+1)
	}
	l := &Lab{Dir: t.TempDir()}
	leaky := func(s *dataset.Set, err error) *dataset.Set { // gray photos of one pattern look alike
		var leak *split.LeakError
		if err != nil && !errors.As(err, &leak) || s == nil {
			t.Fatal(err)
		}
		return s
	}
	s := leaky(l.Photos(t.Context(), photos))
	if s.Name() != "shapes" || !isSplit(s) || filepath.Dir(s.Dir) != filepath.Join(l.Dir, "data") {
		t.Errorf("the set %q in %s, split %v", s.Name(), s.Dir, isSplit(s))
	}
	manifest := filepath.Join(s.Dir, "manifest.jsonl")
	before, err := os.Stat(manifest)
	if err != nil {
		t.Fatal(err)
	}
	for _, again := range []string{photos, s.Dir} {
		if got := leaky(l.Photos(t.Context(), again)); got.SplitDigest() != s.SplitDigest() || got.Dir != s.Dir {
			t.Errorf("Photos(%s) is another set, in %s", again, got.Dir)
		}
		if now, err := os.Stat(manifest); err != nil || !now.ModTime().Equal(before.ModTime()) {
			t.Errorf("Photos(%s) made again what was there: %v", again, err)
		}
	}
}

func TestPhotosTellsOfLeaks(t *testing.T) {
	photos := filepath.Join(t.TempDir(), "copies")
	for _, side := range []string{"train", "val", "test"} {
		for i, class := range []string{"cat", "dog"} {
			for k := range 3 {
				gray(t, filepath.Join(photos, side, class, string(rune('a'+k))+".png"), 3*i+k)
			}
		}
	}
	dir := filepath.Join(t.TempDir(), "set")
	s, err := dataset.Ingest(t.Context(), photos, dir, dataset.DefaultIngest(), nil)
	if err != nil {
		t.Fatal(err)
	}
	var leak *split.LeakError
	if s, err = (&Lab{}).Photos(t.Context(), s.Dir); !errors.As(err, &leak) || s == nil {
		t.Errorf("a set with the same photos on all sides: %v", err)
	}
}

func TestPhotosRefuses(t *testing.T) {
	l := &Lab{Dir: t.TempDir()}
	if _, err := l.Photos(t.Context(), filepath.Join(l.Dir, "none")); err == nil || !strings.Contains(err.Error(), "name a folder of photos") {
		t.Errorf("photos that are not there: %v", err)
	}
	taken := filepath.Join(l.Dir, "data", "mine")
	gray(t, filepath.Join(taken, "a.png"), 1)
	photos := filepath.Join(t.TempDir(), "mine")
	gray(t, filepath.Join(photos, "cat", "a.png"), 2)
	var other *FolderError
	if _, err := l.Photos(t.Context(), photos); !errors.As(err, &other) {
		t.Errorf("a folder of photos where the set belongs: %v", err)
	}
}
