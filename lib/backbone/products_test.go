package backbone_test

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"imagelab/lib/fulltest"

	"github.com/gomlx/gomlx/core/tensors"

	"imagelab/lib/backbone"
	"imagelab/lib/engine"
)

// TestBFloat16Products: eight bits of each factor are left, so that logits move by some percent of
// their range and no more.
func TestBFloat16Products(t *testing.T) {
	fulltest.Needs(t, "XLA and the weights")
	t.Run("training", func(t *testing.T) { testBFloat16(t, false) })
	t.Run("inference", func(t *testing.T) { testBFloat16(t, true) })
}

func testBFloat16(t *testing.T, inference bool) {
	const size, share = 64, 0.05
	e, err := engine.Open(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	spec, err := backbone.Lookup("lite0")
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 1))
	x := make([]float32, size*size*3)
	for i := range x {
		x[i] = float32(r.IntN(256))
	}
	var logits [2][]float32
	for i, precision := range []string{engine.Float32, engine.BFloat16} {
		spec.Precision = precision
		exec := network(t, e, spec, inference)
		defer exec.Finalize()
		y, err := exec.Call1(tensors.FromFlatDataAndDimensions(x, 1, size, size, 3))
		if err != nil {
			t.Fatal(err)
		}
		if logits[i], err = tensors.CopyFlatData[float32](y); err != nil {
			t.Fatal(err)
		}
	}
	most, largest := 0.0, 0.0
	for i, exact := range logits[0] {
		most = max(most, math.Abs(float64(logits[1][i]-exact)))
		largest = max(largest, math.Abs(float64(exact)))
	}
	t.Logf("largest difference %.3g of logits up to %.3g", most, largest)
	if most == 0 {
		t.Error("bfloat16 products give the very logits of float32: nothing was rounded")
	}
	if !(most <= share*largest) {
		t.Errorf("logits differ by %.3g, more than %g of the largest, %.3g", most, share, largest)
	}
}
