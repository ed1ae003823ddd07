package export

import (
	"math"

	"imagelab/lib/internal/safetensors"

	onnx "imagelab/lib/internal/onnxpb"
)

// Layers from which families of networks are put together. Activations are `[batch, channels,
// height, width]`.

// padding is what a convolution or pooling adds at the low and at the high end of both axes.
type padding struct{ low, high int64 }

// samePadding is TensorFlow's "same" padding of an axis of n pixels, low half first.
func samePadding(n, kernel, stride int64) padding {
	total := max(((n+stride-1)/stride-1)*stride+kernel-n, 0)
	return padding{total / 2, total - total/2}
}

// conv is a convolution with a kernel `[out, in/groups, height, width]` and a bias `[out]`.
func (g graph) conv(name, x string, kernel safetensors.Tensor, bias []float32, stride, groups int64, p padding) string {
	shape := dims(kernel.Shape)
	inputs := []string{x, g.floats(name+".weight", shape, kernel.Data...),
		g.floats(name+".bias", []int64{shape[0]}, bias...)}
	return g.node("Conv", name, inputs, intsAttribute("kernel_shape", shape[2:]...),
		intsAttribute("strides", stride, stride), intAttribute("group", groups),
		intsAttribute("pads", p.low, p.low, p.high, p.high))
}

// activation is a function that follows a convolution.
type activation string

// Activation functions.
const (
	linear      activation = ""
	relu        activation = "Relu"
	relu6       activation = "Clip"
	swish       activation = "Swish" // also called SiLU
	hardSwish   activation = "HardSwish"
	sigmoid     activation = "Sigmoid"
	gelu        activation = "Gelu"        // with the error function
	hardSigmoid activation = "HardSigmoid" // clip(x/6 + 1/2, 0, 1), as in MobileNetV3
)

// activate applies f to x. What comes before a function has the function's name and ".in".
func (g graph) activate(f activation, out, x string) string {
	switch f {
	case linear:
		return x
	case relu6:
		return g.node("Clip", out, []string{x, g.floats(out+".least", nil, 0), g.floats(out+".most", nil, 6)})
	case swish: // an operation of its own from opset 24 on
		return g.node("Mul", out, []string{x, g.node("Sigmoid", out+".sigmoid", []string{x})})
	case gelu: // an operation of its own from opset 20 on
		scaled := g.node("Mul", out+".scaled", []string{x, g.floats(out+".root", nil, math.Sqrt2/2)})
		more := g.node("Add", out+".more", []string{g.node("Erf", out+".erf", []string{scaled}),
			g.floats(out+".one", nil, 1)})
		return g.node("Mul", out, []string{g.node("Mul", out+".half", []string{x, g.floats(out+".share", nil, 0.5)}), more})
	case hardSigmoid:
		return g.node("HardSigmoid", out, []string{x}, floatAttribute("alpha", 1.0/6), floatAttribute("beta", 0.5))
	}
	return g.node(string(f), out, []string{x})
}

// convolved is a convolution and the activation function after it; the result has the name.
func (g graph) convolved(name, x string, kernel safetensors.Tensor, bias []float32, stride, groups int64, p padding,
	f activation) string {
	if f == linear {
		return g.conv(name, x, kernel, bias, stride, groups, p)
	}
	return g.activate(f, name, g.conv(name+".in", x, kernel, bias, stride, groups, p))
}

// add is the sum of a residual connection.
func (g graph) add(name, x, y string) string { return g.node("Add", name, []string{x, y}) }

// meanPool is the mean over height and width, `[batch, channels, 1, 1]`.
func (g graph) meanPool(name, x string) string { return g.node("GlobalAveragePool", name, []string{x}) }

// maxPool is the maximum over windows; ceil counts a last window that is not whole.
func (g graph) maxPool(name, x string, kernel, stride int64, p padding, ceil bool) string {
	attributes := []*onnx.AttributeProto{intsAttribute("kernel_shape", kernel, kernel),
		intsAttribute("strides", stride, stride), intsAttribute("pads", p.low, p.low, p.high, p.high)}
	if ceil {
		attributes = append(attributes, intAttribute("ceil_mode", 1))
	}
	return g.node("MaxPool", name, []string{x}, attributes...)
}

// squeezeExcite scales the channels of x by what two 1x1 convolutions make of their means (Hu et
// al. 2018).
func (g graph) squeezeExcite(name, x string, reduce, expand safetensors.Tensor, reduceBias, expandBias []float32, inner,
	gate activation) string {
	y := g.meanPool(name+".mean", x)
	y = g.convolved(name+".reduce", y, reduce, reduceBias, 1, 1, padding{}, inner)
	y = g.convolved(name+".expand", y, expand, expandBias, 1, 1, padding{}, gate)
	return g.node("Mul", name, []string{x, y})
}

// linearLayer is x `[batch, in]` times a kernel `[in, out]` plus a bias `[out]`.
func (g graph) linearLayer(name, x string, kernel safetensors.Tensor, bias []float32) string {
	return g.node("Gemm", name, []string{x, g.floats(name+".weight", dims(kernel.Shape), kernel.Data...),
		g.floats(name+".bias", []int64{int64(len(bias))}, bias...)})
}

func dims(shape []int) []int64 {
	out := make([]int64, len(shape))
	for i, d := range shape {
		out[i] = int64(d)
	}
	return out
}
