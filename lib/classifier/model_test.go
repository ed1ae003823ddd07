package classifier

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"imagelab/lib/backbone"
	"imagelab/lib/internal/network"
	"imagelab/lib/internal/safetensors"
	"imagelab/lib/photo"
)

// recipe is the configuration of a fit, in short.
var recipe = json.RawMessage(`{"backbone":"efficientnet_lite0","augment":{"crop":0.6,"flip":true,"flip_v":true},"tta":true}`)

// blankModel is a model that knows nothing.
func blankModel(t testing.TB, classes ...string) *Model {
	t.Helper()
	spec, err := backbone.Lookup("lite0")
	if err != nil {
		t.Fatal(err)
	}
	m := &Model{Version: BundleVersion, Spec: spec, Size: 64, Classes: classes, Config: recipe,
		Weights: backbone.Weights{}}
	for name, shape := range spec.Shapes() {
		m.Weights[name] = safetensors.Zeros(shape...)
	}
	m.Weights[network.HeadKernel] = safetensors.Zeros(spec.Features, len(classes))
	m.Weights[network.HeadBias] = safetensors.Zeros(len(classes))
	return m
}

func TestBundleIsChecked(t *testing.T) {
	good := blankModel(t, "across", "down", "slanted")
	for _, c := range []struct {
		name, reason string
		change       func(m *Model)
		want         string
	}{
		{"missing tensor", "a half-copied bundle must not predict",
			func(m *Model) { delete(m.Weights, network.HeadBias) }, "head.bias is missing"},
		{"extra tensor", "weights of another network",
			func(m *Model) { m.Weights["extra"] = backbone.Tensor{Shape: []int{1}, Data: []float32{1}} },
			"extra does not belong"},
		{"other shape", "classes were edited by hand", func(m *Model) { m.Classes = m.Classes[:2] }, "has shape"},
		{"newer version", "its meaning is unknown here", func(m *Model) { m.Version = BundleVersion + 1 }, "update it"},
		{"unknown backbone", "made by a program with more backbones", func(m *Model) { m.Spec.Name = "resnet9000" },
			"choose one of"},
		{"no window", "16 bits would be divided by nothing",
			func(m *Model) { m.Window = photo.Window{Low: 9, High: 9} }, "is empty"},
		{"no classes", "nothing could be predicted", func(m *Model) { m.Classes = nil }, "at least two classes"},
		{"a class twice", "classes were edited by hand",
			func(m *Model) { m.Classes = []string{"across", "down", "down"} }, "twice"},
		{"no numbers", "it would answer NaN", func(m *Model) {
			m.Weights[network.HeadBias] = backbone.Tensor{Shape: []int{3}, Data: []float32{0, float32(math.NaN()), 0}}
		}, "head.bias holds values that are no numbers"},
		{"negative variance", "its root is no number", func(m *Model) {
			v := m.Weights["stem_bn.variance"]
			m.Weights["stem_bn.variance"] = backbone.Tensor{Shape: v.Shape, Data: append([]float32{-1}, v.Data[1:]...)}
		}, "stem_bn.variance is negative"},
		{"no recipe", "flips to predict over would be guessed",
			func(m *Model) { m.Config = json.RawMessage(`{"tta":"yes"}`) }, "config that cannot be read"},
		{"no deviation", "pixels would be divided by zero", func(m *Model) { m.Spec.Std = [3]float32{} }, "not positive"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := *good
			m.Weights = map[string]safetensors.Tensor{}
			for name, w := range good.Weights {
				m.Weights[name] = w
			}
			c.change(&m)
			dir := t.TempDir()
			if err := m.Save(dir); err != nil {
				t.Fatal(err)
			}
			if _, err := Load(dir); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s: error %v, want one with %q", c.reason, err, c.want)
			}
		})
	}
	if _, err := Load(t.TempDir()); err == nil || !strings.Contains(err.Error(), "holds no model") {
		t.Errorf("a folder that is no bundle: %v", err)
	}
}

// TestDamagedModel: a model that is not what was saved is refused, whichever of its files changed.
func TestDamagedModel(t *testing.T) {
	m := blankModel(t, "a", "b")
	dir, other := t.TempDir(), t.TempDir()
	if err := m.Save(dir); err != nil {
		t.Fatal(err)
	}
	m.Weights[network.HeadBias].Data[0] = 1
	if err := m.Save(other); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(dir); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "model.json")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for at := range text {
		damaged := bytes.Clone(text)
		damaged[at] ^= 1
		if _, err := parseModel(damaged); err == nil {
			t.Fatalf("a flipped bit in byte %d of model.json (%q) is not noticed", at, text[max(at-20, 0):min(at+20, len(text))])
		}
	}
	weights := filepath.Join(dir, "weights.safetensors")
	if err := os.Rename(filepath.Join(other, "weights.safetensors"), weights); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(dir); err == nil || !strings.Contains(err.Error(), "not the file that belongs") {
		t.Errorf("the weights of another model: %v", err)
	}
	if err := errors.Join(os.Remove(path), os.Symlink("/dev/zero", path)); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(dir); err == nil {
		t.Error("a device in place of model.json was read")
	}
}

// FuzzModel: whatever is accepted as model.json can be worked with, and is written as it was read.
func FuzzModel(f *testing.F) {
	spec, err := backbone.Lookup("lite0")
	if err != nil {
		f.Fatal(err)
	}
	good, err := json.Marshal(Model{Version: 1, Spec: spec, Size: 224, Classes: []string{"a", "b"}, Config: recipe})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add([]byte(`{"version": 2, "classes": "of another layout"}`))
	f.Add([]byte(`{"version": 1, "spec": {"name": "efficientnet_lite0", "crop_fraction": 1e-300}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := parseModel(text)
		if err != nil {
			return
		}
		if side := m.Spec.ResizeSide(m.Size); side < m.Size || side > 2*m.Size {
			t.Errorf("photos of %d pixels are cut out of %d", m.Size, side)
		}
		if _, n, err := m.views(); err != nil || n < 1 || n > 8 {
			t.Errorf("predictions are means over %d views, %v", n, err)
		}
		if m.checkTensors() == nil {
			t.Error("a model without weights was accepted")
		}
		text, err = json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		again, err := parseModel(text)
		if err != nil || !reflect.DeepEqual(again, m) {
			t.Errorf("written and read again: %+v, %v; want %+v", again, err, m)
		}
	})
}

// TestViews: what a prediction is the mean of comes from the configuration of the fit, as bundles
// have it since the first one.
func TestViews(t *testing.T) {
	for _, tt := range []struct {
		name, reason, config string
		want                 int
	}{
		{"no recipe", "a pretrained network", "", 1},
		{"null", "a pretrained network that was saved", "null", 1},
		{"flips without averaging", "training only", `{"augment":{"flip":true}}`, 1},
		{"one flip", "as it is and mirrored", `{"augment":{"crop":0.5,"flip":true},"tta":true}`, 2},
		{"all", "flips and quarter turns", `{"augment":{"flip":true,"flip_v":true,"rotate90":true},"tta":true}`, 8},
		{"unknown keys", "written by a newer program", `{"epochs":"many","tta":true,"augment":{"flip":true,"blur":1}}`, 2},
	} {
		if _, n, err := (&Model{Config: json.RawMessage(tt.config)}).views(); err != nil || n != tt.want {
			t.Errorf("%s (%s): %d views, %v; want %d", tt.name, tt.reason, n, err, tt.want)
		}
	}
}
