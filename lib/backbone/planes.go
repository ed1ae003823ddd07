package backbone

import (
	"fmt"
	"runtime"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
)

// planes builds the inference graph of a network for GoMLX's pure Go engine. There, matrix products
// and copies of whole rows are fast, while slices, broadcasts and its own convolution go number by
// number, up to 15 times as slow. So an image is a matrix of channels by pixels and every
// convolution a product with it: a 1x1 one as it is, a depthwise one by channel on copies of the
// plane that are moved by each tap. A last row of ones lets the products add the shift.
//
// Only products use all cores. So as many images as there are cores are computed beside each other,
// or groups of channels between the products of a block where images are fewer. More would not be
// faster, and the engine (gomlx/compute v0.1.6) comes to a standstill when as many products as it
// has workers, two for each core, wait for a worker that is free.
type planes struct {
	Spec
	scope    *model.Scope
	graph    *Graph
	constant map[string]*Node // by what they are
	groups   int              // of channels, that are computed beside each other
}

// inPlanes runs stages [from, to) on x, as [Spec.Infer] does.
func (s Spec) inPlanes(scope *model.Scope, x *Node, from, to int) *Node {
	if from >= to {
		return x
	}
	batch, cores := x.Shape().Dimensions[0], runtime.GOMAXPROCS(0)
	p := planes{Spec: s, scope: scope, graph: x.Graph(), constant: map[string]*Node{}, groups: max(1, cores/batch)}
	var images []*Node
	for i := range batch {
		image := x
		if batch > 1 {
			image = after(Slice(x, AxisElem(i)), images, cores)
		}
		images = append(images, p.image(image, from, to))
	}
	return Concatenate(images, 0)
}

// after is x, as soon as the last but n-1 of what came before it is computed.
func after(x *Node, before []*Node, n int) *Node {
	if len(before) < n {
		return x
	}
	return SchedulingBarrier(x, before[len(before)-n])
}

// image runs stages [from, to) on one image `[1, height, width, channels]`.
func (p planes) image(x *Node, from, to int) *Node {
	dims := x.Shape().Dimensions
	if from == 0 {
		x = p.normalise(x)
	}
	x = Reshape(TransposeAllAxes(x, 0, 3, 1, 2), dims[3], dims[1], dims[2])
	for stage := from; stage < to; stage++ {
		switch {
		case stage == 0:
			x = p.stem(x)
		case stage <= len(p.Groups):
			for j, b := range p.Blocks(stage - 1) {
				x = p.block(fmt.Sprintf("stage%d.%d", stage, j), b, x)
			}
		default:
			dims := x.Shape().Dimensions
			y := relu6(p.product("top", Reshape(x, dims[0], dims[1]*dims[2])))
			return Reshape(ReduceMean(y, 1), 1, p.Features)
		}
	}
	return TransposeAllAxes(InsertAxes(x, 0), 0, 2, 3, 1)
}

// stem convolves x `[3, height, width]` to `[StemWidth, height/2, width/2]`.
func (p planes) stem(x *Node) *Node {
	dims := x.Shape().Dimensions
	lowH, highH := samePadding(dims[1], 3, 2)
	lowW, highW := samePadding(dims[2], 3, 2)
	h, w := (dims[1]+1)/2, (dims[2]+1)/2
	x = Pad(x, ScalarZero(p.graph, x.DType()), PadAxis{}, PadAxis{Start: lowH, End: highH}, PadAxis{Start: lowW,
		End: highW})
	var taps []*Node
	for i := range 3 {
		for j := range 3 {
			seen := Slice(x, AxisRange(), AxisRange(i, i+2*h-1).Stride(2), AxisRange(j, j+2*w-1).Stride(2))
			taps = append(taps, Reshape(seen, dims[0], h*w))
		}
	}
	return Reshape(relu6(p.product("stem", taps...)), p.StemWidth, h, w)
}

// block is one inverted-residual block on x `[In, height, width]`.
func (p planes) block(name string, b Block, x *Node) *Node {
	dims := x.Shape().Dimensions
	h, w := dims[1], dims[2]
	in := Reshape(x, b.In, h*w)
	if b.Expand != 1 {
		in = p.withOnes(in)
	}
	var parts []*Node
	for _, g := range channelGroups(b, h, w) {
		y := after(in, parts, p.groups)
		if b.Expand == 1 {
			y = Slice(y, AxisRange(g.from, g.to))
		} else {
			y = relu6(Dot(p.matrix(name+".expand", g), y).Product())
		}
		y = relu6(p.depthwise(name+".depthwise", g, Reshape(y, g.to-g.from, h, w), b.Kernel, b.Stride))
		parts = append(parts, Reshape(y, g.to-g.from, y.Shape().Size()/(g.to-g.from)))
	}
	y := p.product(name+".project", parts...)
	y = Reshape(y, b.Out, (h+b.Stride-1)/b.Stride, (w+b.Stride-1)/b.Stride)
	if b.Stride == 1 && b.In == b.Out {
		y = Add(x, y)
	}
	return y
}

// product is a 1x1 convolution of the rows of all parts, each `[rows, pixels]`, with its batch
// norm.
func (p planes) product(name string, parts ...*Node) *Node {
	out := p.variable(p.scope, name+".shift").Shape().Size()
	return Dot(p.matrix(name, channels{0, out}), p.withOnes(parts...)).Product()
}

// withOnes puts the parts, each `[rows, pixels]`, and a row of ones below each other.
func (p planes) withOnes(parts ...*Node) *Node {
	return Concatenate(append(parts, p.filled(1, 1, parts[0].Shape().Dimensions[1])), 0)
}

// filled is a matrix `[rows, columns]` of one value.
func (p planes) filled(value float32, rows, columns int) *Node {
	key := fmt.Sprint(value, rows, columns)
	if p.constant[key] == nil {
		data := make([]float32, rows)
		for i := range data {
			data[i] = value
		}
		first := ConstTensor(p.graph, tensors.FromFlatDataAndDimensions(data, rows, 1))
		p.constant[key] = Pad(first, Const(p.graph, value), PadAxis{}, PadAxis{End: columns - 1})
	}
	return p.constant[key]
}

// matrix is a convolution as a matrix `[channels of g, taps+1]`; the last column is the shift. It
// is computed here and now, since the engine would compute it anew at every call.
func (p planes) matrix(name string, g channels) *Node {
	key := fmt.Sprint(name, g)
	if p.constant[key] != nil {
		return p.constant[key]
	}
	kernel, shift := p.variable(p.scope, name+".kernel").MustValue(), p.variable(p.scope, name+".shift").MustValue()
	matrix := MustExecOnce(p.graph.Backend(), func(kernel, shift *Node) *Node {
		out := shift.Shape().Size()
		kernel = Reshape(kernel, kernel.Shape().Size()/out, out)
		return Slice(Transpose(Concatenate([]*Node{kernel, Reshape(shift, 1, out)}, 0), 0, 1), AxisRange(g.from, g.to))
	}, kernel, shift)
	p.constant[key] = ConstTensor(p.graph, matrix)
	return p.constant[key]
}
