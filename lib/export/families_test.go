package export

import (
	"slices"
	"testing"

	"imagelab/lib/backbone"
	"imagelab/lib/classifier"
	"imagelab/lib/fulltest"
	"imagelab/lib/internal/network"
	"imagelab/lib/internal/safetensors"
)

// TestEveryFamilyIsWellFormed: every layer of every network has its operations. What they compute is compared in
// ONNX Runtime whenever a model is exported.
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
			m := &classifier.Model{Version: classifier.BundleVersion, Spec: spec, Size: 64, Classes: []string{"a", "b"}, Weights: backbone.Random(spec)}
			m.Weights[network.HeadKernel], m.Weights[network.HeadBias] = safetensors.Zeros(spec.Features, 2), safetensors.Zeros(2)
			data, err := ONNX(m)
			wellFormed(t, parsed(t, data, err).Graph)
		})
	}
}
