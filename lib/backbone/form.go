package backbone

import (
	"path/filepath"
	"strings"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/gobackend"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// form is how a network's graph is written. Every form gives the same numbers; engines differ in what they run fast.
type form struct {
	planes    bool // inference is written by planes, and the rest does not matter
	depthwise func(x, kernel *Node, stride int) *Node
	addShift  func(x, shift *Node) *Node
}

// formOf is the one place where a graph asks for the engine it is built for.
func (s Spec) formOf(scope *model.Scope, backend compute.Backend) form {
	f := form{depthwise: depthwise, addShift: addShift}
	switch {
	case backend.String() == gobackend.BackendName:
		// What planes prepares from the weights is computed once, so they have to be constants, as they are in inference.
		f.planes = scope.Store().VariablesAsConst() && s.Products == dtypes.InvalidDType
	case onGPU(backend):
		f = form{depthwise: groupedDepthwise, addShift: plainAddShift}
	}
	return f
}

// onGPU goes by the name of XLA's plugin, as GoMLX does.
func onGPU(backend compute.Backend) bool {
	xla, ok := backend.(interface{ PluginName() string })
	return ok && !strings.Contains(strings.ToLower(filepath.Base(xla.PluginName())), "cpu")
}

// groupedDepthwise is [depthwise] as the engine's own convolution with a group per channel. Its gradients are those of
// depthwise: GoMLX would write them as a convolution per channel.
func groupedDepthwise(x, kernel *Node, stride int) *Node {
	k, dims := kernel.Shape().Dimensions[0], x.Shape().Dimensions
	lowH, highH := samePadding(dims[1], k, stride)
	lowW, highW := samePadding(dims[2], k, stride)
	y, _ := InternalFusedOpCaller(
		func() *Node {
			return Convolve(x, Reshape(kernel, k, k, 1, dims[3])).ChannelGroupCount(dims[3]).
				StridePerAxis(stride, stride).PaddingPerDim([][2]int{{lowH, highH}, {lowW, highW}}).Done()
		},
		func() *Node { return depthwise(x, kernel, stride) },
		true)
	return y
}

// plainAddShift adds shift `[channels]` to x `[..., channels]`, with the engine's own reduction for its gradient.
func plainAddShift(x, shift *Node) *Node { return Add(x, ExpandLeftToRank(shift, x.Rank())) }
