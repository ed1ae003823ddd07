package embed

import (
	"context"
	"errors"
	"image"
	"image/color"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"imagelab/lib/dataset"
	"imagelab/lib/engine/enginetest"
	"imagelab/lib/fulltest"
	"imagelab/lib/photo/phototest"
)

// stripes is a photo whose pattern and colour depend on i.
func stripes(i int) image.Image {
	img := image.NewNRGBA(image.Rect(0, 0, 48, 40))
	for y := range 40 {
		for x := range 48 {
			v := uint8(128 + 100*math.Sin(float64(x*(i+1)+y)/5))
			img.Set(x, y, color.NRGBA{v, uint8(40 * i), 255 - v, 255})
		}
	}
	return img
}

// ingested is a set of n photos, the last of them twice.
func ingested(t *testing.T, photos, dir string, n int) *dataset.Set {
	t.Helper()
	for i := range n {
		phototest.Put(t, photos, filepath.Join("a", string(rune('a'+i))+".png"), phototest.Encode(t, "png", stripes(i)))
	}
	phototest.Put(t, photos, "b/again.png", phototest.Encode(t, "png", stripes(n-1)))
	s, err := dataset.Ingest(t.Context(), photos, dir, dataset.DefaultIngest(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// counter counts the photos that were computed, by their progress.
type counter struct{ photos int64 }

func (c *counter) report(stage string, done, _ int64) {
	if stage == "computing features of photos" {
		c.photos = max(c.photos, done)
	}
}

// TestSetComputesOnce: photos are computed once for each content, kept, and computed anew where the
// content changed or the record was damaged.
func TestSetComputesOnce(t *testing.T) {
	fulltest.Needs(t, "weights")
	const n = 9 // more than a batch
	e, o := enginetest.Go(t), Options{Size: 32}
	photos, dir := t.TempDir(), t.TempDir()
	s := ingested(t, photos, dir, n)
	features := func(reason string, want int64) [][]float32 {
		t.Helper()
		var c counter
		f, err := Images(t.Context(), e, s, s.Images, o, c.report)
		if err != nil {
			t.Fatal(err)
		}
		if c.photos != want || len(f) != n+1 || len(f[0]) != 1280 {
			t.Errorf("%s: %d photos computed, not %d; %d rows of %d", reason, c.photos, want, len(f), len(f[0]))
		}
		return f
	}
	first := features("the copy is not computed", n)
	if !slices.Equal(first[n-1], first[n]) || slices.Equal(first[0], first[1]) {
		t.Error("copies differ, or others do not")
	}
	if again := features("all is known", 0); !slices.EqualFunc(first, again, slices.Equal) {
		t.Error("what is read is not what was computed")
	}
	alone, err := Images(t.Context(), e, &dataset.Set{Root: s.Root, Images: s.Images}, s.Images[3:4], o, nil)
	if err != nil || !slices.Equal(alone[0], first[3]) {
		t.Errorf("a photo alone and without a folder is not what it is among others, %v", err)
	}
	phototest.Put(t, photos, "a/c.png", phototest.Encode(t, "png", stripes(20)))
	if s, err = dataset.Ingest(t.Context(), photos, dir, dataset.DefaultIngest(), nil); err != nil {
		t.Fatal(err)
	}
	if changed := features("one photo was changed", 1); slices.Equal(changed[2], first[2]) ||
		!slices.Equal(changed[3], first[3]) {
		t.Error("the changed photo keeps its features, or another one does not")
	}
	damage(t, dir)
	features("a record is damaged, the last one torn", 2)
	features("and both were mended", 0)
}

// damage changes a byte of the first record and cuts the last one short.
func damage(t *testing.T, dir string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "cache", "embeddings-*.f16"))
	if err != nil || len(files) != 1 {
		t.Fatalf("%q, %v", files, err)
	}
	data, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	data[100] ^= 1
	if err := os.WriteFile(files[0], data[:len(data)-5], 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestSetStops: a stop keeps what was computed, and the next call continues.
func TestSetStops(t *testing.T) {
	fulltest.Needs(t, "weights")
	const n = 24
	e, dir := enginetest.Go(t), t.TempDir()
	s := ingested(t, t.TempDir(), dir, n)
	ctx, stop := context.WithCancel(t.Context())
	_, err := Images(ctx, e, s, s.Images, Options{Size: 32}, func(stage string, done, _ int64) {
		if stage == "computing features of photos" && done > 0 {
			stop()
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	var c counter
	if _, err := Images(t.Context(), e, s, s.Images, Options{Size: 32}, c.report); err != nil || c.photos >= n {
		t.Errorf("%d of %d photos were computed again, %v", c.photos, n, err)
	}
}

// TestSetNamesWhatChanged: a photo that is not what was ingested has no features.
func TestSetNamesWhatChanged(t *testing.T) {
	fulltest.Needs(t, "weights")
	e, photos := enginetest.Go(t), t.TempDir()
	s := ingested(t, photos, t.TempDir(), 2)
	phototest.Put(t, photos, "a/a.png", phototest.Encode(t, "png", stripes(9)))
	if _, err := Images(t.Context(), e, s, s.Images, Options{Size: 32}, nil); !errors.Is(err, dataset.ErrChanged) {
		t.Errorf("%v", err)
	}
}

func TestOptionsAreChecked(t *testing.T) {
	for _, c := range []struct {
		reason string
		o      Options
	}{
		{"no such backbone", Options{Backbone: "lite9"}},
		{"too small", Options{Size: 3}},
		{"crops more than there is", Options{CenterCropFraction: 1.5}},
	} {
		if _, err := c.o.resolve(&dataset.Set{}); err == nil {
			t.Errorf("%s: %+v is taken", c.reason, c.o)
		}
	}
}

// TestSkipGone: a photo that is gone costs the others nothing where that was asked for; else it
// is an error.
func TestSkipGone(t *testing.T) {
	fulltest.Needs(t, "weights")
	e, o := enginetest.Go(t), Options{Size: 32}
	photos := t.TempDir()
	s := ingested(t, photos, t.TempDir(), 3)
	if err := os.Remove(filepath.Join(photos, "a", "b.png")); err != nil {
		t.Fatal(err)
	}
	if _, err := Images(t.Context(), e, s, s.Images, o, nil); !errors.Is(err, dataset.ErrChanged) {
		t.Errorf("a photo is gone, and the error is %v", err)
	}
	o.SkipGone = true
	for range 2 { // computed, and read
		f, err := Images(t.Context(), e, s, s.Images, o, nil)
		if err != nil || len(f) != len(s.Images) {
			t.Fatalf("features of %d photos, %v", len(f), err)
		}
		for i, row := range f {
			if gone := s.Images[i].Path == "a/b.png"; gone != (row == nil) {
				t.Errorf("%s has features of width %d", s.Images[i].Path, len(row))
			}
		}
	}
}
