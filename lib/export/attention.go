package export

import (
	"encoding/binary"
	"math"

	"imagelab/lib/backbone"
	onnx "imagelab/lib/internal/onnxpb"
)

// scalar is a constant of int64 without axes.
func scalar(name string, v int64) *onnx.TensorProto {
	return &onnx.TensorProto{Name: name, RawData: binary.LittleEndian.AppendUint64(nil, uint64(v)),
		DataType: int32(onnx.TensorProto_INT64)}
}

// layerNorm normalises channels, which for images have to be the last axis first.
func (w writer) layerNorm(l backbone.LayerNorm, x string, in []int) string {
	vector := func(part string) string {
		v := w.weights[l.Name+part].Data
		return w.floats(l.Name+part, []int64{int64(len(v))}, v...)
	}
	inputs := []string{x, vector(".gamma"), vector(".beta")}
	norm := func(name string) string {
		return w.node("LayerNormalization", name, inputs, intAttribute("axis", -1),
			floatAttribute("epsilon", float32(l.Epsilon)))
	}
	if len(in) < 3 {
		return norm(l.Name)
	}
	inputs[0] = w.node("Transpose", l.Name+".last", []string{x}, intsAttribute("perm", 0, 2, 3, 1))
	return w.node("Transpose", l.Name, []string{norm(l.Name + ".norm")}, intsAttribute("perm", 0, 3, 1, 2))
}

// attention is self-attention of several heads on `[batch, tokens, width]`.
func (w writer) attention(l backbone.Attention, x string, in []int) string {
	tokens, each := int64(in[0]), int64(in[1]/l.Heads)
	qkv := w.convolution(l.QKV, x, in)
	split := w.node("Reshape", l.Name+".split",
		[]string{qkv, w.ints(l.Name+".shape", -1, tokens, 3, int64(l.Heads), each)})
	// [3, batch, heads, tokens, each]
	split = w.node("Transpose", l.Name+".parts", []string{split}, intsAttribute("perm", 2, 0, 3, 1, 4))
	part := func(name string, i int64) string {
		return w.node("Gather", l.Name+name, []string{split, w.constant(scalar(l.Name+name+".index", i))},
			intAttribute("axis", 0))
	}
	query, key, value := part(".query", 0), part(".key", 1), part(".value", 2)
	query = w.node("Mul", l.Name+".scaled",
		[]string{query, w.floats(l.Name+".scale", nil, float32(1/math.Sqrt(float64(each))))})
	key = w.node("Transpose", l.Name+".key_transposed", []string{key}, intsAttribute("perm", 0, 1, 3, 2))
	weights := w.node("Softmax", l.Name+".weights",
		[]string{w.node("MatMul", l.Name+".products", []string{query, key})}, intAttribute("axis", -1))
	y := w.node("Transpose", l.Name+".heads", []string{w.node("MatMul", l.Name+".values", []string{weights, value})},
		intsAttribute("perm", 0, 2, 1, 3))
	y = w.node("Reshape", l.Name+".joined", []string{y, w.ints(l.Name+".whole", -1, tokens, int64(in[1]))})
	return w.convolution(l.Projection, y, in)
}

// tokens makes tokens of patches `[batch, width, height, width]`. The position embeddings are
// resized here.
func (w writer) tokens(l backbone.Tokens, x string, in []int) string {
	width, count := int64(in[2]), int64(in[0]*in[1])
	flat := w.node("Reshape", l.Name+".flat", []string{x, w.ints(l.Name+".shape", 0, width, count)})
	flat = w.node("Transpose", l.Name+".patches", []string{flat}, intsAttribute("perm", 0, 2, 1))
	class := w.floats(l.Name+".class", []int64{1, 1, width}, w.weights[l.Name+".class"].Data...)
	batch := w.node("Shape", l.Name+".batch", []string{x}, intAttribute("start", 0), intAttribute("end", 1))
	to := w.node("Concat", l.Name+".class_shape", []string{batch, w.ints(l.Name+".one", 1, width)},
		intAttribute("axis", 0))
	class = w.node("Expand", l.Name+".classes", []string{class, to})
	all := w.node("Concat", l.Name+".all", []string{class, flat}, intAttribute("axis", 1))
	places := l.Places(w.weights[l.Name+".places"].Data, in)
	return w.node("Add", l.Name, []string{all, w.floats(l.Name+".places", []int64{1, count + 1, width}, places...)})
}
