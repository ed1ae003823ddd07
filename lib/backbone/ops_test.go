package backbone

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"imagelab/lib/fulltest"

	"github.com/gomlx/compute"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"imagelab/lib/engine"
)

// backend opens the engine that a person would get on this machine.
func backend(t testing.TB) compute.Backend {
	t.Helper()
	fulltest.Needs(t, "XLA")
	e, err := engine.Open(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	return e.Backend
}

func random(r *rand.Rand, dims ...int) *tensors.Tensor {
	n := 1
	for _, d := range dims {
		n *= d
	}
	data := make([]float32, n)
	for i := range data {
		data[i] = float32(r.NormFloat64())
	}
	return tensors.FromFlatDataAndDimensions(data, dims...)
}

// plainDepthwise is the same convolution in operations whose gradients GoMLX derives by itself.
func plainDepthwise(x, kernel *Node, stride int, pad Padding) *Node {
	dims := x.Shape().Dimensions
	k := kernel.Shape().Dimensions[0]
	lowH, highH := pad.of(dims[1], k, stride)
	lowW, highW := pad.of(dims[2], k, stride)
	padded := padZeros(padZeros(x, 1, lowH, highH), 2, lowW, highW)
	outH, outW := pad.out(dims[1], k, stride), pad.out(dims[2], k, stride)
	sum := ZerosLike(Slice(padded, AxisRange(), AxisRange(0, outH), AxisRange(0, outW), AxisRange()))
	for i := range k {
		for j := range k {
			window := Slice(padded, AxisRange(), AxisRange(i, i+(outH-1)*stride+1).Stride(stride),
				AxisRange(j, j+(outW-1)*stride+1).Stride(stride), AxisRange())
			sum = Add(sum, Mul(window, tap(kernel, i, j)))
		}
	}
	return sum
}

func TestDepthwiseEqualsDifferentiation(t *testing.T) {
	be := backend(t)
	r := rand.New(rand.NewPCG(1, 2))
	for _, c := range []struct {
		reason                               string
		batch, height, width, kernel, stride int
		pad                                  Padding
	}{
		{"the common block", 8, 7, 7, 3, 1, Same},
		{"large kernel, larger than half the map", 3, 7, 7, 5, 1, Same},
		{"even input at stride 2 pads high only", 4, 14, 14, 3, 2, Same},
		{"large kernel at stride 2", 4, 14, 14, 5, 2, Same},
		{"odd input at stride 2: phases of unequal length", 2, 15, 15, 5, 2, Same},
		{"sides of different parity", 1, 9, 12, 3, 2, Same},
		{"PyTorch's padding at stride 2 begins a pixel earlier", 2, 14, 13, 5, 2, 2},
		{"the kernel of ConvNeXt, larger than the map", 2, 3, 3, 7, 1, 3},
	} {
		t.Run(fmt.Sprintf("%dx%d_k%d_s%d_p%d", c.height, c.width, c.kernel, c.stride, c.pad), func(t *testing.T) {
			x, kernel := random(r, c.batch, c.height, c.width, 5), random(r, c.kernel, c.kernel, 5)
			outH, outW := c.pad.out(c.height, c.kernel, c.stride), c.pad.out(c.width, c.kernel, c.stride)
			factor, shift := random(r, c.batch, outH, outW, 5), random(r, 5)
			graph := func(conv func(x, k *Node, s int, pad Padding) *Node, add func(x, s *Node) *Node) func(x, k, f,
				s *Node) []*Node {
				return func(x, k, f, s *Node) []*Node {
					y := add(conv(x, k, c.stride, c.pad), s)
					return append([]*Node{y}, Gradient(ReduceAllSum(Mul(y, f)), x, k, s)...)
				}
			}
			ours := MustNewExec(be, graph(depthwise, addShift)).MustCall(x, kernel, factor, shift)
			plain := MustNewExec(be, graph(plainDepthwise,
				func(x, s *Node) *Node { return Add(x, ExpandLeftToRank(s, 4)) })).MustCall(x, kernel, factor, shift)
			for i, name := range []string{"output", "gradient of the input", "gradient of the kernel", "gradient of the shift"} {
				if d := distance(ours[i], plain[i]); d > 1e-4 {
					t.Errorf("%s: %s differs by %g", c.reason, name, d)
				}
			}
		})
	}
}

// distance is the largest difference of two tensors' values; infinite when their sizes differ.
func distance(a, b *tensors.Tensor) float64 {
	x, errA := tensors.CopyFlatData[float32](a)
	y, errB := tensors.CopyFlatData[float32](b)
	if errA != nil || errB != nil || len(x) != len(y) {
		return math.Inf(1)
	}
	most := 0.0
	for i := range x {
		most = max(most, math.Abs(float64(x[i]-y[i])))
	}
	return most
}
