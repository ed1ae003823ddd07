package split

import (
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"testing"

	"imagelab/lib/fulltest"

	"github.com/disintegration/imaging"

	"imagelab/lib/asset"
	"imagelab/lib/dataset"
	"imagelab/lib/photo"
)

// alterations of real photos that leave everything in its place, or mirror it.
var alterations = []struct {
	name    string
	quality int // of the JPEG; 0: PNG
	least   int // of 42 copies that the gate refuses without dedup
	alter   func(*image.NRGBA) image.Image
}{
	{"encoded anew", 80, 40, func(img *image.NRGBA) image.Image { return img }},
	{"as PNG", 0, 42, func(img *image.NRGBA) image.Image { return img }},
	{"half the size", 85, 40, func(img *image.NRGBA) image.Image {
		return imaging.Resize(img, img.Rect.Dx()/2, 0, imaging.Lanczos)
	}},
	{"mirrored", 90, 40, func(img *image.NRGBA) image.Image { return imaging.FlipH(img) }},
	{"mirrored and half the size", 85, 40, func(img *image.NRGBA) image.Image {
		return imaging.FlipH(imaging.Resize(img, img.Rect.Dx()/2, 0, imaging.Linear))
	}},
	{"brighter", 90, 33, func(img *image.NRGBA) image.Image { return imaging.AdjustGamma(img, 1.3) }},
}

// TestGateOnRealPhotos has 42 altered copies of training photos in the test folder, and dedup never
// ran.
func TestGateOnRealPhotos(t *testing.T) {
	photos := foods(t, 42)
	for _, a := range alterations {
		t.Run(a.name, func(t *testing.T) {
			dir := t.TempDir()
			for i, img := range photos {
				class := string(rune('a' + i%2))
				save(t, filepath.Join(dir, "train", class, fmt.Sprintf("%d.jpg", i)), img, 95)
				copied := filepath.Join(dir, "test", class, fmt.Sprintf("other%d.jpg", i)) // whatever the format
				save(t, copied, a.alter(img), a.quality)
			}
			s, err := dataset.Ingest(t.Context(), dir, filepath.Join(t.TempDir(), "set"), dataset.DefaultIngest(), nil)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := Run(s, Default()); err != nil {
				t.Fatal(err)
			}
			var leak *LeakError
			if err := Gate(s); !errors.As(err, &leak) {
				t.Fatalf("the gate says %v", err)
			}
			if n := copied(leak.Leaks); n < a.least {
				t.Errorf("%d of 42 copies are refused, want at least %d", n, a.least)
			}
		})
	}
}

// copied counts the test images in leaks.
func copied(leaks []Leak) int {
	seen := map[string]bool{}
	for _, l := range leaks {
		for _, m := range l.Members {
			if m.Split == dataset.Test {
				seen[m.Path] = true
			}
		}
	}
	return len(seen)
}

// foods are n different photos.
func foods(t *testing.T, n int) []*image.NRGBA {
	t.Helper()
	fulltest.Needs(t, "the data set foods")
	dir, err := asset.Fetch(t.Context(), "foods", nil)
	if err != nil {
		t.Fatal(err)
	}
	s, err := dataset.Open(t.Context(), dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	var out []*image.NRGBA
	seen := map[string]bool{}
	for i := 0; len(out) < n; i += 7 {
		im := s.Images[i]
		if seen[im.SHA256] {
			continue
		}
		seen[im.SHA256] = true
		img, _, err := photo.Decode(s.File(im))
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, img)
	}
	return out
}

func save(t *testing.T, path string, img image.Image, quality int) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	err := dataset.WriteFile(path, func(w io.Writer) error {
		if quality == 0 {
			return png.Encode(w, img)
		}
		return jpeg.Encode(w, img, &jpeg.Options{Quality: quality})
	})
	if err != nil {
		t.Fatal(err)
	}
}
