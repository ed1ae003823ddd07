package export

import (
	"encoding/binary"
	"maps"
	"math"
	"slices"

	onnx "imagelab/lib/internal/onnxpb"
)

// Range is the span of an activation's values over photos, which holds 0, and the mean of each
// channel.
type Range struct {
	Low, High float64
	Means     []float64 // nil: not known
}

// quantised turns the convolutions and the products with weights of a float32 graph into integer
// arithmetic, in the form that runtimes look for: activations are rounded to 8 bits
// (QuantizeLinear) and read back (DequantizeLinear), and so are the kernels that are applied to
// one, by output channel (Jacob et al. 2018; Krishnamoorthi 2018). Activations are uint8 by their
// range, kernels int8 around 0, biases int32. Biases take back by how much the rounding of kernels
// moves the mean of each output (Nagel et al. 2019). The classifier stays float32: it is small. So
// do sums that only norms and other sums read, which are the long way through a transformer, and
// attention.
func quantised(g graph, ranges map[string]Range) graph {
	nodes := g.Node
	q := quantiser{g, rounded(nodes, ranges)}
	q.Node = nil
	for i, n := range nodes {
		in, ok := q.ranges[n.Input[0]]
		switch {
		case !ok:
		case n.OpType == "Conv":
			q.kernel(n, in)
		case n.OpType == "MatMul" && q.has(n.Input[1]):
			q.matrix(n, nodes[i+1], in)
		}
		for k, name := range n.Input {
			if _, ok := q.ranges[name]; ok {
				n.Input[k] = readBack(name)
			}
		}
		q.Node = append(q.Node, n)
		if r, ok := q.ranges[n.Output[0]]; ok {
			q.activation(n.Output[0], r)
		}
	}
	return q.graph
}

// rounded are the activations to round: those with a range that a layer with weights reads or a
// convolution makes, and sums of such. A maximum has the range of what it is taken over. What
// follows a mean over the image is small and stays float32, and so do the views of a photo, which
// the first convolution reads: in int8, EfficientNet-Lite0 named 9 of 11 photos as in float32.
func rounded(nodes []*onnx.NodeProto, ranges map[string]Range) map[string]Range {
	ranges, out := maps.Clone(ranges), map[string]Range{}
	keep := func(name string) {
		if r, ok := ranges[name]; ok {
			out[name] = r
		}
	}
	made, mean := map[string]bool{}, map[string]bool{} // from convolutions; from means
	for _, n := range nodes {
		in, result := n.Input[0], n.Output[0]
		mean[result] = mean[in] || n.OpType == "GlobalAveragePool"
		switch {
		case mean[result]:
		case n.OpType == "Conv":
			keep(in)
			keep(result)
			made[result] = true
		case n.OpType == "MatMul":
			keep(in)
		case n.OpType == "MaxPool":
			ranges[result], made[result] = Range{Low: ranges[in].Low, High: ranges[in].High}, made[in]
		case n.OpType != "LayerNormalization":
			made[result] = slices.ContainsFunc(n.Input, func(in string) bool { return made[in] })
			if made[result] && (n.OpType != "Add" || !normed(nodes, result)) {
				keep(result)
			}
		}
	}
	return out
}

// normed reports whether a layer norm reads a tensor.
func normed(nodes []*onnx.NodeProto, name string) bool {
	return slices.ContainsFunc(nodes, func(n *onnx.NodeProto) bool {
		return n.OpType == "LayerNormalization" && n.Input[0] == name
	})
}

type quantiser struct {
	graph
	ranges map[string]Range // of the activations that are rounded
}

// step is that of an activation in 8 bits.
func (r Range) step() float32 { return float32(max(r.High-r.Low, 1e-6) / 255) }

// readBack is what is read in place of a tensor that was rounded.
func readBack(name string) string { return name + ".read" }

// activation rounds a tensor to 8 bits and reads it back.
func (q quantiser) activation(name string, r Range) {
	zero := uint8(min(max(math.Round(-r.Low/float64(r.step())), 0), 255))
	scale := q.floats(name+".step", nil, r.step())
	at := q.constant(&onnx.TensorProto{Name: name + ".zero", RawData: []byte{zero},
		DataType: int32(onnx.TensorProto_UINT8)})
	rounded := q.node("QuantizeLinear", name+".quantised", []string{name, scale, at})
	q.node("DequantizeLinear", readBack(name), []string{rounded, scale, at})
}

// kernel replaces kernel and bias of a convolution of a rounded activation by their integers.
func (q quantiser) kernel(n *onnx.NodeProto, in Range) {
	weight, bias := q.take(n.Input[1]), q.take(n.Input[2])
	values, channels := floatsOf(weight), int(weight.Dims[0])
	each := len(values) / channels
	biases, step := floatsOf(bias), in.step()
	least := make([]float64, channels)
	for c, b := range biases { // or a bias beside tiny weights would be too large for its 32 bits
		least[c] = math.Abs(float64(b)) / (float64(step) * (1 << 30))
	}
	ints, scales := byChannel(values, least, func(i int) int { return i / each })
	if in.Means != nil {
		inputs := int(weight.Dims[1]) // of an output, which reads those of its group
		group := channels * inputs / len(in.Means)
		correct(biases, values, ints, scales, func(i int) (channel int, mean float64) {
			channel = i / each
			return channel, in.Means[channel/group*inputs+i%each/(each/inputs)]
		})
	}
	biasScales := make([]float32, channels)
	var sums []byte
	for c, b := range biases {
		biasScales[c] = scales[c] * step
		sum := math.Round(float64(b) / float64(biasScales[c]))
		sums = binary.LittleEndian.AppendUint32(sums, uint32(int32(min(max(sum, math.MinInt32), math.MaxInt32))))
	}
	n.Input[1] = q.integers(weight, onnx.TensorProto_INT8, ints, make([]byte, channels), scales, 0)
	n.Input[2] = q.integers(bias, onnx.TensorProto_INT32, sums, make([]byte, 4*channels), biasScales, 0)
}

// matrix replaces the matrix `[in, out]` of a product with a rounded activation by its integers.
// The node after it, whose bias is corrected, adds one.
func (q quantiser) matrix(n, after *onnx.NodeProto, in Range) {
	weight := q.take(n.Input[1])
	values, channels := floatsOf(weight), int(weight.Dims[1])
	ints, scales := byChannel(values, make([]float64, channels), func(i int) int { return i % channels })
	if in.Means != nil {
		bias := q.take(after.Input[1])
		biases := floatsOf(bias)
		correct(biases, values, ints, scales, func(i int) (channel int, mean float64) {
			return i % channels, in.Means[i/channels]
		})
		q.floats(bias.Name, bias.Dims, biases...)
	}
	n.Input[1] = q.integers(weight, onnx.TensorProto_INT8, ints, make([]byte, channels), scales, 1)
}

// correct adds to each output channel's bias what the rounding of its weights takes from its mean;
// of says to which channel weight i belongs, and the mean of what it is multiplied with.
func correct(biases, values []float32, ints []byte, scales []float32, of func(i int) (channel int, mean float64)) {
	lost := make([]float64, len(biases))
	for i, v := range values {
		c, mean := of(i)
		lost[c] += (float64(v) - float64(int8(ints[i]))*float64(scales[c])) * mean
	}
	for c, l := range lost {
		biases[c] += float32(l)
	}
}

// mostOfTwo is the largest sum of two weights of a channel as integers, before each is rounded,
// which adds 1 at most. The products of two weights with bytes are then together below 2^15: x86-64
// without VNNI, which is most of what was sold before 2020, adds them in 16 bits and cuts off what
// does not fit. Which weights meet is up to the runtime, so it holds for any two.
const mostOfTwo = 127

// byChannel rounds weights to int8, and gives each channel's step, which is that of least or
// larger; channel is that of weight i.
func byChannel(values []float32, least []float64, channel func(i int) int) (ints []byte, scales []float32) {
	type largest struct{ first, second float64 }
	positive, negative := make([]largest, len(least)), make([]largest, len(least))
	for i, v := range values {
		of := &positive[channel(i)]
		if v < 0 {
			of = &negative[channel(i)]
		}
		size := math.Abs(float64(v))
		of.second = max(of.second, min(size, of.first))
		of.first = max(of.first, size)
	}
	for c, l := range least {
		two := max(positive[c].first+positive[c].second, negative[c].first+negative[c].second)
		scales = append(scales, float32(max(two/mostOfTwo, l, 1e-11)))
	}
	for i, v := range values {
		ints = append(ints, byte(int8(math.Round(float64(v/scales[channel(i)])))))
	}
	return ints, scales
}

// has reports whether a tensor is a constant.
func (q quantiser) has(name string) bool {
	return slices.ContainsFunc(q.Initializer, func(t *onnx.TensorProto) bool { return t.Name == name })
}

// integers adds a constant by channel, which is an axis, and the node that reads it as float32.
func (q quantiser) integers(t *onnx.TensorProto, kind onnx.TensorProto_DataType, raw, zeros []byte, scales []float32,
	axis int64) string {
	channels := []int64{int64(len(scales))}
	ints := q.constant(&onnx.TensorProto{Name: t.Name + ".quantised", Dims: t.Dims, RawData: raw, DataType: int32(kind)})
	zero := q.constant(&onnx.TensorProto{Name: t.Name + ".zero", Dims: channels, RawData: zeros, DataType: int32(kind)})
	steps := q.floats(t.Name+".step", channels, scales...)
	return q.node("DequantizeLinear", readBack(t.Name), []string{ints, steps, zero}, intAttribute("axis", axis))
}

// take removes a constant from the graph.
func (q quantiser) take(name string) *onnx.TensorProto {
	i := slices.IndexFunc(q.Initializer, func(t *onnx.TensorProto) bool { return t.Name == name })
	t := q.Initializer[i]
	q.Initializer = slices.Delete(q.Initializer, i, i+1)
	return t
}
