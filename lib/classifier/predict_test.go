package classifier

import (
	"context"
	"image"
	"math"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"imagelab/lib/engine/enginetest"
	"imagelab/lib/fulltest"

	"github.com/gomlx/compute"

	"imagelab/lib/backbone"
	"imagelab/lib/dataset"
	"imagelab/lib/engine"
	"imagelab/lib/feed"
	"imagelab/lib/internal/network"
	"imagelab/lib/internal/safetensors"
	"imagelab/lib/photo"
	"imagelab/lib/photo/phototest"
)

// TestPhotoAloneIsJudgedAsAmongOthers: one photo has a graph of its own, several share one that is
// padded at the end.
func TestPhotoAloneIsJudgedAsAmongOthers(t *testing.T) {
	fulltest.Needs(t, "weights")
	const size = 32
	t.Setenv(compute.ConfigEnvVar, engine.Go)
	e, ctx := enginetest.Open(t), context.Background()
	spec, err := backbone.Lookup("lite0")
	if err != nil {
		t.Fatal(err)
	}
	weights, err := backbone.Pretrained(ctx, spec, nil)
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(4, 4))
	weights[network.HeadKernel], weights[network.HeadBias] = safetensors.Zeros(spec.Features, 3), safetensors.Zeros(3)
	for i := range weights[network.HeadKernel].Data {
		weights[network.HeadKernel].Data[i] = float32(r.NormFloat64())
	}
	p, err := (&Model{Spec: spec, Size: size, Classes: []string{"a", "b", "c"}, Weights: weights}).Predictor(e)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	var photos []*image.NRGBA
	for range 3 {
		img := image.NewNRGBA(image.Rect(0, 0, 96, 80))
		for i := range img.Pix {
			img.Pix[i] = uint8(r.IntN(256)) | uint8(i%4/3*255)
		}
		photos = append(photos, img)
	}
	side := spec.ResizeSide(size)
	together, err := p.Probabilities(ctx, len(photos), nil, func(i int, dst []byte) error {
		square := make([]byte, side*side*3)
		feed.Square(square, photos[i], side)
		feed.CentreCrop(dst, square, side, size)
		return nil
	})
	if err != nil || len(together) != len(photos) {
		t.Fatalf("%d predictions, %v", len(together), err)
	}
	for i, img := range photos {
		alone, err := p.Image(ctx, img)
		if err != nil {
			t.Fatal(err)
		}
		for k, v := range alone {
			if math.Abs(v-together[i][k]) > 1e-5 {
				t.Errorf("photo %d: class %d has %.6f alone, %.6f among others", i, k, v, together[i][k])
			}
		}
	}
	if none, err := p.Probabilities(ctx, 0, nil, nil); err != nil || len(none) != 0 {
		t.Errorf("no photos: %v, %v", none, err)
	}
}

// TestCountsForAModelOfEightBits: photos of 12-bit counts in 16 bits are nearly black when only the
// upper bits are kept, and a model that learned from ordinary photos named them all alike.
func TestCountsForAModelOfEightBits(t *testing.T) {
	t.Setenv(compute.ConfigEnvVar, engine.Go)
	e, dir := enginetest.Open(t), t.TempDir()
	spec, err := backbone.Lookup("lite0")
	if err != nil {
		t.Fatal(err)
	}
	weights, r := backbone.Random(spec), rand.New(rand.NewPCG(5, 5))
	weights[network.HeadKernel], weights[network.HeadBias] = safetensors.Zeros(spec.Features, 2), safetensors.Zeros(2)
	for i := range weights[network.HeadKernel].Data {
		weights[network.HeadKernel].Data[i] = float32(0.02 * r.NormFloat64())
	}
	p, err := (&Model{Spec: spec, Size: 32, Classes: []string{"a", "b"}, Weights: weights}).Predictor(e)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	counts := phototest.Put(t, dir, "photos/a/counts.png", phototest.Encode(t, "png", phototest.Counts(0, 4000, 30)))
	bright := phototest.Put(t, dir, "photos/b/bright.png", phototest.Encode(t, "png", phototest.Counts(0, 65535, 30)))
	want, err := p.File(t.Context(), bright, 1)
	if err != nil {
		t.Fatal(err)
	}
	got, err := p.File(t.Context(), counts, 1)
	if err != nil {
		t.Fatal(err)
	}
	dark, _, err := photo.Window{}.DecodeScaled(counts, spec.ResizeSide(32))
	if err != nil {
		t.Fatal(err)
	}
	black, err := p.Image(t.Context(), dark)
	if err != nil {
		t.Fatal(err)
	}
	of := func(g Guess) float64 { // the class a
		if g.Label == "a" {
			return g.Probability
		}
		return 1 - g.Probability
	}
	if off, without := math.Abs(of(got[0])-of(want[0])), math.Abs(black[0]-of(want[0])); !(off < without/4) {
		t.Errorf("%v, of the same picture in the whole range %v: off by %g, and by %g when it is nearly black", got,
			want, off, without)
	}
	s, err := dataset.Ingest(t.Context(), filepath.Join(dir, "photos"), filepath.Join(dir, "set"),
		dataset.DefaultIngest(), nil)
	if err != nil {
		t.Fatal(err)
	}
	only := s.Images[:1]
	if w := (photo.Window{Low: 0, High: 4000}); p.m.seen(dataset.WithWindow(only, w))[0].Window != w {
		t.Error("a set's window is not that of its photos for a model without one")
	}
	p.m.Window = photo.Window{Low: 5, High: 900}
	if got := p.m.seen(only)[0].Window; got != p.m.Window {
		t.Errorf("seen through %v, and the model learned %v", got, p.m.Window)
	}
}
