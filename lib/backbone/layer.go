package backbone

import (
	. "github.com/gomlx/gomlx/core/graph"
)

// Layer is one operation of a network: [Conv], [Pooling], [Residual], [Parallel], [SqueezeExcite],
// [LayerNorm], [LayerScale], [Attention], [Tokens] or [Pool]. Parameters, shapes and cost follow
// from the shape of its input; exporters switch over the type.
type Layer interface {
	// Out is the shape of the result for an input of shape in, both without the batch:
	// `[height, width, channels]`, `[tokens, width]` or `[features]`.
	Out(in []int) []int
	// parameters calls add for each parameter.
	parameters(in []int, add func(Param))
	// multiplyAdds counts multiplications with an addition, for one image.
	multiplyAdds(in []int) int64
	// build runs the layer on x, whose first axis is the batch.
	build(w walk, x *Node) *Node
}

// Stage is a part of a network that is trained or frozen as a whole.
type Stage struct {
	Name   string
	Layers []Layer
}

// Param is one tensor of a network.
type Param struct {
	Name  string
	Shape []int
	Keys  Keys
}

// Keys are the names of one thing in published files, one for each of the family's layouts.
type Keys []string

// with is the keys of a part of what k names.
func (k Keys) with(part string) Keys {
	out := make(Keys, len(k))
	for i := range k {
		out[i] = k[i] + part
	}
	return out
}

// Padding is how many zeros a convolution adds to each end of an axis, or [Same].
type Padding int

// Same is TensorFlow's padding: an axis becomes as long as it was, divided by the stride and
// rounded up. Of an odd number of zeros the low end gets one less.
const Same Padding = -1

// of is the padding of an axis of n pixels.
func (p Padding) of(n, kernel, stride int) (low, high int) {
	if p == Same {
		return samePadding(n, kernel, stride)
	}
	return int(p), int(p)
}

// out is the length of an axis of n pixels after a convolution.
func (p Padding) out(n, kernel, stride int) int {
	low, high := p.of(n, kernel, stride)
	return (n+low+high-kernel)/stride + 1
}

// last is the number of channels of a shape.
func last(shape []int) int { return shape[len(shape)-1] }

// size is the number of values of a shape.
func size(shape []int) int64 {
	n := int64(1)
	for _, d := range shape {
		n *= int64(d)
	}
	return n
}

// outOf is the shape after several layers.
func outOf(layers []Layer, in []int) []int {
	for _, l := range layers {
		in = l.Out(in)
	}
	return in
}

// each calls visit for several layers with the shapes of their inputs.
func each(layers []Layer, in []int, visit func(l Layer, in []int)) {
	for _, l := range layers {
		visit(l, in)
		in = l.Out(in)
	}
}

// costOf sums the cost of several layers.
func costOf(layers []Layer, in []int) (sum int64) {
	each(layers, in, func(l Layer, in []int) { sum += l.multiplyAdds(in) })
	return sum
}

func parametersOf(layers []Layer, in []int, add func(Param)) {
	each(layers, in, func(l Layer, in []int) { l.parameters(in, add) })
}

// Pooling is the maximum over windows.
type Pooling struct {
	Kernel, Stride, Pad int
	Ceil                bool // a last window that begins inside counts, though it is not whole
}

// high is the padding of the high end of an axis of n pixels.
func (m Pooling) high(n int) int {
	rest := (n + 2*m.Pad - m.Kernel) % m.Stride
	if m.Ceil && rest != 0 && n+2*m.Pad-rest+m.Stride-m.Kernel < n+m.Pad {
		return m.Pad + m.Stride - rest
	}
	return m.Pad
}

// Out implements [Layer].
func (m Pooling) Out(in []int) []int {
	side := func(n int) int { return (n+m.Pad+m.high(n)-m.Kernel)/m.Stride + 1 }
	return []int{side(in[0]), side(in[1]), in[2]}
}
func (m Pooling) parameters([]int, func(Param)) {}
func (m Pooling) multiplyAdds([]int) int64      { return 0 }
func (m Pooling) build(_ walk, x *Node) *Node {
	dims := x.Shape().Dimensions
	pads := [][2]int{{m.Pad, m.high(dims[1])}, {m.Pad, m.high(dims[2])}}
	return MaxPool(x).Window(m.Kernel).Strides(m.Stride).PaddingPerDim(pads).Done()
}

// Residual adds what Body makes of its input to the input, or to what Shortcut makes of it.
type Residual struct {
	Name           string
	Body, Shortcut []Layer
	Act            Activation // of the sum
}

// Out implements [Layer].
func (r Residual) Out(in []int) []int { return outOf(r.Body, in) }
func (r Residual) parameters(in []int, add func(Param)) {
	parametersOf(r.Body, in, add)
	parametersOf(r.Shortcut, in, add)
}
func (r Residual) multiplyAdds(in []int) int64 { return costOf(r.Body, in) + costOf(r.Shortcut, in) }
func (r Residual) build(w walk, x *Node) *Node {
	return w.seen(r.Name, r.Act.of(Add(w.layers(r.Shortcut, x), w.layers(r.Body, x))))
}

// Parallel puts the channels that its branches make of one input behind each other.
type Parallel struct {
	Name     string
	Branches [][]Layer
}

// Out implements [Layer].
func (p Parallel) Out(in []int) []int {
	out := []int{in[0], in[1], 0}
	for _, b := range p.Branches {
		out[2] += last(outOf(b, in))
	}
	return out
}
func (p Parallel) parameters(in []int, add func(Param)) {
	for _, b := range p.Branches {
		parametersOf(b, in, add)
	}
}
func (p Parallel) multiplyAdds(in []int) (sum int64) {
	for _, b := range p.Branches {
		sum += costOf(b, in)
	}
	return sum
}
func (p Parallel) build(w walk, x *Node) *Node {
	var parts []*Node
	for _, b := range p.Branches {
		parts = append(parts, w.layers(b, x))
	}
	return w.seen(p.Name, Concatenate(parts, -1))
}

// SqueezeExcite scales each channel by what two 1x1 convolutions make of the means of all channels
// (Hu et al. 2018).
type SqueezeExcite struct {
	Name           string
	Reduce, Expand Conv
}

// Out implements [Layer].
func (s SqueezeExcite) Out(in []int) []int { return in }
func (s SqueezeExcite) parts() []Layer     { return []Layer{s.Reduce, s.Expand} }
func (s SqueezeExcite) parameters(in []int, add func(Param)) {
	parametersOf(s.parts(), []int{last(in)}, add)
}
func (s SqueezeExcite) multiplyAdds(in []int) int64 { return costOf(s.parts(), []int{last(in)}) }
func (s SqueezeExcite) build(w walk, x *Node) *Node {
	factors := w.layers(s.parts(), meanPool(x))
	return w.seen(s.Name, Mul(x, InsertAxes(factors, 1, 1)))
}

// Pool ends in features: the mean over the image, or the class token.
type Pool struct {
	ClassToken bool // of tokens, the first
}

// Out implements [Layer].
func (p Pool) Out(in []int) []int            { return []int{last(in)} }
func (p Pool) parameters([]int, func(Param)) {}
func (p Pool) multiplyAdds([]int) int64      { return 0 }
func (p Pool) build(_ walk, x *Node) *Node {
	if p.ClassToken {
		return Reshape(Slice(x, AxisRange(), AxisRange(0, 1)), x.Shape().Dimensions[0], x.Shape().Dimensions[2])
	}
	return meanPool(x)
}
