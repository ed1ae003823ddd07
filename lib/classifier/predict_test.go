package classifier

import (
	"context"
	"image"
	"math"
	"math/rand/v2"
	"testing"

	"imagelab/lib/engine/enginetest"
	"imagelab/lib/fulltest"

	"github.com/gomlx/compute"

	"imagelab/lib/backbone"
	"imagelab/lib/engine"
	"imagelab/lib/feed"
	"imagelab/lib/internal/network"
	"imagelab/lib/internal/safetensors"
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
	for i, photo := range photos {
		alone, err := p.Image(ctx, photo)
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
