package backbone

import (
	"maps"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"imagelab/lib/internal/safetensors"
)

// TestFilesThatDoNotFit: what is missing, extra or of another shape is listed, and what programs
// put around a state dict is not.
func TestFilesThatDoNotFit(t *testing.T) {
	s, err := Lookup("mobilenet_v3_small")
	if err != nil {
		t.Fatal(err)
	}
	good := published(s, 0)
	for _, c := range []struct {
		name, reason string
		change       func(state map[string]Tensor) map[string]Tensor
		want         []string // of the error; nil: there is none
	}{
		{"as it is", "a published file", func(m map[string]Tensor) map[string]Tensor { return m }, nil},
		{"batch counters", "every PyTorch file has them", func(m map[string]Tensor) map[string]Tensor {
			m["features.0.1.num_batches_tracked"] = safetensors.Zeros()
			return m
		}, nil},
		{"wrapped", "training on several GPUs puts all in module", func(m map[string]Tensor) map[string]Tensor {
			out := map[string]Tensor{}
			for k, v := range m {
				out["module."+k] = v
			}
			return out
		}, nil},
		{"wrapped twice", "a compiled module in one of several GPUs", func(m map[string]Tensor) map[string]Tensor {
			out := map[string]Tensor{}
			for k, v := range m {
				out["module._orig_mod."+k] = v
			}
			return out
		}, nil},
		{"negative variance", "a damaged file must not train quietly", func(m map[string]Tensor) map[string]Tensor {
			t := m["features.0.1.running_var"]
			m["features.0.1.running_var"] = Tensor{Shape: t.Shape, Data: slices.Repeat([]float32{-1}, len(t.Data))}
			return m
		}, []string{"1 do not fit", "features.0.1.running_var has values"}},
		{"NaN", "a training that diverged", func(m map[string]Tensor) map[string]Tensor {
			t := m["features.0.0.weight"]
			m["features.0.0.weight"] = Tensor{Shape: t.Shape,
				Data: slices.Repeat([]float32{float32(math.NaN())}, len(t.Data))}
			return m
		}, []string{"1 do not fit", "NaN"}},
		{"other classes", "a fine-tuned network has another classifier", func(m map[string]Tensor) map[string]Tensor {
			m["classifier.3.weight"], m["classifier.3.bias"] = safetensors.Zeros(7, 1024), safetensors.Zeros(7)
			return m
		}, nil},
		{"missing", "a torn conversion", func(m map[string]Tensor) map[string]Tensor {
			delete(m, "features.0.0.weight")
			return m
		}, []string{"1 do not fit", "features.0.0.weight is missing"}},
		{"extra", "another variant of the network", func(m map[string]Tensor) map[string]Tensor {
			m["features.99.weight"] = safetensors.Zeros(1)
			return m
		}, []string{"0 do not fit", "1 are extra", "features.99.weight is extra"}},
		{"shape", "another width", func(m map[string]Tensor) map[string]Tensor {
			m["features.0.0.weight"] = safetensors.Zeros(8, 3, 3, 3)
			return m
		}, []string{"features.0.0.weight has shape [8 3 3 3]"}},
		{"other network", "the wrong file", func(map[string]Tensor) map[string]Tensor {
			other, _ := Lookup("squeezenet1_1")
			return published(other, 0)
		}, []string{"more", "another network"}},
		{"nothing", "an empty file", func(map[string]Tensor) map[string]Tensor { return nil }, []string{"is missing"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "w.safetensors")
			if err := safetensors.Write(path, safetensors.File{Tensors: c.change(maps.Clone(good))}); err != nil {
				t.Fatal(err)
			}
			weights, err := Load(s, path)
			if c.want == nil {
				if err != nil || len(weights) < len(s.Params()) {
					t.Errorf("%s: %d tensors, %v", c.reason, len(weights), err)
				}
				return
			}
			for _, want := range c.want {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("%s: %v, want %q", c.reason, err, want)
				}
			}
		})
	}
}

// TestEverySpec: the table is whole: every network can be cut at every stage, and its last stage
// gives its features.
func TestEverySpec(t *testing.T) {
	for _, name := range Names() {
		s, err := Lookup(name)
		if err != nil {
			t.Fatal(err)
		}
		stages := s.Stages()
		if _, err := s.CutIndex(s.Cut); err != nil {
			t.Error(err)
		}
		if shape := s.Shape(len(stages), s.Size); len(shape) != 1 || shape[0] != s.Features {
			t.Errorf("%s ends in %v, not %d features", name, shape, s.Features)
		}
		for _, p := range s.Params() {
			stage, _, _ := strings.Cut(strings.Replace(p.Name, "_bn", "", 1), ".")
			if !slices.Contains(append(stages, "classifier"), stage) || len(p.Keys) != len(s.family().layouts) {
				t.Errorf("%s: %s of %v belongs to no stage, or has not a name in each layout", name, p.Name, p.Keys)
			}
		}
		if s.ImageNetTop1 == 0 || s.License == "" || s.FamilyName() == "" || s.Std[0] == 0 || s.Epsilon == 0 {
			t.Errorf("%s: something is empty: %+v", name, s)
		}
	}
}

// TestPublishedSides: the photo is resized as the weights' authors do it: timm rounds the size over
// its crop_pct (0.875 to 0.922) down, and torchvision states the side. Those of Lite1 and 2 are
// both.
func TestPublishedSides(t *testing.T) {
	others := map[string]int{"efficientnet_lite1": 272, "efficientnet_lite2": 292, "efficientnet_lite3": 331,
		"efficientnet_lite4": 413, "mobilenet_v3_large": 232, "convnext_tiny": 236, "vit_tiny": 248}
	for _, name := range Names() {
		s, err := Lookup(name)
		if err != nil {
			t.Fatal(err)
		}
		want, ok := others[name]
		if !ok {
			want = 256
		}
		if got := s.ResizeSide(s.Size); got != want {
			t.Errorf("%s resizes to %d pixels, its authors to %d", name, got, want)
		}
	}
}
