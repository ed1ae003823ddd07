package backbone

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/gobackend"
	. "github.com/gomlx/gomlx/core/graph"

	"imagelab/lib/engine"
)

// form says which operations a network's graph is built from. Every form computes the same numbers;
// each engine runs another one fastest.
type form struct {
	inference bool // the weights are folded, and nothing needs a gradient
	planes    bool // written by planes, and the rest does not matter
	byTaps    bool // convolutions of few pixels are products
	depthwise func(x, kernel *Node, stride int, pad Padding) *Node
	pointwise func(x, kernel *Node) *Node
	addShift  func(x, shift *Node) *Node
}

// formOf chooses the form for an engine. No other code that builds graphs looks at the engine.
func formOf(backend compute.Backend, inference bool) form {
	f := form{inference: inference, byTaps: true, depthwise: depthwise, pointwise: product, addShift: addShift}
	switch {
	case backend.String() == gobackend.BackendName:
		f.planes = inference // of EfficientNet-Lite; see [Spec.Infer]
	case onGPU(backend):
		f.depthwise, f.addShift, f.byTaps = groupedDepthwise, plainAddShift, false
	case inference && engine.OneDNN(backend):
		// A convolution is one call then, with all that comes before the next. Training has to keep
		// what lies between.
		f.depthwise, f.pointwise = groupedDepthwise, convolved
	}
	return f
}

// onGPU goes by the name of XLA's plugin, as GoMLX does.
func onGPU(backend compute.Backend) bool {
	xla, ok := backend.(interface{ PluginName() string })
	return ok && !strings.Contains(strings.ToLower(filepath.Base(xla.PluginName())), "cpu")
}

// groupedDepthwise is [depthwise] as the engine's own convolution with a group per channel. Its
// gradients are those of depthwise: GoMLX would write them as a convolution per channel.
func groupedDepthwise(x, kernel *Node, stride int, pad Padding) *Node {
	k, dims := kernel.Shape().Dimensions[0], x.Shape().Dimensions
	lowH, highH := pad.of(dims[1], k, stride)
	lowW, highW := pad.of(dims[2], k, stride)
	y, _ := InternalFusedOpCaller(
		func() *Node {
			return Convolve(x, Reshape(kernel, k, k, 1, dims[3])).ChannelGroupCount(dims[3]).
				StridePerAxis(stride, stride).PaddingPerDim([][2]int{{lowH, highH}, {lowW, highW}}).Done()
		},
		func() *Node { return depthwise(x, kernel, stride, pad) },
		true)
	return y
}

// plainAddShift adds shift `[channels]` to x `[..., channels]`, with the engine's own reduction for
// its gradient.
func plainAddShift(x, shift *Node) *Node { return Add(x, ExpandLeftToRank(shift, x.Rank())) }

// product is the 1x1 convolution of x `[..., in]` with kernel `[in, out]` as one matrix product,
// which is the form that XLA runs fastest where it does not hand convolutions to a library.
func product(x, kernel *Node) *Node {
	dims := slices.Clone(x.Shape().Dimensions)
	last := len(dims) - 1
	y := Dot(Reshape(x, x.Shape().Size()/dims[last], dims[last]), kernel).Product()
	dims[last] = kernel.Shape().Dimensions[1]
	return Reshape(y, dims...)
}

// convolved is [product] as the engine's own convolution, for images.
func convolved(x, kernel *Node) *Node {
	if x.Rank() != 4 {
		return product(x, kernel)
	}
	return Convolve(x, ExpandLeftToRank(kernel, 4)).Done()
}
