package backbone

import (
	"math"
	"slices"
	"strings"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"imagelab/lib/engine"
	"imagelab/lib/internal/safetensors"
)

// Infer is [Spec.Forward] for inference: the scope's parameters are named as by [Spec.Folded], and
// nothing can be trained.
func (s Spec) Infer(scope *model.Scope, x *Node, from, to int) *Node {
	w := s.walk(scope, x, true)
	if w.planes && s.Family == "" && s.Precision != engine.BFloat16 {
		return s.inPlanes(scope, x, from, to)
	}
	return w.stages(x, from, to)
}

// Observe is [Spec.Infer] of all stages, on raw pixels x `[batch, size, size, 3]`, and calls
// observe for every activation in order: "pixels" (normalised), then the output of each
// convolution with its activation function by the convolution's name, such as "stem" and
// "stage2.0.expand", where the function is more than a clip also what it is given, with ".in"
// behind the name, and the results of residual blocks, norms and other layers by their names.
// Exporters need their ranges.
func (s Spec) Observe(scope *model.Scope, x *Node, observe func(name string, y *Node)) *Node {
	s.Precision = engine.Float32
	w := s.walk(scope, x, true)
	w.observe = observe
	return w.stages(x, 0, len(s.Stages()))
}

// Folded returns the weights with every batch norm folded into the convolution before it, of which
// a kernel and a shift, "x.shift" `[channels]`, are left. Tensors that belong to no batch norm are
// in it as they are.
func (s Spec) Folded(weights Weights) Weights {
	out := Weights{}
	for name, t := range weights {
		conv, isKernel := strings.CutSuffix(name, ".kernel")
		gamma, normed := weights[conv+"_bn.gamma"]
		switch {
		case strings.Contains(name, "_bn."):
		case isKernel && normed:
			channels := gamma.Size()
			kernel := safetensors.Tensor{Shape: t.Shape, Data: slices.Clone(t.Data)}
			shift := safetensors.Tensor{Shape: []int{channels}, Data: make([]float32, channels)}
			scale := make([]float32, channels)
			for c := range channels {
				scale[c] = gamma.Data[c] / float32(math.Sqrt(float64(weights[conv+"_bn.variance"].Data[c])+s.Epsilon))
				shift.Data[c] = weights[conv+"_bn.beta"].Data[c] - weights[conv+"_bn.mean"].Data[c]*scale[c]
			}
			for i := range kernel.Data {
				kernel.Data[i] *= scale[i%channels] // the output channel is the last axis
			}
			out[name], out[conv+".shift"] = kernel, shift
		default:
			out[name] = t
		}
	}
	return out
}
