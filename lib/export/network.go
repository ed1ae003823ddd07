package export

import (
	"fmt"

	"imagelab/lib/backbone"
	"imagelab/lib/internal/safetensors"
)

// writer writes the layers of a network. Activations are `[batch, channels, height, width]`,
// `[batch, tokens, width]` or `[batch, features]`, and bear the names of [backbone.Spec.Observe].
type writer struct {
	graph
	weights backbone.Weights // folded
}

// network is the network from normalised pixels `[batch, 3, size, size]` to pooled features
// `[batch, features]`.
func (g graph) network(x string, s backbone.Spec, size int, folded backbone.Weights) string {
	w, shape := writer{g, folded}, []int{size, size, 3}
	for _, stage := range s.Network() {
		x = w.layers(stage.Layers, x, shape)
		for _, l := range stage.Layers {
			shape = l.Out(shape)
		}
	}
	return g.node("Identity", "features", []string{x})
}

// layers writes several layers for an input of a shape, `[height, width, channels]`, `[tokens,
// width]` or `[features]`.
func (w writer) layers(layers []backbone.Layer, x string, in []int) string {
	for _, l := range layers {
		x = w.layer(l, x, in)
		in = l.Out(in)
	}
	return x
}

func (w writer) layer(layer backbone.Layer, x string, in []int) string {
	switch l := layer.(type) {
	case backbone.Conv:
		return w.convolution(l, x, in)
	case backbone.Pooling:
		p := padding{int64(l.Pad), int64((l.Out(in)[0]-1)*l.Stride + l.Kernel - in[0] - l.Pad)}
		return w.maxPool(w.fresh("pool"), x, int64(l.Kernel), int64(l.Stride), p, false)
	case backbone.Residual:
		y := w.layers(l.Body, x, in)
		return w.activated(l.Act, l.Name, func(name string) string { return w.add(name, w.layers(l.Shortcut, x, in), y) })
	case backbone.Parallel:
		var parts []string
		for _, b := range l.Branches {
			parts = append(parts, w.layers(b, x, in))
		}
		return w.node("Concat", l.Name, parts, intAttribute("axis", 1))
	case backbone.SqueezeExcite:
		reduce, expand := l.Reduce.Name, l.Expand.Name
		return w.squeezeExcite(l.Name, x, pointwise(w.weights[reduce+".kernel"]), pointwise(w.weights[expand+".kernel"]),
			w.weights[reduce+".bias"].Data, w.weights[expand+".bias"].Data, activations[l.Reduce.Act], activations[l.Expand.Act])
	case backbone.LayerNorm:
		return w.layerNorm(l, x, in)
	case backbone.LayerScale:
		return w.node("Mul", l.Name, []string{x, w.channels(l.Name+".gamma", in)})
	case backbone.Attention:
		return w.attention(l, x, in)
	case backbone.Tokens:
		return w.tokens(l, x, in)
	case backbone.Pool:
		if l.ClassToken {
			return w.node("Gather", w.fresh("token"), []string{x, w.constant(scalar(w.fresh("first"), 0))},
				intAttribute("axis", 1))
		}
		return w.node("Flatten", w.fresh("pooled"), []string{w.meanPool(w.fresh("mean"), x)})
	}
	panic(fmt.Errorf("export: a layer of type %T", layer)) // each type of package backbone stands above
}

// fresh is a name for what has none.
func (w writer) fresh(what string) string {
	return fmt.Sprintf("%s%d", what, len(w.Node)+len(w.Initializer))
}

// activations are the functions by the names that package backbone gives them.
var activations = map[backbone.Activation]activation{
	backbone.ActLinear: linear, backbone.ActReLU: relu, backbone.ActReLU6: relu6,
	backbone.ActSwish: swish, backbone.ActHardSwish: hardSwish,
	backbone.ActSigmoid: sigmoid, backbone.ActHardSigmoid: hardSigmoid, backbone.ActGELU: gelu}

// activated gives what make writes the name, or the function of it.
func (w writer) activated(f backbone.Activation, name string, make func(name string) string) string {
	if f == backbone.ActLinear {
		return make(name)
	}
	return w.activate(activations[f], name, make(name+".in"))
}

// convolution writes a convolution, or, for what is no image, a product with a matrix.
func (w writer) convolution(c backbone.Conv, x string, in []int) string {
	kernel, bias := w.weights[c.Name+".kernel"], w.weights[c.Name+".bias"].Data
	if c.NormKeys != nil {
		bias = w.weights[c.Name+".shift"].Data
	}
	if len(in) < 3 {
		return w.activated(c.Act, c.Name, func(name string) string {
			product := w.node("MatMul", name+".product",
				[]string{x, w.floats(c.Name+".weight", dims(kernel.Shape), kernel.Data...)})
			return w.node("Add", name, []string{product, w.floats(c.Name+".bias", []int64{int64(len(bias))}, bias...)})
		})
	}
	groups, stride := int64(1), int64(max(c.Stride, 1))
	switch len(kernel.Shape) {
	case 2:
		kernel = pointwise(kernel)
	case 3:
		kernel = kernel.Transposed(2, 0, 1)
		groups = int64(kernel.Shape[0])
		kernel.Shape = []int{kernel.Shape[0], 1, kernel.Shape[1], kernel.Shape[2]}
	default:
		kernel = kernel.Transposed(3, 2, 0, 1)
	}
	p := padding{int64(c.Pad), int64(c.Pad)}
	if c.Pad == backbone.Same {
		p = samePadding(int64(in[0]), int64(kernel.Shape[2]), stride)
	}
	return w.convolved(c.Name, x, kernel, bias, stride, groups, p, activations[c.Act])
}

// pointwise is a kernel `[in, out]` as one of a convolution.
func pointwise(kernel safetensors.Tensor) safetensors.Tensor {
	kernel = kernel.Transposed(1, 0)
	kernel.Shape = append(kernel.Shape, 1, 1)
	return kernel
}

// channels is a vector with a value for each channel of an activation.
func (w writer) channels(name string, in []int) string {
	values := w.weights[name].Data
	shape := []int64{int64(len(values))}
	if len(in) == 3 {
		shape = append(shape, 1, 1)
	}
	return w.floats(name, shape, values...)
}
