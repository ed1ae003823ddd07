package export

import (
	"image"
	"image/color"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gomlx/compute"

	"imagelab/lib/asset/venvtest"
	"imagelab/lib/classifier"
	"imagelab/lib/dataset"
	"imagelab/lib/engine/enginetest"
	"imagelab/lib/feed"
	"imagelab/lib/fulltest"
	"imagelab/lib/internal/network"
	"imagelab/lib/internal/safetensors"
	"imagelab/lib/metric"
	"imagelab/lib/photo/phototest"
)

// sizes of the photos of a check, every third of which is a JPEG: every way a resize can go, and
// what has little to resize.
var sizes = []image.Point{{90, 80}, {80, 90}, {64, 64}, {37, 37}, {37, 90}, {400, 21}, {20, 901}, {3, 5}, {1, 1},
	{1, 200}, {641, 481}}

// checker has photos of noise and of colours that run into each other.
func checker(t *testing.T, m *classifier.Model) Checker {
	t.Helper()
	environment := venvtest.Environment(t, "onnxruntime==1.31.1", "onnx==1.23.2")
	dir := t.TempDir()
	for i, size := range sizes {
		img := phototest.Noise(size.X, size.Y)
		if i%2 == 0 {
			for n := range size.X * size.Y {
				x, y := n%size.X, n/size.X
				img.SetNRGBA(x, y, color.NRGBA{uint8(255 * x / size.X), uint8(255 * y / size.Y), uint8(31 * i), 255})
			}
		}
		format := "png"
		if i%3 == 0 {
			format = "jpeg"
		}
		phototest.Put(t, dir, filepath.Join(m.Classes[i%len(m.Classes)], string(rune('a'+i))+"."+format),
			phototest.Encode(t, format, img))
	}
	s, err := dataset.Open(t.Context(), dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	labels, err := dataset.Labels(s.Images, m.Classes)
	if err != nil {
		t.Fatal(err)
	}
	px, err := feed.PackTemporary(t.Context(), s, s.Images, m.Spec.ResizeSide(m.Size), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { px.Close() })
	e := enginetest.Open(t)
	p, err := m.Predictor(e)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	rt, err := FindRuntime(t.Context(), environment)
	if err != nil {
		t.Fatal(err)
	}
	return Checker{Model: m, Predictor: p, Runtime: rt, Photos: Photos{s, s.Images, labels, px}}
}

// save writes a file for a check, and has ONNX's own checker look at it.
func (c Checker) save(t *testing.T, name string, data []byte, err error) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err == nil {
		err = Save(path, data)
	}
	if err != nil {
		t.Fatal(err)
	}
	const check = "import onnx, sys; onnx.checker.check_model(onnx.load(sys.argv[1]), full_check=True)"
	if out, err := exec.CommandContext(t.Context(), c.Runtime.Python, "-c", check, path).CombinedOutput(); err != nil {
		t.Fatalf("%s is no valid ONNX: %v\n%s", name, err, out)
	}
	return path
}

// published is the real lite0 for three of its classes, with all eight views: a network of made
// weights gives the same answer to every photo, and no mistake would be seen.
func published(t *testing.T) *classifier.Model {
	t.Helper()
	fulltest.Needs(t, "weights, XLA and pip")
	m, err := classifier.Pretrained(t.Context(), "lite0", nil)
	if err != nil {
		t.Fatal(err)
	}
	kernel, bias := safetensors.Zeros(m.Spec.Features, 3), safetensors.Zeros(3)
	for i := range kernel.Data {
		kernel.Data[i] = m.Weights[network.HeadKernel].Data[i/3*1000+i%3*300]
	}
	m.Weights[network.HeadKernel], m.Weights[network.HeadBias] = kernel, bias
	m.Classes, m.Size = []string{"a", "b", "c"}, 96
	m.Config = []byte(`{"tta":true,"augment":{"flip":true,"flip_v":true,"rotate90":true}}`)
	return m
}

// TestFilesAnswerAsTheModelDoes: in ONNX Runtime, for photos of every size, with all eight views.
func TestFilesAnswerAsTheModelDoes(t *testing.T) {
	m := published(t)
	c := checker(t, m)
	data, err := ONNX(m)
	file := c.save(t, "float32.onnx", data, err)
	proof, err := c.Check(t.Context(), file, false)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("float32: %+v", proof)
	if err := proof.Verdict(); err != nil || proof.Agreement != 1 || proof.Photos != len(sizes) ||
		proof.SamePixels > 1e-5 || proof.FilesAgreement != 1 || proof.FilesLargest > rawLimit {
		t.Errorf("%v: %+v", err, proof)
	}
	c.inBrowser(t, data, rawLimit)
	ranges, err := Calibrate(t.Context(), c.backend(t), m, c.Photos.Pixels, nil)
	if err != nil {
		t.Fatal(err)
	}
	data, err = Int8(m, ranges)
	small := c.save(t, "int8.onnx", data, err)
	quantised, err := c.Check(t.Context(), small, true)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("int8: %+v", quantised)
	if quantised.SamePixels == 0 || quantised.SamePixels > 0.3 || quantised.Interval == nil {
		t.Errorf("int8: %+v", quantised)
	}
	if speed, err := c.Time(t.Context(), small, file); err != nil || len(speed) != 2 ||
		min(speed[0].ImageLab, speed[1].File, speed[1].Float32) <= 0 {
		t.Errorf("speed: %+v, %v", speed, err)
	}
	c.refuses(t)
}

func (c Checker) backend(t *testing.T) compute.Backend {
	t.Helper()
	return enginetest.Open(t).Backend
}

// refuses hands the check files with the mistakes that exports are known for.
func (c Checker) refuses(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(m *classifier.Model)
	}{
		{"levels of [0,1] in place of [0,255]", func(m *classifier.Model) {
			for i := range 3 {
				m.Spec.Mean[i], m.Spec.Std[i] = m.Spec.Mean[i]/255, m.Spec.Std[i]/255
			}
		}},
		{"no crop", func(m *classifier.Model) { m.Spec.CenterCropFraction = 1 }},
		{"another batch-norm epsilon", func(m *classifier.Model) { m.Spec.Epsilon = 0.1 }},
		{"one view in place of eight", func(m *classifier.Model) { m.Config = nil }},
	} {
		other := *c.Model
		tt.change(&other)
		data, err := ONNX(&other)
		proof, err := c.Check(t.Context(), c.save(t, "wrong.onnx", data, err), false)
		if err == nil {
			err = proof.Verdict()
		}
		if err == nil || !strings.Contains(err.Error(), "does not answer as imagelab does") {
			t.Errorf("%s: %v, %+v", tt.name, err, proof)
		}
	}
}

func TestVerdict(t *testing.T) {
	lost := 0.05
	for _, tt := range []struct {
		name, reason string
		proof        Proof
		says         string // empty: it agrees
	}{
		{"equal", "nothing differs", Proof{Photos: 100, Agreement: 1}, ""},
		{"a toss-up", "the class may change where both are as probable", Proof{Photos: 100, Agreement: 0.99,
			Largest: 0.01, undecided: 1}, ""},
		{"another class", "one photo is enough", Proof{Photos: 100, Agreement: 0.99, Largest: 0.01},
			"1 photos get another class"},
		{"arithmetic", "the network itself differs", Proof{Photos: 100, Agreement: 1, SamePixels: 2e-4},
			"on the same pixels"},
		{"resize", "the pixels differ", Proof{Photos: 100, Agreement: 1, Largest: 0.03}, "on whole photos"},
		{"no photo", "nothing was compared", Proof{Agreement: 1}, "no photo"},
		{"int8 rounds", "probabilities move, classes hardly", Proof{Photos: 100, Agreement: 0.95, Largest: 0.3,
			SamePixels: 0.3, int8: true}, ""},
		{"int8 of noise", "too few agree", Proof{Photos: 100, Agreement: 0.46, int8: true}, "46.0 %"},
		{"int8 that loses", "for certain more than a point", Proof{Photos: 1000, Agreement: 0.94, Lost: &lost,
			Interval: &metric.Interval{0.03, 0.07}, int8: true}, "loses 5.0 points"},
		{"int8 that may lose", "the interval reaches below a point", Proof{Photos: 100, Agreement: 0.94, Lost: &lost,
			Interval: &metric.Interval{-0.01, 0.11}, int8: true}, ""},
	} {
		err := tt.proof.Verdict()
		if (err == nil) != (tt.says == "") || err != nil && !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s (%s): %v, want %q", tt.name, tt.reason, err, tt.says)
		}
	}
}
