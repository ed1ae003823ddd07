package export

import (
	"encoding/json"
	"fmt"
	"strconv"

	onnx "imagelab/lib/internal/onnxpb"

	"imagelab/lib/classifier"
	"imagelab/lib/internal/network"
	"imagelab/lib/runlog"
)

// Opset is the version of ONNX's operators: 18 is the first with an antialiased Resize. ONNX
// Runtime reads it from 1.15 on.
const Opset = 18

// irVersion is the version of the file format that goes with Opset.
const irVersion = 8

// Names of the graph's one input, photos `[batch, height, width, 3]`, RGB, uint8, of any size, and
// of its one output, probabilities `[batch, classes]`, float32.
const (
	Input  = "photos"
	Output = "probabilities"
)

// build is the model as an ONNX graph, in float32.
func build(m *classifier.Model) (*onnx.ModelProto, error) {
	views, err := m.Views()
	if err != nil {
		return nil, err
	}
	g := newGraph(m.Spec.Name)
	g.Input = []*onnx.ValueInfoProto{value(Input, onnx.TensorProto_UINT8, "batch", "height", "width", "3")}
	g.Output = []*onnx.ValueInfoProto{value(Output, onnx.TensorProto_FLOAT, "batch", strconv.Itoa(len(m.Classes)))}
	x := g.views(g.pixels(Input, m.Spec, m.Size), views)
	x = g.network(x, m.Spec, m.Size, m.Spec.Folded(m.Weights))
	x = g.linearLayer("logits", x, m.Weights[network.HeadKernel], m.Weights[network.HeadBias].Data)
	if len(views) == 1 {
		g.node("Softmax", Output, []string{x}, intAttribute("axis", 1))
	} else {
		x = g.node("Softmax", "view_probabilities", []string{x}, intAttribute("axis", 1))
		x = g.node("Reshape", "by_view", []string{x, g.ints("by_view.shape", int64(len(views)), -1, int64(len(m.Classes)))})
		g.node("ReduceMean", Output, []string{x, g.ints(Output+".axis", 0)}, intAttribute("keepdims", 0))
	}
	meta, err := metadata(m)
	if err != nil {
		return nil, err
	}
	return &onnx.ModelProto{IrVersion: irVersion, ProducerName: "imagelab",
		ProducerVersion: runlog.Release(), Graph: g.GraphProto, MetadataProps: meta,
		DocString: "Photos [batch, height, width, 3], RGB, uint8, upright, of any size, to probabilities of the " +
			"classes in the metadata.",
		OpsetImport: []*onnx.OperatorSetIdProto{{Domain: "", Version: Opset}}}, nil
}

// value describes an input or output; a dimension that is no number may have any length.
func value(name string, kind onnx.TensorProto_DataType, shape ...string) *onnx.ValueInfoProto {
	var s onnx.TensorShapeProto
	for _, d := range shape {
		dim := &onnx.TensorShapeProto_Dimension{}
		if n, err := strconv.ParseInt(d, 10, 64); err == nil {
			dim.Value = &onnx.TensorShapeProto_Dimension_DimValue{DimValue: n}
		} else {
			dim.Value = &onnx.TensorShapeProto_Dimension_DimParam{DimParam: d}
		}
		s.Dim = append(s.Dim, dim)
	}
	return &onnx.ValueInfoProto{Name: name, Type: &onnx.TypeProto{Value: &onnx.TypeProto_TensorType{
		TensorType: &onnx.TypeProto_Tensor{ElemType: int32(kind), Shape: &s}}}}
}

// metadata is what a program needs to know about the model, and where it came from.
func metadata(m *classifier.Model) ([]*onnx.StringStringEntryProto, error) {
	entries, err := entriesOf(m)
	if err != nil {
		return nil, err
	}
	var out []*onnx.StringStringEntryProto
	for _, e := range entries {
		out = append(out, &onnx.StringStringEntryProto{Key: e.Key, Value: e.Value})
	}
	return out, nil
}

// entry is one line of a file's metadata.
type entry struct{ Key, Value string }

// entriesOf are what goes with the weights into every format: the names of the classes in their
// order as a JSON array, the preprocessing, the model's origin and the licence of the weights that
// it started from.
func entriesOf(m *classifier.Model) ([]entry, error) {
	classes, err := json.Marshal(m.Classes)
	if err != nil {
		return nil, fmt.Errorf("export: names of classes: %w", err)
	}
	preprocessing, err := json.Marshal(struct {
		Size       int        `json:"size"`
		ResizeSide int        `json:"resize_side"`
		Filter     string     `json:"filter"`
		Mean       [3]float32 `json:"mean"`
		Std        [3]float32 `json:"std"`
	}{m.Size, m.Spec.ResizeSide(m.Size), "bicubic (a = -0.5), antialiased", m.Spec.Mean, m.Spec.Std})
	if err != nil {
		return nil, fmt.Errorf("export: preprocessing: %w", err)
	}
	entries := []entry{{"classes", string(classes)}, {"backbone", m.Spec.Name},
		{"license", m.Spec.License + " (the weights that training started from)"},
		{"preprocessing", string(preprocessing)},
		{"temperature", "1 (the one that was chosen by validation is part of the weights)"},
		{"record", m.Record}, {"manifest", m.Manifest}, {"split", m.Split}, {"weights_sha256", m.WeightsSHA256}}
	if len(m.Config) > 0 {
		entries = append(entries, entry{"config", string(m.Config)})
	}
	return entries, nil
}
