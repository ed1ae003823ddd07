package finetune

import (
	"strings"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"imagelab/lib/internal/network"
)

const (
	beta1, beta2, adamEpsilon = 0.9, 0.999, 1e-8
)

// update is the optimiser's part of a training step: AdamW (Loshchilov and Hutter 2019). Kernels
// are decayed, and the classifier has a learning rate of its own.
type update struct {
	scope              *model.Scope
	names              []string // of the trained tensors
	lr, headLR, decay  *Node    // scalars
	correct1, correct2 *Node    // of the moments' bias, scalars
}

// correct takes the number of the step, counted from 1.
func (u *update) correct(step *Node) {
	u.correct1 = OneMinus(Pow(Scalar(step.Graph(), network.Float32, beta1), step))
	u.correct2 = OneMinus(Pow(Scalar(step.Graph(), network.Float32, beta2), step))
}

// adamW gives a tensor and its moments after a step, element by element. decay is nil for none.
func (u *update) adamW(value, gradient, m, v, lr, decay *Node) (value2, m2, v2 *Node) {
	m = Add(MulScalar(m, beta1), MulScalar(gradient, 1-beta1))
	v = Add(MulScalar(v, beta2), MulScalar(Square(gradient), 1-beta2))
	step := Div(Div(m, u.correct1), AddScalar(Sqrt(Div(v, u.correct2)), adamEpsilon))
	if decay != nil {
		step = Add(step, Mul(value, decay))
	}
	return Sub(value, Mul(step, lr)), m, v
}

// rate is the learning rate of a tensor.
func (u *update) rate(name string) *Node {
	if strings.HasPrefix(name, "head.") {
		return u.headLR
	}
	return u.lr
}

func decays(name string) bool { return strings.HasSuffix(name, ".kernel") }

// each updates one tensor after the other, which the engine may fuse.
func (u *update) each(values, gradients []*Node) {
	g := values[0].Graph()
	for i, name := range u.names {
		m, v := u.scope.GetVariable("m:"+name), u.scope.GetVariable("v:"+name)
		var decay *Node
		if decays(name) {
			decay = u.decay
		}
		value, m2, v2 := u.adamW(values[i], gradients[i], m.NodeValue(g), v.NodeValue(g), u.rate(name), decay)
		u.scope.GetVariable(name).SetNodeValue(value)
		m.SetNodeValue(m2)
		v.SetNodeValue(v2)
	}
}

// flat updates all tensors in one pass over a vector of all their elements, for engines on which
// starting many small operations costs more than copying. The numbers are those of each.
func (u *update) flat(values, gradients []*Node) {
	g := values[0].Graph()
	var moments, squares, rates, decay []*Node
	for i, name := range u.names {
		moments = append(moments, u.scope.GetVariable("m:"+name).NodeValue(g))
		squares = append(squares, u.scope.GetVariable("v:"+name).NodeValue(g))
		n := values[i].Shape().Size()
		rates = append(rates, BroadcastToDims(u.rate(name), n))
		share := u.decay
		if !decays(name) {
			share = ZerosLike(share)
		}
		decay = append(decay, BroadcastToDims(share, n))
	}
	value, m, v := u.adamW(joined(values), joined(gradients), joined(moments), joined(squares), joined(rates),
		joined(decay))
	from := 0
	for i, name := range u.names {
		shape := values[i].Shape()
		part := func(x *Node) *Node { return Reshape(Slice(x, AxisRange(from, from+shape.Size())), shape.Dimensions...) }
		u.scope.GetVariable(name).SetNodeValue(part(value))
		u.scope.GetVariable("m:" + name).SetNodeValue(part(m))
		u.scope.GetVariable("v:" + name).SetNodeValue(part(v))
		from += shape.Size()
	}
}

// joined is one vector of the elements of all.
func joined(all []*Node) *Node {
	rows := make([]*Node, len(all))
	for i, x := range all {
		rows[i] = Reshape(x, x.Shape().Size())
	}
	return Concatenate(rows, 0)
}
