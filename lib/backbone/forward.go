package backbone

import (
	"fmt"
	"math"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"imagelab/lib/engine"
)

// Forward runs stages [from, to) on x, whose shape is `[batch, ...Spec.Shape(from, size)]`,
// float32. For from = 0 x holds raw RGB pixel values in [0,255] and is normalised here. The
// parameters are variables of the scope, named as by [Load]. Batch norm always uses its stored
// statistics, as a scale and shift folded into the kernel before it, so its running mean and
// variance cannot move; gamma and beta take part in training. It panics when a variable is missing.
func (s Spec) Forward(scope *model.Scope, x *Node, from, to int) *Node {
	return s.walk(scope, x, false).stages(x, from, to)
}

// walk builds one graph of a network.
type walk struct {
	Spec
	form
	scope   *model.Scope
	observe func(name string, x *Node) // nil: nobody looks; see [Spec.Observe]
}

// walk begins a graph on the engine of x, in the form and the precision for it.
func (s Spec) walk(scope *model.Scope, x *Node, inference bool) walk {
	backend := x.Graph().Backend()
	engine.SetPrecision(backend, s.Precision)
	return walk{Spec: s, form: formOf(backend, inference, s.Precision), scope: scope}
}

func (w walk) stages(x *Node, from, to int) *Node {
	if from == 0 && to > 0 {
		x = w.seen("pixels", w.normalise(x))
	}
	for _, stage := range w.Network()[from:to] {
		x = w.layers(stage.Layers, x)
	}
	return x
}

// layers runs several layers after each other.
func (w walk) layers(layers []Layer, x *Node) *Node {
	for _, l := range layers {
		x = l.build(w, x)
	}
	return x
}

// seen shows an activation to who looks on.
func (w walk) seen(name string, x *Node) *Node {
	if w.observe != nil {
		w.observe(name, x)
	}
	return x
}

// normalise scales raw RGB values x `[batch, height, width, 3]` as the weights expect them.
func (s Spec) normalise(x *Node) *Node {
	mean, std := Const(x.Graph(), s.Mean[:]), Const(x.Graph(), s.Std[:])
	return Div(Sub(x, ExpandLeftToRank(mean, 4)), ExpandLeftToRank(std, 4))
}

// rounded is a convolution of float32 that multiplies in bfloat16 where the precision says so: its
// factors and its result are rounded to it, and so are their gradients. All that lies between
// convolutions stays float32.
func (w walk) rounded(convolve func(x, kernel *Node) *Node) func(x, kernel *Node) *Node {
	if w.Precision != engine.BFloat16 {
		return convolve
	}
	return func(x, kernel *Node) *Node {
		return ConvertDType(convolve(ConvertDType(x, dtypes.BFloat16), ConvertDType(kernel, dtypes.BFloat16)), x.DType())
	}
}

// value is a parameter in x's graph.
func (w walk) value(x *Node, name string) *Node {
	return w.variable(w.scope, name).NodeValue(x.Graph())
}

// variable finds a parameter, and panics when the scope has none of this name.
func (s Spec) variable(scope *model.Scope, name string) *model.Variable {
	v := scope.GetVariable(name)
	if v == nil {
		panic(fmt.Errorf("backbone: %s has no weights %q", s.Name, name))
	}
	return v
}

func relu6(x *Node) *Node { return ClipScalar(x, 0, 6) }

// samePadding is TensorFlow's "same" padding of one axis, low half first.
func samePadding(n, kernel, stride int) (low, high int) {
	out := int(math.Ceil(float64(n) / float64(stride)))
	total := max((out-1)*stride+kernel-n, 0)
	return total / 2, total - total/2
}
