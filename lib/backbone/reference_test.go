package backbone_test

import (
	"context"
	"encoding/json"
	"image"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"imagelab/lib/fulltest"

	"github.com/gomlx/compute"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"imagelab/lib/asset"
	"imagelab/lib/backbone"
	"imagelab/lib/engine"
	"imagelab/lib/feed"
	"imagelab/lib/photo"
)

// readJSON reads a file that testdata/reference.py wrote.
func readJSON(t *testing.T, name string, v any) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, v); err != nil {
		t.Fatal(err)
	}
}

func readPhoto(t *testing.T, name string) *image.NRGBA {
	t.Helper()
	fulltest.Needs(t, "the data set solar")
	solar, err := asset.Fetch(context.Background(), "solar", nil)
	if err != nil {
		t.Fatal(err)
	}
	img, _, err := photo.Decode(filepath.Join(solar, "images", name))
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// logits is what PyTorch says of photos.
type logits struct {
	Cases []logitsOf
}

// logitsOf are those of a photo that is made of three grey ones, a channel each.
type logitsOf struct {
	Backbone string
	Size     int
	Photos   []string
	Logits   []float64
}

// TestLogitsEqualPyTorch holds the graphs, the weights' layout and the padding against PyTorch on
// real photos.
func TestLogitsEqualPyTorch(t *testing.T) {
	fulltest.Needs(t, "XLA, the weights and the data set solar")
	var reference logits
	readJSON(t, "logits.json", &reference)
	for _, c := range []struct {
		name, reason, env string
		inference         bool
	}{
		{"training", "the graph that training differentiates", "", false},
		{"inference", "written for oneDNN", "", true},
		{"training in pure Go", "the same graph on the other engine", "go", false},
		{"inference in pure Go", "a graph of its own", "go", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Setenv(compute.ConfigEnvVar, c.env)
			e, err := engine.Open(context.Background(), nil)
			if err != nil {
				t.Fatal(err)
			}
			defer e.Close()
			testLogits(t, e, reference, c.inference, engine.Float32, 1e-4)
		})
	}
}

// TestLogitsByPrecision: each precision of the engine of this machine against PyTorch's float32,
// for predictions. Only float32 is meant to be exact; a GPU is checked by this test.
func TestLogitsByPrecision(t *testing.T) {
	fulltest.Needs(t, "XLA, the weights and the data set solar")
	var reference logits
	readJSON(t, "logits.json", &reference)
	reference.Cases = slices.DeleteFunc(reference.Cases,
		func(c logitsOf) bool { return c.Backbone != "efficientnet_lite0" })
	if len(reference.Cases) == 0 {
		t.Fatal("the reference has no lite0")
	}
	e, err := engine.Open(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	for precision, tolerance := range map[string]float64{engine.Float32: 1e-4, engine.TF32: 0.03, engine.BFloat16: 0.7} {
		t.Run(precision, func(t *testing.T) { testLogits(t, e, reference, true, precision, tolerance) })
	}
}

func testLogits(t *testing.T, e *engine.Engine, reference logits, inference bool, precision string, tolerance float64) {
	t.Helper()
	networks := map[string]*model.Exec{}
	for _, c := range reference.Cases {
		if networks[c.Backbone] == nil {
			spec, err := backbone.Lookup(c.Backbone)
			if err != nil {
				t.Fatal(err)
			}
			spec.Precision = precision
			networks[c.Backbone] = network(t, e, spec, inference)
		}
		x := make([]float32, c.Size*c.Size*3)
		for channel, name := range c.Photos {
			img := readPhoto(t, name)
			start := (300 - c.Size) / 2
			for i := range c.Size * c.Size {
				x[3*i+channel] = float32(img.NRGBAAt(start+i%c.Size, start+i/c.Size).R)
			}
		}
		y, err := networks[c.Backbone].Call1(tensors.FromFlatDataAndDimensions(x, 1, c.Size, c.Size, 3))
		if err != nil {
			t.Fatal(err)
		}
		logits, err := tensors.CopyFlatData[float32](y)
		if err != nil || len(logits) != len(c.Logits) {
			t.Fatalf("%d logits, want %d: %v", len(logits), len(c.Logits), err)
		}
		most := 0.0
		for i, want := range c.Logits {
			most = max(most, math.Abs(float64(logits[i])-want))
		}
		t.Logf("%s in %s on %v: largest difference %.2g", c.Backbone, precision, c.Photos, most)
		if !(most <= tolerance) {
			t.Errorf("%s on %v: logits differ by %g, more than %g", c.Backbone, c.Photos, most, tolerance)
		}
	}
}

// network is a whole network with its ImageNet classifier, as it is trained or for inference.
func network(t *testing.T, e *engine.Engine, spec backbone.Spec, inference bool) *model.Exec {
	t.Helper()
	path, err := asset.Fetch(context.Background(), spec.Weights, nil)
	if err != nil {
		t.Fatal(err)
	}
	weights, err := backbone.Load(spec, path)
	if err != nil {
		t.Fatal(err)
	}
	for tensor, shape := range spec.Shapes() {
		if w, ok := weights[tensor]; !ok || w.Size() != elements(shape) {
			t.Errorf("%s: Shapes and Load disagree about %s", spec.Name, tensor)
		}
	}
	run := spec.Forward
	if inference {
		weights, run = spec.Folded(weights), spec.Infer
	}
	store := model.NewStore()
	for tensor, w := range weights {
		if _, err := store.CreateVariable("/"+tensor, tensors.FromFlatDataAndDimensions(w.Data, w.Shape...)); err != nil {
			t.Fatal(err)
		}
	}
	exec, err := model.NewExec(e.Backend, store, func(scope *model.Scope, x *Node) *Node {
		g := x.Graph()
		features := run(scope, x, 0, len(spec.Stages()))
		kernel, bias := scope.GetVariable("classifier.kernel").NodeValue(g), scope.GetVariable("classifier.bias").NodeValue(g)
		return Add(Dot(features, kernel).Product(), ExpandLeftToRank(bias, 2))
	})
	if err != nil {
		t.Fatal(err)
	}
	return exec
}

func elements(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}

// TestPreprocessingEqualsPillow holds the one resize function and the crop against Pillow's bicubic
// filter.
func TestPreprocessingEqualsPillow(t *testing.T) {
	var reference struct {
		Checks []struct {
			Photo  string
			Size   int
			At     []int
			Values []float64
			Mean   float64
		}
	}
	readJSON(t, "preprocess.json", &reference)
	spec, err := backbone.Lookup("lite0")
	if err != nil {
		t.Fatal(err)
	}
	if len(reference.Checks) == 0 {
		t.Fatal("the reference has no photos")
	}
	for _, c := range reference.Checks {
		cut := image.NewNRGBA(image.Rect(0, 0, 300, 260))
		img := readPhoto(t, c.Photo)
		for y := range 260 {
			for x := range 300 {
				cut.SetNRGBA(x, y, img.NRGBAAt(x, y+20))
			}
		}
		side := spec.ResizeSide(c.Size)
		square, pixels := make([]byte, side*side*3), make([]byte, c.Size*c.Size*3)
		feed.Square(square, cut, side)
		feed.CentreCrop(pixels, square, side, c.Size)
		sum, mean := 0.0, 0.0
		for i, y := range c.At {
			for j, x := range c.At {
				sum += math.Abs(float64(pixels[(y*c.Size+x)*3]) - c.Values[i*len(c.At)+j])
			}
		}
		for i := 0; i < len(pixels); i += 3 {
			mean += float64(pixels[i]) / float64(c.Size*c.Size)
		}
		difference := sum / float64(len(c.Values))
		t.Logf("%s at %d: mean absolute difference %.3f of 255", c.Photo, c.Size, difference)
		if difference >= 1 || math.Abs(mean-c.Mean) > 0.5 {
			t.Errorf("%s at %d: pixels differ by %.3f on average, means %.2f and %.2f", c.Photo, c.Size, difference,
				mean, c.Mean)
		}
	}
}
