package lab

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"imagelab/lib/dataset"
	"imagelab/lib/dedup"
	"imagelab/lib/photo/phototest"
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

// TestPhotosOfAnotherFolder: folders of one name share no data set, and photos that came since are
// read.
func TestPhotosOfAnotherFolder(t *testing.T) {
	at := t.TempDir()
	fill := func(dir string, from, to int) string {
		for i := from; i < to; i++ {
			phototest.Put(t, filepath.Join(at, dir, "photos"), fmt.Sprintf("%s/%02d.png", []string{"cat", "dog"}[i%2], i),
				phototest.Encode(t, "png", phototest.Noise(20+i, 20)))
		}
		return filepath.Join(at, dir, "photos")
	}
	l := &Lab{Dir: filepath.Join(at, "out")}
	first := fill("shoes", 0, 20)
	s, err := l.Photos(t.Context(), first)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.Photos(t.Context(), fill("hats", 20, 40)); err == nil || !strings.Contains(err.Error(), first) {
		t.Errorf("another folder of the same name: %v", err)
	}
	fill("shoes", 40, 42)
	more, err := l.Photos(t.Context(), first)
	if err != nil || len(more.Images) != 22 || !isSplit(more) {
		t.Fatalf("two photos came: %v, %+v", err, more)
	}
	side := map[string]string{}
	for _, im := range more.Images {
		side[im.Path] = im.Split
	}
	for _, im := range s.Images {
		if im.Split == dataset.Test && side[im.Path] != dataset.Test {
			t.Errorf("test photo %s moved to %s", im.Path, side[im.Path])
		}
	}
	put := filepath.Join(first, "cat", "broken.png")
	if err := os.WriteFile(put, []byte("no photo"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, want := range []int{22, 23} { // quarantined, and then mended
		if now, err := l.Photos(t.Context(), first); err != nil || len(now.Images) != want {
			t.Errorf("%v, %d photos, want %d", err, len(now.Images), want)
		}
		if err := os.WriteFile(put, phototest.Encode(t, "png", phototest.Noise(90, 20)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Rename(filepath.Dir(first), filepath.Join(at, "moved")); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Photos(t.Context(), filepath.Join(at, "moved", "photos")); err != nil {
		t.Errorf("the folder moved: %v", err)
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
	if _, err := l.Photos(t.Context(), filepath.Join(l.Dir, "none")); err == nil ||
		!strings.Contains(err.Error(), "name a folder of photos") {
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

// What people decided for a set, how copies are found and how sides are dealt, holds for photos
// that come later.
func TestPhotosKeepsDecisions(t *testing.T) {
	rules := split.Default()
	rules.GroupColumn, rules.GroupRun, rules.Seed = false, 2, 7
	tests := []struct {
		name, reason string
		copies       dedup.Options
		rules        split.Options
	}{
		{"usual", "the default is an option as others", dedup.Default(), split.Default()},
		{"exact", "photos of one pattern look alike and are no copies", dedup.Options{Keep: dedup.KeepLargest}, rules},
		{"tiers", "hashes were left out by name", dedup.Options{Distance: 9, Keep: dedup.KeepFirst,
			Tiers: "bytes,pixels"}, rules},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			photos, dir := filepath.Join(t.TempDir(), "shapes"), filepath.Join(t.TempDir(), "set")
			add := func(from, to int) *dataset.Set {
				for i := from; i < to; i++ {
					gray(t, filepath.Join(photos, "cat", string(rune('a'+i))+".png"), 2*i)
					gray(t, filepath.Join(photos, "dog", string(rune('a'+i))+".png"), 2*i+1)
				}
				s, err := dataset.Ingest(t.Context(), photos, dir, dataset.DefaultIngest(), nil)
				if err != nil {
					t.Fatal(err)
				}
				return s
			}
			s := add(0, 10)
			if _, err := dedup.Run(t.Context(), s, tt.copies, nil); err != nil {
				t.Fatal(err)
			}
			if _, err := split.Run(s, tt.rules); err != nil {
				t.Fatal(err)
			}
			add(10, 12)
			var leak *split.LeakError
			s, err := newLab(t).PhotosIn(t.Context(), photos, dir, split.Options{Val: 0.3, Test: 0.3, Seed: 1})
			if err != nil && !errors.As(err, &leak) {
				t.Fatal(err)
			}
			copies, _, _ := dedup.Kept(dir)
			kept, _, _ := split.Kept(dir)
			if copies != tt.copies || kept != tt.rules || !dedup.Seen(s) || !isSplit(s) {
				t.Errorf("%s: deduplicated by %+v, split by %+v", tt.reason, copies, kept)
			}
		})
	}
}
