package feed

import (
	"path/filepath"
	"testing"

	"imagelab/lib/asset"
	"imagelab/lib/dataset"
	"imagelab/lib/photo"
)

// foods are real photos, 307 x 173 pixels.
func foods(b *testing.B) []string {
	b.Helper()
	dir, err := asset.Fetch(b.Context(), "foods", nil)
	if err != nil {
		b.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.jpeg"))
	if err != nil || len(files) < 100 {
		b.Fatalf("%d photos in %s, %v", len(files), dir, err)
	}
	return files[:100]
}

// BenchmarkSquare is what [Pack] does to a photo, on one core.
func BenchmarkSquare(b *testing.B) {
	files, dst := foods(b), make([]byte, 256*256*3)
	for i := 0; b.Loop(); i++ {
		img, _, err := photo.DecodeScaled(files[i%len(files)], 256)
		if err != nil {
			b.Fatal(err)
		}
		Square(dst, img, 256)
	}
}

// BenchmarkView is an augmented view of packed pixels, on one core.
func BenchmarkView(b *testing.B) {
	dir, files := b.TempDir(), foods(b)
	set := &dataset.Set{Dir: dir, Root: filepath.Dir(files[0])}
	for _, f := range files {
		set.Images = append(set.Images, dataset.Image{Path: filepath.Base(f), SHA256: f})
	}
	px, err := Pack(b.Context(), set, set.Images, 256, dir, nil)
	if err != nil {
		b.Fatal(err)
	}
	defer px.Close()
	dst := make([]byte, 224*224*3)
	for _, bench := range []struct {
		name    string
		augment Augment
	}{
		{"crop and flip", Augment{MinScale: 0.6, Flip: true}},
		{"all", Augment{MinScale: 0.6, Flip: true, FlipV: true, Rotate90: true, Color: 0.2, Erase: 1}},
	} {
		b.Run(bench.name, func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				px.View(dst, i%len(files), 224, bench.augment, 1, 1+i/len(files))
			}
		})
	}
}
