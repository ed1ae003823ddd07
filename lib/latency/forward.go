package latency

import (
	"context"
	"fmt"
	"math/rand/v2"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"imagelab/lib/engine"
	"imagelab/lib/tradeoff"
)

// Forward is a network that is held open, for those who time it among other work: what [Measure]
// runs, one call at a time.
type Forward struct{ n *network }

// NewForward opens a network. Its batches are copies of a photo's pixels. The owner calls Close.
func NewForward(ctx context.Context, e *engine.Engine, asked tradeoff.Network, photo string) (*Forward, error) {
	n, err := newNetwork(e, asked, []string{photo}, library{})
	if err != nil {
		return nil, err
	}
	if err := n.open(ctx); err != nil {
		return nil, fmt.Errorf("latency: %w", err)
	}
	return &Forward{n}, nil
}

// Run brings a batch of images to the engine and its scores back. The first call of a batch
// compiles.
func (f *Forward) Run(batch int) error {
	if err := f.n.predict(batch); err != nil {
		return fmt.Errorf("latency: %w", err)
	}
	return nil
}

// Close frees what is compiled.
func (f *Forward) Close() { f.n.close() }

// Stage is one stage of a network.
type Stage struct {
	Name         string
	Batch        int   // images in a call
	MultiplyAdds int64 // for one image, see [backbone.Spec.MultiplyAdds]
	exec         *model.Exec
	input        *tensors.Tensor
}

// Stages opens the network's stages one by one, each with random activations as its input, which
// stay on the engine. They must be closed, and before f is.
func (f *Forward) Stages(batch int) ([]*Stage, error) {
	var stages []*Stage
	r := rand.New(rand.NewPCG(1, 0))
	spec, size, store := f.n.model.Spec, f.n.model.Size, f.n.predictor.Network().Store
	multiplyAdds := spec.MultiplyAdds(size)
	for i, name := range spec.Stages() {
		exec, err := model.NewExec(f.n.engine.Backend, store, func(scope *model.Scope, x *Node) *Node {
			return ReduceAllMax(spec.Infer(scope, x, i, i+1)) // a single number, or else the copy would be timed too
		})
		if err != nil {
			return stages, fmt.Errorf("latency: %s: %w", name, err)
		}
		x := tensors.FromShape(shapes.Make(dtypes.Float32, append([]int{batch}, spec.Shape(i, size)...)...))
		err = tensors.MutableFlatData(x, func(values []float32) {
			for k := range values {
				values[k] = r.Float32()
			}
		})
		stages = append(stages, &Stage{name, batch, multiplyAdds[i], exec, x})
		if err == nil {
			err = x.MaterializeOnDevice(f.n.engine.Backend, false, 0)
		}
		if err != nil {
			return stages, fmt.Errorf("latency: %s: %w", name, err)
		}
	}
	return stages, nil
}

// Run computes the stage once and waits for it. The first call compiles.
func (s *Stage) Run() error {
	y, err := engine.Call1(s.exec, s.input)
	if err != nil {
		return fmt.Errorf("latency: %s: %w", s.Name, err)
	}
	defer y.FinalizeAll()
	if _, err := tensors.CopyFlatData[float32](y); err != nil {
		return fmt.Errorf("latency: %s: %w", s.Name, err)
	}
	return nil
}

// Close frees what is compiled.
func (s *Stage) Close() {
	s.exec.Finalize()
	s.input.FinalizeAll()
}
