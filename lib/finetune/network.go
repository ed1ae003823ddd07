package finetune

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"imagelab/lib/backbone"
	"imagelab/lib/engine"
	"imagelab/lib/progress"
	"imagelab/lib/internal/safetensors"
)

// Names of the classifier's tensors: kernel `[features, classes]`, bias `[classes]`.
const (
	headKernel = "head.kernel"
	headBias   = "head.bias"
)

// fromStage says whether a tensor belongs to one of the stages from cut on, or to the classifier.
func fromStage(spec backbone.Spec, name string, cut int) bool {
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

// trains says whether training changes a tensor: the stored statistics of batch norm never change.
func trains(name string) bool {
	return !strings.HasSuffix(name, ".mean") && !strings.HasSuffix(name, ".variance")
}

// withBlankHead is a copy of weights with a classifier that knows nothing yet, in place of any that there is.
func withBlankHead(weights backbone.Weights, spec backbone.Spec, classes int) backbone.Weights {
	all := maps.Clone(weights)
	all[headKernel], all[headBias] = zeros(spec.Features, classes), zeros(classes)
	return all
}

// newStore puts tensors into a GoMLX store.
func newStore(weights backbone.Weights) (*model.Store, error) {
	store := model.NewStore()
	for _, name := range slices.Sorted(maps.Keys(weights)) {
		t := weights[name]
		v, err := store.CreateVariable("/"+name, tensors.FromFlatDataAndDimensions(slices.Clone(t.Data), t.Shape...))
		if err != nil {
			return nil, fmt.Errorf("finetune: variable %s: %w", name, err)
		}
		v.SetTrainable(trains(name))
	}
	return store, nil
}

// setVariables overwrites the store's variables with the tensors of the same names.
func setVariables(store *model.Store, weights map[string]safetensors.Tensor) error {
	for v := range store.IterVariables() {
		t, ok := weights[v.Name()]
		if !ok {
			return fmt.Errorf("finetune: no tensor %s", v.Name())
		}
		if !slices.Equal(v.Shape().Dimensions, t.Shape) && len(t.Shape) > 0 {
			return fmt.Errorf("finetune: tensor %s has shape %v, not %v", v.Name(), t.Shape, v.Shape().Dimensions)
		}
		if err := v.SetValue(tensors.FromFlatDataAndDimensions(slices.Clone(t.Data), t.Shape...)); err != nil {
			return fmt.Errorf("finetune: variable %s: %w", v.Name(), err)
		}
	}
	return nil
}

// variables copies the store's variables to the host.
func variables(store *model.Store) (map[string]safetensors.Tensor, error) {
	out := map[string]safetensors.Tensor{}
	for v := range store.IterVariables() {
		value, err := v.Value()
		if err != nil {
			return nil, fmt.Errorf("finetune: variable %s: %w", v.Name(), err)
		}
		t := safetensors.Tensor{Shape: slices.Clone(v.Shape().Dimensions)}
		if t.Data, err = tensors.CopyFlatData[float32](value); err != nil {
			return nil, fmt.Errorf("finetune: variable %s: %w", v.Name(), err)
		}
		out[v.Name()] = t
	}
	return out, nil
}

// classifier turns features `[batch, features]` into logits `[batch, classes]`.
func classifier(scope *model.Scope, features *Node) *Node {
	kernel := scope.GetVariable(headKernel).NodeValue(features.Graph())
	bias := scope.GetVariable(headBias).NodeValue(features.Graph())
	return Add(Dot(features, kernel).Product(), ExpandLeftToRank(bias, 2))
}

// inference is a network that is not trained: its weights, folded, and its graph, compiled for the shapes that it met. The
// weights are inputs of the graph: with constants it would compile in 5 s in place of 0.2 s, to be a tenth faster.
type inference struct {
	store *model.Store
	exec  *model.Exec
}

// newInference compiles nothing yet. The weights are those that the graph needs, not folded.
func newInference(backend compute.Backend, spec backbone.Spec, weights backbone.Weights, graph func(scope *model.Scope, x *Node) *Node) (*inference, error) {
	store, err := newStore(spec.Folded(weights))
	if err != nil {
		return nil, err
	}
	exec, err := model.NewExec(backend, store, graph)
	if err != nil {
		store.Finalize()
		return nil, fmt.Errorf("finetune: build inference graph: %w", err)
	}
	return &inference{store, exec}, nil
}

// newFrozen runs stages [from, to), from pixels or activations of any number type to activations in float16.
func newFrozen(backend compute.Backend, spec backbone.Spec, weights backbone.Weights, from, to int) (*inference, error) {
	needed := maps.Clone(weights)
	maps.DeleteFunc(needed, func(name string, _ safetensors.Tensor) bool {
		return !fromStage(spec, name, from) || fromStage(spec, name, to)
	})
	return newInference(backend, spec, needed, func(scope *model.Scope, x *Node) *Node {
		return ConvertDType(spec.Infer(scope, ConvertDType(x, float32Type), from, to), float16Type)
	})
}

// close frees the graph and the weights on the device.
func (i *inference) close() {
	i.exec.Finalize()
	i.store.Finalize()
}

// compile compiles a graph for inputs of the given shapes, unless it was, and returns how long that took. It reports a
// stage of its own, so that what follows is not taken to be slow.
func compile(p progress.Func, exec interface {
	Compile(inputs ...shapes.Shape) (*Graph, error)
}, inputs ...shapes.Shape) (time.Duration, error) {
	const stage = "compiling"
	p.Report(stage, 0, 1)
	defer p.Report(stage, 1, 1)
	start := time.Now()
	var err error
	if tryErr := engine.Try(func() { _, err = exec.Compile(inputs...) }); tryErr != nil {
		err = tryErr
	}
	if err != nil {
		return 0, fmt.Errorf("finetune: compile: %w", err)
	}
	return time.Since(start), nil
}
