package grouping

import (
	"fmt"
	"image"
	"path/filepath"
	"testing"

	"imagelab/lib/asset"
	"imagelab/lib/dataset"
	"imagelab/lib/engine/enginetest"
	"imagelab/lib/fulltest"
	"imagelab/lib/photo"
	"imagelab/lib/photo/phototest"
)

// TestFilmOfRealPhotos: of a film that pans and zooms over photos of foods, scenes keep at least
// 90 % of the pairs of one scene together, and of the pairs that they keep together at least 90 %
// are of one scene; results on torn scenes are too good.
func TestFilmOfRealPhotos(t *testing.T) {
	fulltest.Needs(t, "XLA, weights and the data set foods")
	const scenes, frames = 16, 6
	foods, err := asset.Fetch(t.Context(), "foods", nil)
	if err != nil {
		t.Fatal(err)
	}
	source := t.TempDir()
	for g := range scenes {
		class := string(rune('A' + g%4))
		img, _, err := photo.DecodeScaled(filepath.Join(foods, fmt.Sprintf("%s%03d.jpeg", class, 3+2*(g/4))), 300)
		if err != nil {
			t.Fatal(err)
		}
		for i := range frames {
			phototest.Put(t, source, fmt.Sprintf("%s/frame%03d.jpg", class, g*frames+i),
				phototest.Encode(t, "jpeg", frame(img, i, frames)))
		}
	}
	s, err := dataset.Ingest(t.Context(), source, t.TempDir(), dataset.DefaultIngest(), nil)
	if err != nil {
		t.Fatal(err)
	}
	e := enginetest.Open(t)
	r, err := Propose(t.Context(), e, s, Default(), nil)
	if err != nil {
		t.Fatal(err)
	}
	p, err := r.Find(Scenes)
	if err != nil {
		t.Fatal(err)
	}
	of := make([]string, scenes*frames) // by the number of the frame
	for i, im := range s.Kept() {
		var k int
		if _, err := fmt.Sscanf(filepath.Base(im.Path), "frame%d.jpg", &k); err != nil {
			t.Fatal(err)
		}
		of[k] = p.of[i]
	}
	if found, right := pairs(of, frames); found < 0.9 || right < 0.9 || p.Inflation < 0.1 {
		t.Errorf("%.2f of the pairs of a scene found, %.2f of those found are right; inflation %.2f", found, right,
			p.Inflation)
	}
}

// frame is one of n frames of a camera that pans over img and zooms in.
func frame(img image.Image, i, n int) image.Image {
	b := img.Bounds()
	share := 0.85 - 0.15*float64(i)/float64(n-1)
	w, h := int(share*float64(b.Dx())), int(share*float64(b.Dy()))
	at := image.Pt((b.Dx()-w)*i/(n-1), (b.Dy()-h)/2).Add(b.Min)
	cut := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			cut.Set(x, y, img.At(at.X+x, at.Y+y))
		}
	}
	return photo.Resize(cut, b.Dx(), b.Dy())
}
