package badtest

import (
	"image"
	"image/color"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/disintegration/imaging"

	"imagelab/lib/dataset"
)

// TestMake: each flaw changes the test side alone, and in the way that it says.
func TestMake(t *testing.T) {
	photos := t.TempDir()
	for c, class := range []string{"a", "b"} {
		for i := range 15 {
			img := imaging.New(40, 30, color.NRGBA{uint8(100 * c), uint8(16 * i), 90, 255})
			img = imaging.Paste(img, imaging.New(9+i, 30, color.NRGBA{250, 250, 250, 255}), image.Pt(0, 0))
			path := filepath.Join(photos, class, string(rune('a'+i))+".png")
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := imaging.Save(img, path); err != nil {
				t.Fatal(err)
			}
		}
	}
	s, err := dataset.Open(t.Context(), photos, nil)
	if err != nil {
		t.Fatal(err)
	}
	plain := map[string]string{} // without a flaw
	for _, tt := range []struct {
		flaw    Flaw
		a, b    int // test photos in the folders of the classes
		changed []string
		reason  string
	}{
		{None, 5, 5, nil, "half of the ten training photos"},
		{Copies, 5, 5, []string{"test/a/a-012.jpg", "test/b/b-012.jpg"}, "copies stand in the place of other photos"},
		{Labels, 5, 5, []string{"test/a/a-014.jpg", "test/a/b-014.jpg", "test/b/a-014.jpg", "test/b/b-014.jpg"},
			"one of five changes its folder in each direction"},
		{Few, 2, 5, []string{"test/a/a-012.jpg", "test/a/a-013.jpg", "test/a/a-014.jpg"}, "the first class is left with two"},
		{Dark, 5, 5, []string{"test/a/a-012.jpg", "test/b/b-012.jpg"}, "nothing changes its place"},
	} {
		dir := filepath.Join(t.TempDir(), "set")
		if err := Make(t.Context(), s, dir, 10, tt.flaw, nil); err != nil {
			t.Fatal(err)
		}
		count := func(side, class string) int {
			entries, err := os.ReadDir(filepath.Join(dir, side, class))
			if err != nil {
				t.Fatal(err)
			}
			return len(entries)
		}
		if a, b := count("test", "a"), count("test", "b"); a != tt.a || b != tt.b || count("train", "a") != 10 ||
			count("train", "b") != 10 {
			t.Errorf("%s: %d and %d test photos, %d and %d to train on: %s", tt.flaw, a, b, count("train", "a"),
				count("train", "b"), tt.reason)
		}
		made := contents(t, dir)
		if tt.flaw == None {
			plain = made
		}
		if got := differing(plain, made); !slices.Equal(got, tt.changed) {
			t.Errorf("%s changes %q, want %q: %s", tt.flaw, got, tt.changed, tt.reason)
		}
	}
	if err := Make(t.Context(), s, filepath.Join(t.TempDir(), "set"), 11, None, nil); err == nil {
		t.Error("more photos are asked for than there are")
	}
}

// contents are the files below dir by their paths.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	paths, err := filepath.Glob(filepath.Join(dir, "*", "*", "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			t.Fatal(err)
		}
		files[filepath.ToSlash(name)] = string(text)
	}
	return files
}

// differing are the paths, in order, that one has and the other has not, or has with another
// content.
func differing(one, other map[string]string) (paths []string) {
	for path, text := range one {
		if there, ok := other[path]; !ok || there != text {
			paths = append(paths, path)
		}
	}
	for path := range other {
		if _, ok := one[path]; !ok {
			paths = append(paths, path)
		}
	}
	slices.Sort(paths)
	return paths
}
