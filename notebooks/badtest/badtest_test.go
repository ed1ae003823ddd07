package badtest

import (
	"image"
	"image/color"
	"os"
	"path/filepath"
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
	for _, tt := range []struct {
		flaw   Flaw
		a, b   int // test photos in the folders of the classes
		reason string
	}{
		{None, 5, 5, "half of the ten training photos"},
		{Copies, 5, 5, "copies stand in the place of other photos"},
		{Labels, 5, 5, "one of five changes its folder in each direction"},
		{Few, 2, 5, "the first class is left with two"},
		{Dark, 5, 5, "nothing changes its place"},
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
		if a, b := count("test", "a"), count("test", "b"); a != tt.a || b != tt.b || count("train", "a") != 10 {
			t.Errorf("%s: %d and %d test photos, %d to train on: %s", tt.flaw, a, b, count("train", "a"), tt.reason)
		}
	}
	if err := Make(t.Context(), s, filepath.Join(t.TempDir(), "set"), 11, None, nil); err == nil {
		t.Error("more photos are asked for than there are")
	}
}
