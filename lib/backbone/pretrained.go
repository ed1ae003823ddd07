package backbone

import (
	"context"
	"maps"

	"imagelab/lib/asset"
	"imagelab/lib/internal/safetensors"
	"imagelab/lib/progress"
)

// Tensor is a named parameter's values.
type Tensor = safetensors.Tensor

// Pretrained are the weights of a backbone as it was trained on ImageNet, without its classifier.
// They are fetched where they are not in the cache.
func Pretrained(ctx context.Context, spec Spec, p progress.Func) (Weights, error) {
	path, err := asset.Fetch(ctx, spec.Weights, p)
	if err != nil {
		return nil, err
	}
	weights, err := Load(spec, path)
	if err != nil {
		return nil, err
	}
	maps.DeleteFunc(weights, func(name string, _ Tensor) bool {
		return name == ClassifierKernel || name == ClassifierBias
	})
	return weights, nil
}
