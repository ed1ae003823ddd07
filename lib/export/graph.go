package export

import (
	"encoding/binary"
	"math"

	onnx "imagelab/lib/internal/onnxpb"
)

// graph collects nodes and constants of an ONNX graph. Every method returns the name of the tensor
// that it made, which is the name it was given.
type graph struct{ *onnx.GraphProto }

func newGraph(name string) graph { return graph{&onnx.GraphProto{Name: name}} }

// node adds an operation with one output. An input may be "", which leaves it out.
func (g graph) node(op, out string, inputs []string, attributes ...*onnx.AttributeProto) string {
	g.Node = append(g.Node, &onnx.NodeProto{OpType: op, Name: out, Input: inputs,
		Output: []string{out}, Attribute: attributes})
	return out
}

func (g graph) constant(t *onnx.TensorProto) string {
	g.Initializer = append(g.Initializer, t)
	return t.GetName()
}

// floats adds a float32 constant.
func (g graph) floats(name string, shape []int64, values ...float32) string {
	return g.constant(&onnx.TensorProto{Name: name, Dims: shape, RawData: rawFloats(values),
		DataType: int32(onnx.TensorProto_FLOAT)})
}

// ints adds a vector of int64.
func (g graph) ints(name string, values ...int64) string {
	var raw []byte
	for _, v := range values {
		raw = binary.LittleEndian.AppendUint64(raw, uint64(v))
	}
	return g.constant(&onnx.TensorProto{Name: name, Dims: []int64{int64(len(values))}, RawData: raw,
		DataType: int32(onnx.TensorProto_INT64)})
}

func rawFloats(values []float32) []byte {
	raw := make([]byte, 0, 4*len(values))
	for _, v := range values {
		raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(v))
	}
	return raw
}

// floatsOf are the values of a float32 constant of [graph.floats].
func floatsOf(t *onnx.TensorProto) []float32 {
	values := make([]float32, len(t.RawData)/4)
	for i := range values {
		values[i] = math.Float32frombits(binary.LittleEndian.Uint32(t.RawData[4*i:]))
	}
	return values
}

// Attributes of nodes.

func intAttribute(name string, v int64) *onnx.AttributeProto {
	return &onnx.AttributeProto{Name: name, Type: onnx.AttributeProto_INT, I: v}
}

func intsAttribute(name string, v ...int64) *onnx.AttributeProto {
	return &onnx.AttributeProto{Name: name, Type: onnx.AttributeProto_INTS, Ints: v}
}

func floatAttribute(name string, v float32) *onnx.AttributeProto {
	return &onnx.AttributeProto{Name: name, Type: onnx.AttributeProto_FLOAT, F: v}
}

func textAttribute(name, v string) *onnx.AttributeProto {
	return &onnx.AttributeProto{Name: name, Type: onnx.AttributeProto_STRING, S: []byte(v)}
}
