// Package network runs a backbone with its classifier: variables, graphs that are not trained,
// batches and compilation. The saved model, the frozen stages of a fit and the measurement of
// latency share it.
package network

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"imagelab/lib/backbone"
	"imagelab/lib/internal/safetensors"
)

// Names of the classifier's tensors: kernel `[features, classes]`, bias `[classes]`.
const (
	HeadKernel = "head.kernel"
	HeadBias   = "head.bias"
)

// FromStage says whether a tensor belongs to one of the stages from cut on, or to the classifier.
func FromStage(spec backbone.Spec, name string, cut int) bool {
	if strings.HasPrefix(name, "head.") {
		return true
	}
	for i, stage := range spec.Stages() {
		if strings.HasPrefix(name, stage+".") || strings.HasPrefix(name, stage+"_bn.") {
			return i >= cut
		}
	}
	return false
}

// Trains says whether training changes a tensor: the stored statistics of batch norm never change.
func Trains(name string) bool {
	return !strings.HasSuffix(name, ".mean") && !strings.HasSuffix(name, ".variance")
}

// WithBlankHead is a copy of weights with a classifier that knows nothing yet, in place of any that
// there is.
func WithBlankHead(weights backbone.Weights, spec backbone.Spec, classes int) backbone.Weights {
	all := maps.Clone(weights)
	all[HeadKernel], all[HeadBias] = safetensors.Zeros(spec.Features, classes), safetensors.Zeros(classes)
	return all
}

// NewStore puts tensors into a GoMLX store.
func NewStore(weights backbone.Weights) (*model.Store, error) {
	store := model.NewStore()
	for _, name := range slices.Sorted(maps.Keys(weights)) {
		t := weights[name]
		v, err := store.CreateVariable("/"+name, tensors.FromFlatDataAndDimensions(slices.Clone(t.Data), t.Shape...))
		if err != nil {
			return nil, fmt.Errorf("network: variable %s: %w", name, err)
		}
		v.SetTrainable(Trains(name))
	}
	return store, nil
}

// SetVariables overwrites the store's variables with the tensors of the same names.
func SetVariables(store *model.Store, weights map[string]safetensors.Tensor) error {
	for v := range store.IterVariables() {
		t, ok := weights[v.Name()]
		if !ok {
			return fmt.Errorf("network: no tensor %s", v.Name())
		}
		if !slices.Equal(v.Shape().Dimensions, t.Shape) && len(t.Shape) > 0 {
			return fmt.Errorf("network: tensor %s has shape %v, not %v", v.Name(), t.Shape, v.Shape().Dimensions)
		}
		if err := v.SetValue(tensors.FromFlatDataAndDimensions(slices.Clone(t.Data), t.Shape...)); err != nil {
			return fmt.Errorf("network: variable %s: %w", v.Name(), err)
		}
	}
	return nil
}

// Variables copies the store's variables to the host.
func Variables(store *model.Store) (map[string]safetensors.Tensor, error) {
	out := map[string]safetensors.Tensor{}
	for v := range store.IterVariables() {
		value, err := v.Value()
		if err != nil {
			return nil, fmt.Errorf("network: variable %s: %w", v.Name(), err)
		}
		t := safetensors.Tensor{Shape: slices.Clone(v.Shape().Dimensions)}
		if t.Data, err = tensors.CopyFlatData[float32](value); err != nil {
			return nil, fmt.Errorf("network: variable %s: %w", v.Name(), err)
		}
		out[v.Name()] = t
	}
	return out, nil
}
