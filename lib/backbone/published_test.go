package backbone

import (
	"maps"
	"slices"
	"testing"

	"imagelab/lib/internal/safetensors"
)

// TestPublishedIsReadBack: what is written under published names is what is read from them, in
// every network, and none of its tensors is left out. That PyTorch reads it, a script shows; see
// docs/export.md.
func TestPublishedIsReadBack(t *testing.T) {
	for _, name := range Names() {
		spec, err := Lookup(name)
		if err != nil {
			t.Fatal(err)
		}
		weights := Weights{}
		for _, p := range spec.Params() {
			weights[p.Name] = counted(p.Shape...)
		}
		kernel, bias := counted(spec.Features, imageNetClasses), counted(imageNetClasses)
		state := spec.Published(weights, kernel, bias)
		if len(state) != len(weights)+2 {
			t.Errorf("%s: %d tensors for %d weights", name, len(state), len(weights))
		}
		back, err := spec.arrange(state)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if spec.Family != "squeezenet" {
			weights[ClassifierKernel], weights[ClassifierBias] = kernel, bias
		}
		if !maps.EqualFunc(weights, back, func(a, b Tensor) bool {
			return slices.Equal(a.Shape, b.Shape) && slices.Equal(a.Data, b.Data)
		}) {
			t.Errorf("%s: other weights came back", name)
		}
		if library, title := spec.Architecture(); title == "" || library != "timm" && spec.Family != "squeezenet" {
			t.Errorf("%s is %q in %s", name, title, library)
		}
	}
}

// counted is a tensor with another value at each place.
func counted(shape ...int) Tensor {
	t := safetensors.Zeros(shape...)
	for i := range t.Data {
		t.Data[i] = float32(i)
	}
	return t
}
