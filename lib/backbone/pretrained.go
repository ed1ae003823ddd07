package backbone

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"strings"

	"imagelab/lib/asset"
	"imagelab/lib/internal/safetensors"
	"imagelab/lib/progress"
	"imagelab/lib/text"
)

// Tensor is a named parameter's values.
type Tensor = safetensors.Tensor

// Pretrained are the weights of a backbone as it was trained by its authors, without its
// classifier. They are fetched where they are not in the cache.
func Pretrained(ctx context.Context, spec Spec, p progress.Func) (Weights, error) {
	path, err := asset.Fetch(ctx, spec.Weights, p)
	if err != nil {
		return nil, err
	}
	return FromFile(spec, path)
}

// FromFile are the weights in a file, see [Load], without a classifier.
func FromFile(spec Spec, path string) (Weights, error) {
	weights, err := Load(spec, path)
	if err != nil {
		return nil, err
	}
	maps.DeleteFunc(weights, func(name string, _ Tensor) bool {
		return name == ClassifierKernel || name == ClassifierBias
	})
	return weights, nil
}

// FileDigest names a file by its content, "sha256:" and 64 digits.
func FileDigest(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("backbone: weights: %w", err)
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return "", fmt.Errorf("backbone: weights: %s is no file: name one of safetensors or a checkpoint of PyTorch",
			text.Path(path))
	}
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", fmt.Errorf("backbone: weights: %w", err)
	}
	return "sha256:" + hex.EncodeToString(h.Sum(nil)), nil
}

// Random are weights that know nothing, always the same ones: kernels are normal with the
// variance of He et al. 2015, batch and layer norms change nothing. They are for measuring speed,
// which does not depend on weights.
func Random(spec Spec) Weights {
	r, weights := rand.New(rand.NewPCG(1, 19)), Weights{}
	for _, p := range spec.Params() {
		t := Tensor{Shape: p.Shape, Data: make([]float32, size(p.Shape))}
		scale, offset := 0.0, 0.0
		switch {
		case strings.HasSuffix(p.Name, ".kernel"):
			scale = math.Sqrt(2 / float64(len(t.Data)/last(p.Shape)))
		case strings.HasSuffix(p.Name, ".gamma"), strings.HasSuffix(p.Name, ".variance"):
			offset = 1
		case strings.HasSuffix(p.Name, ".class"), strings.HasSuffix(p.Name, ".places"):
			scale = 0.02
		}
		for i := range t.Data {
			t.Data[i] = float32(offset + scale*r.NormFloat64())
		}
		weights[p.Name] = t
	}
	return weights
}
