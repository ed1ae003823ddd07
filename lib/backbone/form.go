package backbone

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/gobackend"
	. "github.com/gomlx/gomlx/core/graph"

	"imagelab/lib/engine"
	"imagelab/lib/text"
)

// form says which operations a network's graph is built from. Every form computes the same numbers;
// each engine runs another one fastest.
type form struct {
	inference bool // the weights are folded, and nothing needs a gradient
	planes    bool // written by planes, and the rest does not matter
	flat      bool // the optimiser takes one pass over a vector of all parameters
	depthwise func(x, kernel *Node, stride int, pad Padding) *Node
	pointwise func(x, kernel *Node) *Node
	convolve  func(x, kernel *Node, stride int, pad Padding) *Node // all others; kernel `[k, k, in, out]`
	addShift  func(x, shift *Node) *Node
}

// formOf chooses the form for an engine. No other code that builds graphs looks at the engine.
func formOf(backend compute.Backend, inference bool, precision string) form {
	f := form{inference: inference, depthwise: depthwise, pointwise: product, convolve: tapsOfFew, addShift: addShift}
	switch {
	case backend.String() == gobackend.BackendName:
		f.planes = inference // of EfficientNet-Lite; see [Spec.Infer]
	case engine.OnGPU(backend) && engine.Effective(backend, precision) == engine.Float32:
		// Convolutions are TF32 there, and go-xla cannot ask for more. Products can be exact.
		f.convolve, f.addShift = patches, plainAddShift
	case engine.OnGPU(backend):
		f.depthwise, f.convolve, f.addShift = groupedDepthwise, convolve, plainAddShift
	case inference && engine.OneDNN(backend) && precision != engine.BFloat16:
		// A convolution is one call then, with all that comes before the next. Training has to keep
		// what lies between. XLA does not hand those of bfloat16 to oneDNN.
		f.depthwise, f.pointwise = depthwiseOfOneDNN, pointwiseOfOneDNN
	}
	if asked := os.Getenv(FormVar); asked != "" {
		f.ask(asked)
	}
	return f
}

// FormVar names an environment variable that chooses operations in place of formOf, to time them
// against each other: pairs such as "depthwise=fused,pointwise=conv,conv=patches,shift=plain". It
// is for measurements.
const FormVar = "IMAGELAB_FORM"

// ask sets what the value of FormVar names. It panics where that is no form.
func (f *form) ask(value string) {
	f.planes = false
	for pair := range strings.SplitSeq(value, ",") {
		switch strings.TrimSpace(pair) {
		case "depthwise=grouped":
			f.depthwise = groupedDepthwise
		case "depthwise=shifted":
			f.depthwise = depthwise
		case "depthwise=fused":
			f.depthwise = fusedDepthwise
		case "pointwise=product":
			f.pointwise = product
		case "pointwise=conv":
			f.pointwise = convolved
		case "conv=conv":
			f.convolve = convolve
		case "conv=taps":
			f.convolve = tapsOfFew
		case "conv=patches":
			f.convolve = patches
		case "adamw=each":
			f.flat = false
		case "adamw=flat":
			f.flat = true
		case "shift=plain":
			f.addShift = plainAddShift
		case "shift=product":
			f.addShift = addShift
		default:
			panic(fmt.Errorf("backbone: %s: there is no form %s; known are depthwise=grouped|shifted|fused, "+
				"pointwise=product|conv, conv=conv|taps|patches, shift=plain|product and adamw=each|flat", FormVar,
				text.Name(pair)))
		}
	}
}

// FlatUpdate says that the optimiser is written as one pass over a vector of all parameters on a
// backend. None does so unless [FormVar] asks: it is to be measured on GPUs. It panics where the
// variable names no form.
func FlatUpdate(backend compute.Backend) bool { return formOf(backend, false, engine.Float32).flat }

// convolve is the engine's own convolution of x `[batch, height, width, in]`.
func convolve(x, kernel *Node, stride int, pad Padding) *Node {
	return convolution(x, kernel, stride, pad).Done()
}

// convolution is [convolve], of which more can be asked.
func convolution(x, kernel *Node, stride int, pad Padding) *ConvolutionBuilder {
	dims, k := x.Shape().Dimensions, kernel.Shape().Dimensions[0]
	lowH, highH := pad.of(dims[1], k, stride)
	lowW, highW := pad.of(dims[2], k, stride)
	return Convolve(x, kernel).StridePerAxis(stride, stride).PaddingPerDim([][2]int{{lowH, highH}, {lowW, highW}})
}

// tapsOfFew is [convolvedByTaps] or, where windows do not overlap, [blocks], if the output has few
// pixels, else [convolve].
func tapsOfFew(x, kernel *Node, stride int, pad Padding) *Node {
	dims, k := x.Shape().Dimensions, kernel.Shape().Dimensions[0]
	switch few := pad.out(dims[1], k, stride)*pad.out(dims[2], k, stride) <= fewPixels; {
	case few && stride == k && pad == 0:
		return blocks(x, kernel)
	case few:
		return convolvedByTaps(x, kernel, stride, pad)
	}
	return convolve(x, kernel, stride, pad)
}

// blocks is [convolve] without padding, with a stride as long as the kernel, as one matrix product:
// a sum over the 16 x 16 taps of a vision transformer took XLA 20 seconds to compile.
func blocks(x, kernel *Node) *Node {
	dims, k := x.Shape().Dimensions, kernel.Shape().Dimensions
	high, wide := dims[1]/k[0], dims[2]/k[1]
	x = Slice(x, AxisRange(), AxisRange(0, high*k[0]), AxisRange(0, wide*k[1]), AxisRange())
	x = TransposeAllAxes(Reshape(x, dims[0], high, k[0], wide, k[1], dims[3]), 0, 1, 3, 2, 4, 5)
	return product(Reshape(x, dims[0], high, wide, k[0]*k[1]*k[2]), Reshape(kernel, k[0]*k[1]*k[2], k[3]))
}

// patches is [convolve] as one matrix product of what each position sees.
func patches(x, kernel *Node, stride int, pad Padding) *Node {
	dims := kernel.Shape().Dimensions
	if stride == dims[0] && pad == 0 {
		return blocks(x, kernel)
	}
	var seen []*Node
	for _, window := range windows(x, dims[0], stride, pad, nil) {
		seen = append(seen, window)
	}
	return product(Concatenate(seen, -1), Reshape(kernel, dims[0]*dims[1]*dims[2], dims[3]))
}

// fusedDepthwise is [depthwise] without a barrier between padding and products, and with plain
// gradients: engines that fuse element-wise operations into one pass need no more.
func fusedDepthwise(x, kernel *Node, stride int, pad Padding) *Node {
	k := kernel.Shape().Dimensions[0]
	var sum *Node
	for n, window := range windows(x, k, stride, pad, nil) {
		sum = plus(sum, Mul(window, tap(kernel, n/k, n%k)))
	}
	return sum
}

// groupedDepthwise is [depthwise] as the engine's own convolution with a group per channel. Its
// gradients are those of depthwise: GoMLX would write them as a convolution per channel.
func groupedDepthwise(x, kernel *Node, stride int, pad Padding) *Node {
	k, channels := kernel.Shape().Dimensions[0], x.Shape().Dimensions[3]
	y, _ := InternalFusedOpCaller(
		func() *Node {
			return convolution(x, Reshape(kernel, k, k, 1, channels), stride, pad).ChannelGroupCount(channels).Done()
		},
		func() *Node { return depthwise(x, kernel, stride, pad) },
		true)
	return y
}

// largeKernel is the side from which on oneDNN convolves each channel of one photo after another
// faster than of several photos at once: ConvNeXt-Tiny takes 163 to 175 ms a photo in batches of 8
// with all at once, and 0.88 times what the sum of shifted products takes with one after another
// (2 cores of an Intel Xeon).
const largeKernel = 7

// depthwiseOfOneDNN is [groupedDepthwise], for large kernels photo by photo.
func depthwiseOfOneDNN(x, kernel *Node, stride int, pad Padding) *Node {
	batch := x.Shape().Dimensions[0]
	if kernel.Shape().Dimensions[0] < largeKernel || batch == 1 {
		return groupedDepthwise(x, kernel, stride, pad)
	}
	photos := make([]*Node, batch)
	for i := range photos {
		photos[i] = groupedDepthwise(Slice(x, AxisRange(i, i+1)), kernel, stride, pad)
	}
	return Concatenate(photos, 0)
}

// pointwiseOfOneDNN is [convolved] for several photos and [product] for one, where it is faster: by
// up to a quarter for one photo of MobileNetV3-Small, and slower by an eighth for eight of
// EfficientNet-Lite0 (2 cores of an Intel Xeon).
func pointwiseOfOneDNN(x, kernel *Node) *Node {
	if x.Shape().Dimensions[0] == 1 {
		return product(x, kernel)
	}
	return convolved(x, kernel)
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
