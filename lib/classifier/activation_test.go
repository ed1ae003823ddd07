package classifier

import (
	"errors"
	"image"
	"image/png"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"github.com/gomlx/gomlx/core/tensors"

	"imagelab/lib/backbone"
	"imagelab/lib/dataset"
	"imagelab/lib/engine"
	"imagelab/lib/engine/enginetest"
	"imagelab/lib/fulltest"
	"imagelab/lib/internal/network"
	"imagelab/lib/internal/safetensors"
)

func TestActivationMap(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	tests := []struct {
		name   string
		reason string
		logits []float32 // of a row of cells with two classes each
		share  float64
		cells  []float64 // nil: none
	}{
		{"one cell", "half of the strongest decides, too", []float32{0, 4, 0, 2, 0, 1, 5, 0}, 0.5,
			[]float64{1, 0.5, 0.25, 0}},
		{"in common", "what all classes have is no evidence", []float32{9, 9, 7, 7, 8, 8, 6, 6}, 0, nil},
		{"against", "all speaks for the other class", []float32{3, 0, 2, 1, 9, 1, 2, 0}, 0, nil},
		{"all alike", "a blank photo", []float32{0, 1, 0, 1, 0, 1, 0, 1}, 1, []float64{1, 1, 1, 1}},
		{"not a number", "weights that diverged", []float32{nan, nan, nan, nan, nan, nan, nan, nan}, 0, nil},
		{"infinite", "weights that diverged", []float32{0, inf, 0, 1, 0, 1, 0, 1}, 0, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := newActivationMap(tt.logits, 1, 4, 2, 1)
			var cells []float64
			if len(m.Cells) > 0 {
				cells = m.Cells[0]
			}
			if m.Share != tt.share || !slices.Equal(cells, tt.cells) {
				t.Errorf("share %v, cells %v, want %v and %v: %s", m.Share, cells, tt.share, tt.cells, tt.reason)
			}
		})
	}
}

// TestNoMapsOfTokens: a network that ends in a class token has no maps, and says so by an error
// that callers know.
func TestNoMapsOfTokens(t *testing.T) {
	spec, err := backbone.Lookup("vit_tiny")
	if err != nil {
		t.Fatal(err)
	}
	_, err = (&Model{Spec: spec}).ActivationMaps(t.Context(), nil, nil, nil, nil, nil)
	if !errors.Is(err, ErrNoMaps) {
		t.Errorf("%v, want ErrNoMaps", err)
	}
}

// TestMapsAreExact: the mean over cells of what the classifier gives for a cell alone is the logit
// of the photo, and maps are those of the photo, wherever in the batch it stands.
func TestMapsAreExact(t *testing.T) {
	fulltest.Needs(t, "weights")
	e, r := enginetest.Go(t), rand.New(rand.NewPCG(4, 4))
	spec, err := backbone.Lookup("lite0")
	if err != nil {
		t.Fatal(err)
	}
	weights, err := backbone.Pretrained(t.Context(), spec, nil)
	if err != nil {
		t.Fatal(err)
	}
	weights[network.HeadKernel], weights[network.HeadBias] = safetensors.Zeros(spec.Features, 2), safetensors.Zeros(2)
	for i := range weights[network.HeadKernel].Data {
		weights[network.HeadKernel].Data[i] = float32(r.NormFloat64())
	}
	m := &Model{Spec: spec, Size: 64, Classes: []string{"a", "b"}, Weights: weights}
	s, images := speckled(t, r, mapBatch+1)
	p, err := m.Predictor(e)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	net, err := network.NewInference(e.Backend, m.Spec, m.Weights, m.cellLogits)
	if err != nil {
		t.Fatal(err)
	}
	defer net.Close()
	asked := make([][]int, len(images))
	for i := range asked {
		asked[i] = []int{i % 2}
	}
	asked[0] = []int{0, 1}
	maps, err := m.ActivationMaps(t.Context(), e, s, images, asked, nil)
	if err != nil || len(maps) != len(images) || len(maps[0]) != 2 || len(maps[1]) != 1 || len(maps[0][0].Cells)+
		len(maps[0][1].Cells) == 0 || maps[0][0].Margin < 0.06 || maps[0][0].Margin > 0.07 {
		t.Fatalf("%v, %v", maps, err)
	}
	for i, im := range images {
		alone, err := m.ActivationMaps(t.Context(), e, s, images[i:i+1], asked[i:i+1], nil)
		if err != nil || !reflect.DeepEqual(alone[0], maps[i]) {
			t.Errorf("photo %d of the batch has other maps than alone, %v", i, err)
		}
		if i > 1 {
			continue
		}
		img, _, err := s.DecodeScaled(im, spec.ResizeSide(m.Size))
		if err != nil {
			t.Fatal(err)
		}
		want, err := p.Image(t.Context(), img)
		if err != nil {
			t.Fatal(err)
		}
		if got := meanOfCells(t, m, net, img); math.Abs(got[0]-want[0]) > 1e-4 {
			t.Errorf("%s: the mean over cells says %.5f, the network %.5f", im.Path, got[0], want[0])
		}
	}
}

// meanOfCells are the probabilities of the mean over cells.
func meanOfCells(t *testing.T, m *Model, net *network.Inference, img image.Image) []float64 {
	t.Helper()
	x, err := network.Pixels(m.Size).Tensor(1, 1, func(_ int, dst []byte) error { copy(dst, m.Pixels(img)); return nil })
	if err != nil {
		t.Fatal(err)
	}
	defer x.FinalizeAll()
	y, err := engine.Call1(net.Exec, x)
	if err != nil {
		t.Fatal(err)
	}
	defer y.FinalizeAll()
	flat, err := tensors.CopyFlatData[float32](y)
	if err != nil {
		t.Fatal(err)
	}
	mean := make([]float64, len(m.Classes))
	for i, v := range flat {
		mean[i%len(mean)] += float64(v) * float64(len(mean)) / float64(len(flat))
	}
	return network.SoftmaxRow(mean)
}

// speckled is a set of n photos of noise.
func speckled(t *testing.T, r *rand.Rand, n int) (*dataset.Set, []dataset.Image) {
	t.Helper()
	s := &dataset.Set{Root: t.TempDir()}
	for i := range n {
		img := image.NewNRGBA(image.Rect(0, 0, 96, 80))
		for k := range img.Pix {
			img.Pix[k] = uint8(r.IntN(256)) | uint8(k%4/3*255)
		}
		name := string(rune('a'+i)) + ".png"
		f, err := os.Create(filepath.Join(s.Root, name))
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(png.Encode(f, img), f.Close()); err != nil {
			t.Fatal(err)
		}
		s.Images = append(s.Images, dataset.Image{Path: name})
	}
	return s, s.Images
}
