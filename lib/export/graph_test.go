package export

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	onnx "imagelab/lib/internal/onnxpb"

	"imagelab/lib/backbone"
	"imagelab/lib/classifier"
	"imagelab/lib/internal/network"
	"imagelab/lib/internal/safetensors"
)

// made is a model whose weights follow from a formula: small, and different for every place.
func made(t testing.TB, config string, classes ...string) *classifier.Model {
	t.Helper()
	spec, err := backbone.Lookup("lite0")
	if err != nil {
		t.Fatal(err)
	}
	shapes := spec.Shapes()
	shapes[network.HeadKernel], shapes[network.HeadBias] = []int{spec.Features, len(classes)}, []int{len(classes)}
	m := &classifier.Model{Version: classifier.BundleVersion, Spec: spec, Size: spec.Size, Classes: classes,
		Config: json.RawMessage(config), Weights: backbone.Weights{}}
	for name, shape := range shapes {
		w := safetensors.Zeros(shape...)
		fan := float64(w.Size() / shape[len(shape)-1])
		for i := range w.Data {
			v := math.Sin(float64(i)*1.7 + float64(len(name)))
			switch {
			case strings.HasSuffix(name, ".variance"), strings.HasSuffix(name, ".gamma"):
				v = 1 + 0.2*v
			case strings.HasSuffix(name, ".kernel"):
				v *= 2 / math.Sqrt(fan)
			default:
				v *= 0.1
			}
			w.Data[i] = float32(v)
		}
		m.Weights[name] = w
	}
	return m
}

func parsed(t *testing.T, data []byte, err error) *onnx.ModelProto {
	t.Helper()
	m := &onnx.ModelProto{}
	if err == nil {
		err = proto.Unmarshal(data, m)
	}
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// wellFormed checks what every ONNX graph has to be: inputs are made before they are read, no
// name is made twice, constants hold as many bytes as their shapes ask for, and all are read.
func wellFormed(t *testing.T, g *onnx.GraphProto) {
	t.Helper()
	size := map[onnx.TensorProto_DataType]int{onnx.TensorProto_FLOAT: 4, onnx.TensorProto_INT64: 8,
		onnx.TensorProto_INT32: 4,
		onnx.TensorProto_INT8:  1, onnx.TensorProto_UINT8: 1}
	known, read := map[string]bool{"": true, Input: true}, map[string]bool{}
	add := func(name string) {
		if known[name] {
			t.Errorf("%q is made twice", name)
		}
		known[name] = true
	}
	for _, c := range g.Initializer {
		add(c.Name)
		n := size[onnx.TensorProto_DataType(c.DataType)]
		for _, d := range c.Dims {
			n *= int(d)
		}
		if n != len(c.RawData) {
			t.Errorf("%s has %d bytes for shape %v", c.Name, len(c.RawData), c.Dims)
		}
	}
	for _, n := range g.Node {
		for _, in := range n.Input {
			if !known[in] {
				t.Errorf("%s reads %q before it is made", n.Name, in)
			}
			read[in] = true
		}
		add(n.Output[0])
	}
	for name := range known {
		if name != "" && name != Output && !read[name] {
			t.Errorf("nothing reads %q", name)
		}
	}
	if !known[Output] {
		t.Errorf("nothing makes %s", Output)
	}
}

func TestGraphIsWellFormed(t *testing.T) {
	for _, tt := range []struct {
		name, reason, config string
		views                int
	}{
		{"plain", "no configuration: the photo as it is", "", 1},
		{"mirrored", "the mean over a photo and its mirror image", `{"tta":true,"augment":{"flip":true}}`, 2},
		{"all ways", "eight views", `{"tta":true,"augment":{"flip":true,"flip_v":true,"rotate90":true}}`, 8},
	} {
		m := made(t, tt.config, "a", "b\n\"c\"", "ü")
		views, err := m.Views()
		if err != nil || len(views) != tt.views {
			t.Fatalf("%s: %d views, %v", tt.name, len(views), err)
		}
		data, err := ONNX(m)
		file := parsed(t, data, err)
		wellFormed(t, file.Graph)
		again, err := ONNX(m)
		if err != nil || !bytes.Equal(data, again) {
			t.Errorf("%s (%s): a second export has other bytes (%v)", tt.name, tt.reason, err)
		}
		if file.OpsetImport[0].Version != Opset || len(file.Graph.Input) != 1 || len(file.Graph.Output) != 1 {
			t.Errorf("%s: opset %v, %d inputs", tt.name, file.OpsetImport, len(file.Graph.Input))
		}
		in, out := file.Graph.Input[0], file.Graph.Output[0]
		if got := described(in); got != "photos 2 [batch height width 3]" {
			t.Errorf("%s: input %s", tt.name, got)
		}
		if got := described(out); got != "probabilities 1 [batch 3]" {
			t.Errorf("%s: output %s", tt.name, got)
		}
		var classes []string
		if err := json.Unmarshal([]byte(property(file, "classes")), &classes); err != nil ||
			!slices.Equal(classes, m.Classes) {
			t.Errorf("%s: classes %q, %v", tt.name, classes, err)
		}
		for _, key := range []string{"license", "backbone", "preprocessing", "temperature"} {
			if property(file, key) == "" {
				t.Errorf("%s: the metadata have no %s", tt.name, key)
			}
		}
	}
}

// described is "name type [dimensions]".
func described(v *onnx.ValueInfoProto) string {
	tensor := v.Type.GetTensorType()
	var dims []string
	for _, d := range tensor.Shape.Dim {
		if d.GetDimParam() != "" {
			dims = append(dims, d.GetDimParam())
			continue
		}
		dims = append(dims, fmt.Sprint(d.GetDimValue()))
	}
	return fmt.Sprint(v.Name, " ", tensor.ElemType, " ", dims)
}

func property(m *onnx.ModelProto, key string) string {
	for _, p := range m.MetadataProps {
		if p.Key == key {
			return p.Value
		}
	}
	return ""
}

// TestInt8Graph: every convolution reads rounded activations and rounded kernels, and the numbers
// that are read back are the ones that were rounded.
func TestInt8Graph(t *testing.T) {
	m := made(t, "", "a", "b")
	plain := fileOf(t, m, nil)
	ranges := map[string]Range{}
	for _, n := range plain.Graph.Node {
		if n.OpType == "Clip" || n.OpType == "Conv" && !strings.HasSuffix(n.Name, ".in") || n.OpType == "Add" &&
			strings.HasPrefix(n.Name, "stage") || n.Name == "pixels" {
			ranges[n.Name] = Range{Low: -1, High: 6}
		}
	}
	file := fileOf(t, m, ranges)
	wellFormed(t, file.Graph)
	float := map[string]*onnx.TensorProto{}
	for _, c := range plain.Graph.Initializer {
		float[c.Name] = c
	}
	ints := map[string]*onnx.TensorProto{}
	for _, c := range file.Graph.Initializer {
		ints[c.Name] = c
	}
	convs := 0
	for _, n := range file.Graph.Node {
		if n.OpType != "Conv" {
			continue
		}
		convs++
		name := strings.TrimSuffix(n.Input[1], ".read")
		if !strings.HasSuffix(n.Input[0], ".read") || name == n.Input[1] || ints[name] != nil {
			t.Fatalf("%s reads %v", n.Name, n.Input)
		}
		scales := floatsOf(ints[name+".step"])
		want, got := floatsOf(float[name]), ints[name+".quantised"].RawData
		each := len(want) / len(scales)
		for i, w := range want {
			if back := float32(int8(got[i])) * scales[i/each]; math.Abs(float64(back-w)) > 0.5001*float64(scales[i/each]) {
				t.Fatalf("%s: weight %d is %g, and was %g", name, i, back, w)
			}
		}
	}
	if convs != 49 {
		t.Errorf("%d convolutions, want 49", convs)
	}
}

func fileOf(t *testing.T, m *classifier.Model, ranges map[string]Range) *onnx.ModelProto {
	t.Helper()
	if ranges == nil {
		data, err := ONNX(m)
		return parsed(t, data, err)
	}
	data, err := Int8(m, ranges)
	return parsed(t, data, err)
}
