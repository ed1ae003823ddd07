package backbone

import (
	"math"

	. "github.com/gomlx/gomlx/core/graph"
)

// Activation is a function of one value that follows a convolution.
type Activation string

// Activation functions.
const (
	ActLinear      Activation = ""
	ActReLU        Activation = "relu"
	ActReLU6       Activation = "relu6"        // at most 6
	ActSwish       Activation = "swish"        // x times its sigmoid; also called SiLU
	ActHardSwish   Activation = "hard-swish"   // x * clip(x+3, 0, 6) / 6 (Howard et al. 2019)
	ActSigmoid     Activation = "sigmoid"      //
	ActHardSigmoid Activation = "hard-sigmoid" // clip(x+3, 0, 6) / 6
	ActGELU        Activation = "gelu"         // with the error function, not its approximation by tanh
)

// of applies the function to x.
func (a Activation) of(x *Node) *Node {
	switch a {
	case ActReLU:
		return MaxScalar(x, 0)
	case ActReLU6:
		return relu6(x)
	case ActSwish:
		return Mul(x, Logistic(x))
	case ActHardSwish:
		return Mul(x, ActHardSigmoid.of(x))
	case ActSigmoid:
		return Logistic(x)
	case ActHardSigmoid:
		return MulScalar(relu6(AddScalar(x, 3)), 1.0/6)
	case ActGELU:
		return Mul(MulScalar(x, 0.5), AddScalar(Erf(MulScalar(x, math.Sqrt2/2)), 1))
	}
	return x
}

// curved reports whether the function is more than a clip, so that what it is given has to be
// known.
func (a Activation) curved() bool {
	switch a {
	case ActLinear, ActReLU, ActReLU6:
		return false
	}
	return true
}

// Conv is a convolution with its batch norm or bias and its activation function. With a kernel of 1
// it is a linear layer too, of `[tokens, width]`.
type Conv struct {
	Name           string
	Keys           Keys // of the kernel, and of the bias where there is one
	NormKeys       Keys // of the batch norm; nil: there is a bias in its place
	Width          int  // output channels; of a depthwise convolution, those of the input
	Kernel, Stride int  // pixels; both 0 for 1
	Pad            Padding
	Depthwise      bool // every channel has a kernel of its own
	Act            Activation
}

// normalised fills in what may be left out.
func (c Conv) normalised(in []int) Conv {
	c.Kernel, c.Stride = max(c.Kernel, 1), max(c.Stride, 1)
	if c.Depthwise {
		c.Width = last(in)
	}
	return c
}

// Out implements [Layer].
func (c Conv) Out(in []int) []int {
	c = c.normalised(in)
	out := append([]int{}, in...)
	out[len(out)-1] = c.Width
	for i := range out[:len(out)-1] {
		if c.Kernel > 1 || c.Stride > 1 {
			out[i] = c.Pad.out(in[i], c.Kernel, c.Stride)
		}
	}
	return out
}

// shape is that of the kernel: `[side, side, in, out]`, `[side, side, channels]` or `[in, out]`.
func (c Conv) shape(in []int) []int {
	switch c = c.normalised(in); {
	case c.Depthwise:
		return []int{c.Kernel, c.Kernel, c.Width}
	case c.pointwise():
		return []int{last(in), c.Width}
	}
	return []int{c.Kernel, c.Kernel, last(in), c.Width}
}

// pointwise reports whether the kernel is a matrix.
func (c Conv) pointwise() bool { return c.Kernel <= 1 && !c.Depthwise }

func (c Conv) parameters(in []int, add func(Param)) {
	width := []int{c.normalised(in).Width}
	add(Param{c.Name + ".kernel", c.shape(in), c.Keys.with(".weight")})
	if c.NormKeys == nil {
		add(Param{c.Name + ".bias", width, c.Keys.with(".bias")})
		return
	}
	for _, part := range normParts {
		add(Param{c.Name + "_bn." + part.ours, width, c.NormKeys.with("." + part.published)})
	}
}

// normParts are the parameters of a batch norm.
var normParts = []struct{ ours, published string }{
	{"gamma", "weight"}, {"beta", "bias"}, {"mean", "running_mean"}, {"variance", "running_var"},
}

func (c Conv) multiplyAdds(in []int) int64 {
	each := size(c.shape(in))
	if c.Depthwise {
		each /= int64(last(in))
	} else {
		each /= int64(c.Width)
	}
	return size(c.Out(in)) * each
}

func (c Conv) build(w walk, x *Node) *Node {
	y := w.biased(c, x, func(x, kernel *Node) *Node {
		stride := max(c.Stride, 1)
		switch {
		case c.Depthwise:
			return w.form.depthwise(x, kernel, stride, c.Pad)
		case c.pointwise() && stride == 1:
			return w.form.pointwise(x, kernel)
		case c.pointwise():
			kernel = ExpandLeftToRank(kernel, 4)
		}
		return w.form.convolve(x, kernel, stride, c.Pad)
	})
	if c.Act.curved() {
		w.seen(c.Name+".in", y)
	}
	return w.seen(c.Name, c.Act.of(y))
}

// fewPixels is the size of a result up to which XLA's CPU convolution is slower than a product
// for each tap of the kernel: 3 times with 512 channels at 7 x 7 pixels, 100 times at 2 x 2.
const fewPixels = 64

// convolvedByTaps is a convolution as a sum of products, one for each tap of the kernel.
func convolvedByTaps(x, kernel *Node, stride int, pad Padding) *Node {
	dims := kernel.Shape().Dimensions
	var sum *Node
	for n, window := range windows(x, dims[0], stride, pad, nil) {
		row, column := n/dims[0], n%dims[0]
		sum = plus(sum, product(window, Reshape(Slice(kernel, AxisElem(row), AxisElem(column)), dims[2], dims[3])))
	}
	return sum
}

// biased is a convolution and the batch norm or bias after it.
func (w walk) biased(c Conv, x *Node, convolve func(x, kernel *Node) *Node) *Node {
	kernel, shift := w.folded(c, x)
	return w.addShift(w.rounded(convolve)(x, kernel), shift)
}

// folded is a convolution's kernel with the scale of the batch norm after it, where the output
// channel is the last axis, and the shift. The gradient of the scale is then a sum over the small
// kernel in place of one over batch, height and width.
func (w walk) folded(c Conv, x *Node) (kernel, shift *Node) {
	kernel = w.value(x, c.Name+".kernel")
	switch {
	case c.NormKeys == nil:
		return kernel, w.value(x, c.Name+".bias")
	case w.inference:
		return kernel, w.value(x, c.Name+".shift")
	}
	norm := c.Name + "_bn."
	gamma, beta := w.value(x, norm+"gamma"), w.value(x, norm+"beta")
	mean, variance := w.value(x, norm+"mean"), w.value(x, norm+"variance")
	scale := Mul(gamma, Rsqrt(AddScalar(variance, w.Epsilon)))
	return Mul(kernel, ExpandLeftToRank(scale, kernel.Rank())), Sub(beta, Mul(mean, scale))
}
