package export

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/stat"

	"imagelab/lib/backbone"
	"imagelab/lib/classifier"
	"imagelab/lib/fulltest"
	"imagelab/lib/internal/network"
	onnx "imagelab/lib/internal/onnxpb"
	"imagelab/lib/internal/safetensors"
	"imagelab/lib/photo/phototest"
)

// TestEveryFamilyIsWellFormed: every layer of every network has its operations. What they compute
// is compared in ONNX Runtime whenever a model is exported.
func TestEveryFamilyIsWellFormed(t *testing.T) {
	small := []string{"resnet18", "squeezenet1_1", "mobilenet_v3_small", "efficientnet_b0", "convnext_atto", "vit_tiny"}
	for _, name := range backbone.Names() {
		t.Run(name, func(t *testing.T) {
			if !slices.Contains(small, name) {
				fulltest.Needs(t, "seconds for each of the larger networks")
			}
			spec, err := backbone.Lookup(name)
			if err != nil {
				t.Fatal(err)
			}
			m := &classifier.Model{Version: classifier.BundleVersion, Spec: spec, Size: 64,
				Classes: []string{"a", "b"}, Weights: backbone.Random(spec)}
			m.Weights[network.HeadKernel], m.Weights[network.HeadBias] = safetensors.Zeros(spec.Features, 2),
				safetensors.Zeros(2)
			data, err := ONNX(m)
			plain := parsed(t, data, err).Graph
			wellFormed(t, plain)
			small := parsed(t, quantisedFile(t, m, plain), nil).Graph
			wellFormed(t, small)
			float, integer := layers(small)
			if least := map[string]int{"squeezenet1_1": 17, "vit_tiny": 49}[name]; integer < max(least, 9*float) {
				t.Errorf("%d layers in integers, %d in float32", integer, float)
			}
		})
	}
}

// quantisedFile is the int8 file, as if every activation were between -1 and 6.
func quantisedFile(t *testing.T, m *classifier.Model, plain *onnx.GraphProto) []byte {
	t.Helper()
	ranges := map[string]Range{}
	for _, n := range plain.Node {
		if !strings.HasPrefix(n.Name, "pixels.") && n.Name != "features" {
			ranges[n.Name] = Range{Low: -1, High: 6}
		}
	}
	data, err := Int8(m, ranges)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// layers counts convolutions and products with weights outside of squeeze-and-excitation.
func layers(g *onnx.GraphProto) (float, integer int) {
	for _, n := range g.Node {
		weighs := n.OpType == "Conv" || n.OpType == "MatMul" && !strings.HasSuffix(n.Name, ".products") &&
			!strings.HasSuffix(n.Name, ".values")
		switch {
		case !weighs || strings.Contains(n.Name, ".squeeze"):
		case strings.HasSuffix(n.Input[0], ".read") && strings.HasSuffix(n.Input[1], ".read"):
			integer++
		default:
			float++
		}
	}
	return float, integer
}

// everyFamily names a file, such as testdata/families.csv, and torch a Python with torch,
// torchvision, timm and safetensors: TestFamiliesAnswer then tries every network and writes the
// results down. What stands in the file is not tried again. Without them it tries a plain network,
// a transformer and one with squeeze-and-excitation, and no PyTorch.
const (
	everyFamily = "IMAGELAB_TEST_EVERY_FAMILY"
	torch       = "IMAGELAB_TEST_TORCH"
)

// TestFamiliesAnswer: in ONNX Runtime, and in PyTorch, with weights that know nothing and a
// classifier whose answers differ from photo to photo.
func TestFamiliesAnswer(t *testing.T) {
	fulltest.Needs(t, "XLA and pip")
	file, names := os.Getenv(everyFamily), []string{"squeezenet1_1", "vit_tiny", "mobilenet_v3_small"}
	if file != "" {
		names = backbone.Names()
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			if file == "" {
				answers(t, name)
				return
			}
			const header = "network,pixels,float32_same_pixels,float32_bytes,int8_same_class,int8_bytes," +
				"pytorch_same_pixels,logits_grown"
			fulltest.Record(t, file, header, name, func() string { return answers(t, name) })
		})
	}
}

// answers is the row of a network: the largest differences of a probability to imagelab's, the
// share of photos that the int8 file gives the same class, and by how much [telling] had to make
// the logits grow, with which differences grow too.
func answers(t *testing.T, name string) string {
	m, magnified := telling(t, name)
	within := max(samePixelsLimit, 1e-6*magnified) // of float32's arithmetic
	c := checker(t, m)
	data, err := ONNX(m)
	float, err := c.Check(t.Context(), c.save(t, "float32.onnx", data, err), false)
	if err != nil {
		t.Fatal(err)
	}
	if float.SamePixels > within {
		t.Errorf("%+v", float)
	}
	ranges, err := Calibrate(t.Context(), c.backend(t), m, c.Photos.Pixels, nil)
	if err != nil {
		t.Fatal(err)
	}
	data, err = Int8(m, ranges)
	small, err := c.Check(t.Context(), c.save(t, "int8.onnx", data, err), true)
	if err != nil || small.SamePixels == 0 {
		t.Fatalf("%v: %+v", err, small)
	}
	return fmt.Sprintf("%s,%d,%.1e,%.1e,%.2f,%.2f,%s,%.2g\n", name, m.Size, float.SamePixels, float.Largest,
		small.Agreement, small.Largest, c.inPyTorch(t, within), magnified)
}

// telling is a network with random weights and a classifier of three classes that is scaled so that
// the logits of the photos have a deviation of 1 about a mean of 0. It says by how much they grew.
func telling(t *testing.T, name string) (m *classifier.Model, magnified float64) {
	spec, err := backbone.Lookup(name)
	if err != nil {
		t.Fatal(err)
	}
	m = &classifier.Model{Version: classifier.BundleVersion, Spec: spec, Size: 64, Classes: []string{"a", "b", "c"},
		Weights: backbone.Random(spec)}
	if name == "dinov2_small" {
		m.Size = 56
	}
	kernel, bias := safetensors.Zeros(spec.Features, 3), safetensors.Zeros(3)
	for i := range kernel.Data {
		kernel.Data[i] = float32(math.Sin(1.7*float64(i))) / 1e3
	}
	m.Weights[network.HeadKernel], m.Weights[network.HeadBias] = kernel, bias
	c := checker(t, m)
	probs, err := c.Predictor.Probabilities(t.Context(), len(c.Photos.Images), nil, c.plain(0))
	if err != nil {
		t.Fatal(err)
	}
	square := 0.0
	for k := range 3 {
		var logits []float64
		for _, p := range probs {
			logits = append(logits, math.Log(p[k]))
		}
		mean, std := stat.MeanStdDev(logits, nil)
		bias.Data[k] = float32(-mean)
		square += std * std / 3
	}
	for _, w := range []safetensors.Tensor{kernel, bias} {
		for i := range w.Data {
			w.Data[i] /= float32(math.Sqrt(square))
		}
	}
	return m, 1 / math.Sqrt(square)
}

// inPyTorch is the largest difference between imagelab's answers and those of the script of the
// documentation on the same pixels; empty without PyTorch.
func (c Checker) inPyTorch(t *testing.T, within float64) string {
	python := os.Getenv(torch)
	if python == "" {
		return ""
	}
	dir := t.TempDir()
	weights := filepath.Join(dir, "weights.safetensors")
	if err := Safetensors(weights, c.Model); err != nil {
		t.Fatal(err)
	}
	args := []string{filepath.Join("..", "..", "docs", "open_in_pytorch.py"), weights}
	side := c.Photos.Pixels.Side
	for i := range c.Photos.Images {
		img := image.NewNRGBA(image.Rect(0, 0, side, side))
		for n, level := range c.Photos.Pixels.Row(i) {
			img.Pix[n/3*4+n%3], img.Pix[n/3*4+3] = level, 255
		}
		args = append(args, phototest.Put(t, dir, fmt.Sprintf("%d.png", i), phototest.Encode(t, "png", img)))
	}
	cmd := exec.CommandContext(t.Context(), python, args...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	own, err := c.Predictor.Probabilities(t.Context(), len(c.Photos.Images), nil, c.plain(0))
	if err != nil {
		t.Fatal(err)
	}
	most, i := 0.0, 0
	for line := range bytes.Lines(out) {
		var answer struct{ Probabilities []float64 }
		if err := json.Unmarshal(line, &answer); err != nil {
			t.Fatal(err)
		}
		most = max(most, largest(own[i], answer.Probabilities))
		i++
	}
	if most > within || i != len(own) {
		t.Errorf("PyTorch differs by %.2g; it gave %d answers for %d photos", most, i, len(own))
	}
	return fmt.Sprintf("%.1e", most)
}
