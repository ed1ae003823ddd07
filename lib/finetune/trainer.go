package finetune

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"imagelab/lib/backbone"
	"imagelab/lib/internal/network"
	"imagelab/lib/internal/safetensors"
	"imagelab/lib/progress"
)

// trainer holds the compiled training and evaluation steps above a cut. One trainer serves every
// fit of the same shape: load resets its variables.
type trainer struct {
	spec    backbone.Spec
	cut     int
	batch   int
	row     network.Row  // one input
	store   *model.Store // parameters, named as in the bundle
	step    *model.Exec
	forward *model.Exec
	compile time.Duration
}

// newTrainer compiles the steps for the tensors in weights (of which those from the cut on are
// used).
func newTrainer(backend compute.Backend, c resolved, weights backbone.Weights,
	p progress.Func) (_ *trainer, err error) {
	t := &trainer{spec: c.spec, cut: c.cut, batch: c.Batch, row: c.inputAt(c.cut)}
	defer func() {
		if err != nil {
			t.close()
		}
	}()
	if t.store, err = network.NewStore(withMoments(c.spec, weights, c.cut)); err != nil {
		return nil, err
	}
	if t.step, err = model.NewExec(backend, t.store, t.stepGraph); err != nil {
		return nil, fmt.Errorf("finetune: build training step: %w", err)
	}
	t.forward, err = model.NewExec(backend, t.store,
		func(scope *model.Scope, x *Node) *Node { return t.logits(c.spec, scope, x) })
	if err != nil {
		return nil, fmt.Errorf("finetune: build forward graph: %w", err)
	}
	x := t.row.Batch(t.batch)
	step, err := network.Compile(p, t.step, x, shapes.Make(dtypes.Int32, t.batch),
		shapes.Make(network.Float32, t.batch), shapes.Make(network.Float32, settings))
	if err != nil {
		return nil, err
	}
	forward, err := network.Compile(p, t.forward, x)
	if err != nil {
		return nil, err
	}
	t.compile = step + forward
	return t, nil
}

// withMoments returns the tensors from the cut on, with zeroed first and second moments for those
// that are trained.
func withMoments(spec backbone.Spec, weights backbone.Weights, cut int) backbone.Weights {
	all := backbone.Weights{}
	for name, w := range weights {
		if !network.FromStage(spec, name, cut) {
			continue
		}
		all[name] = w
		if network.Trains(name) {
			all["m:"+name] = safetensors.Tensor{Shape: w.Shape, Data: make([]float32, len(w.Data))}
			all["v:"+name] = safetensors.Tensor{Shape: w.Shape, Data: make([]float32, len(w.Data))}
		}
	}
	return all
}

// load starts a new fit from weights, with zeroed moments.
func (t *trainer) load(weights backbone.Weights) error {
	return network.SetVariables(t.store, withMoments(t.spec, weights, t.cut))
}

// close frees the compiled graphs and the variables, as many as there are.
func (t *trainer) close() {
	for _, exec := range []*model.Exec{t.step, t.forward} {
		if exec != nil {
			exec.Finalize()
		}
	}
	if t.store != nil {
		t.store.Finalize()
	}
}

// logits runs the stages above the cut and the classifier on x, pixels in [0,255] or activations of
// any number type.
func (t *trainer) logits(spec backbone.Spec, scope *model.Scope, x *Node) *Node {
	return network.Classifier(scope, spec.Forward(scope, ConvertDType(x, network.Float32), t.cut, len(spec.Stages())))
}

// trained lists the tensors that a step changes, sorted.
func (t *trainer) trained() []string {
	var names []string
	for v := range t.store.IterVariables() {
		if strings.HasPrefix(v.Name(), "m:") {
			names = append(names, strings.TrimPrefix(v.Name(), "m:"))
		}
	}
	slices.Sort(names)
	return names
}

// state copies parameters and moments to the host.
func (t *trainer) state() (map[string]safetensors.Tensor, error) { return network.Variables(t.store) }

// parameters copies the tensors that belong to a bundle to the host.
func (t *trainer) parameters() (map[string]safetensors.Tensor, error) {
	state, err := t.state()
	maps.DeleteFunc(state, func(name string, _ safetensors.Tensor) bool {
		return strings.HasPrefix(name, "m:") || strings.HasPrefix(name, "v:")
	})
	return state, err
}

// input makes a batch `[batch, ...]` whose first n rows are written by fill; the others are zero.
func (t *trainer) input(n int, fill func(i int, dst []byte) error) (*tensors.Tensor, error) {
	return t.row.Tensor(t.batch, n, fill)
}
