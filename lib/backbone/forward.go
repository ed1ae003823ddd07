package backbone

import (
	"fmt"
	"math"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// Forward runs stages [from, to) on x, whose shape is `[batch, ...Spec.Shape(from, size)]`, float32. For from = 0 x holds
// raw RGB pixel values in [0,255] and is normalised here. The parameters are variables of the scope, named as by [Load].
// Batch norm always uses its stored statistics, as a scale and shift folded into the kernel before it, so its running
// mean and variance cannot move; gamma and beta take part in training. It panics when a variable is missing.
func (s Spec) Forward(scope *model.Scope, x *Node, from, to int) *Node {
	for stage := from; stage < to; stage++ {
		switch {
		case stage == 0:
			x = s.stem(scope, x)
		case stage <= len(s.Groups):
			for j, b := range s.Blocks(stage - 1) {
				x = s.block(scope, fmt.Sprintf("stage%d.%d", stage, j), b, x)
			}
		default:
			x = s.top(scope, x)
		}
	}
	return x
}

func (s Spec) stem(scope *model.Scope, x *Node) *Node {
	g := x.Graph()
	mean, std := Const(g, s.Mean[:]), Const(g, s.Std[:])
	x = Div(Sub(x, ExpandLeftToRank(mean, 4)), ExpandLeftToRank(std, 4))
	kernel, shift := s.folded(scope, x, "stem", "stem_bn")
	low, high := samePadding(x.Shape().Dimensions[1], 3, 2)
	y := Convolve(x, kernel).StridePerAxis(2, 2).PaddingPerDim([][2]int{{low, high}, {low, high}}).Done()
	return relu6(Add(y, ExpandLeftToRank(shift, 4)))
}

func (s Spec) block(scope *model.Scope, name string, b Block, x *Node) *Node {
	y := x
	if b.Expand != 1 {
		y = relu6(s.pointwise(scope, name+".expand", y))
	}
	kernel, shift := s.folded(scope, y, name+".depthwise", name+".depthwise_bn")
	y = relu6(addShift(depthwise(y, kernel, b.Stride), shift))
	y = s.pointwise(scope, name+".project", y)
	if b.Stride == 1 && b.In == b.Out {
		y = Add(x, y)
	}
	return y
}

func (s Spec) top(scope *model.Scope, x *Node) *Node {
	y := relu6(s.pointwise(scope, "top", x))
	return meanPool(y)
}

// pointwise is a 1x1 convolution with its batch norm, written as one matrix product, which is the form that both XLA
// and the pure Go engine run fastest.
func (s Spec) pointwise(scope *model.Scope, name string, x *Node) *Node {
	kernel, shift := s.folded(scope, x, name, name+"_bn")
	dims := x.Shape().Dimensions
	rows := dims[0] * dims[1] * dims[2]
	y := Dot(Reshape(x, rows, dims[3]), kernel).Product()
	return addShift(Reshape(y, dims[0], dims[1], dims[2], kernel.Shape().Dimensions[1]), shift)
}

// folded returns the kernel of a convolution multiplied by the scale of the batch norm after it, and the shift that is
// left to add. The output channel is the kernel's last axis. Folding in the graph makes the gradient of the
// scale a sum over the small kernel in place of one over batch, height and width.
func (s Spec) folded(scope *model.Scope, x *Node, conv, bn string) (kernel, shift *Node) {
	g := x.Graph()
	value := func(name string) *Node {
		v := scope.GetVariable(name)
		if v == nil {
			panic(fmt.Errorf("backbone: %s has no weights %q", s.Name, name))
		}
		return v.NodeValue(g)
	}
	scale := Mul(value(bn+".gamma"), Rsqrt(AddScalar(value(bn+".variance"), s.Epsilon)))
	shift = Sub(value(bn+".beta"), Mul(value(bn+".mean"), scale))
	kernel = value(conv + ".kernel")
	return Mul(kernel, ExpandLeftToRank(scale, kernel.Rank())), shift
}

func relu6(x *Node) *Node { return ClipScalar(x, 0, 6) }

// samePadding is TensorFlow's "same" padding of one axis, low half first.
func samePadding(n, kernel, stride int) (low, high int) {
	out := int(math.Ceil(float64(n) / float64(stride)))
	total := max((out-1)*stride+kernel-n, 0)
	return total / 2, total - total/2
}
