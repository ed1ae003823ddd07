package finetune

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/dtypes/float16"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"imagelab/lib/backbone"
	"imagelab/lib/engine"
	"imagelab/lib/internal/network"
	"imagelab/lib/progress"
	"imagelab/lib/recipe"
)

// StepTimer runs the training steps of a fit on made-up images, for those who time them: the same
// compiled step, fed in the same way, as an epoch of [Prepared.Fit]. What comes before the first
// step, such as the frozen stages, is not part of it.
type StepTimer struct {
	config  recipe.Config
	trainer *trainer
	images  examples
	weights []float32
	kept    *resident // the images, on a GPU; nil: on the host
}

// NewStepTimer compiles the training step of c for a number of classes, and makes one batch of
// images, or of activations of its frozen stages, of random values. The cut "head" has no such
// step. The owner calls Close.
func NewStepTimer(ctx context.Context, e *engine.Engine, c recipe.Config, classes int,
	p progress.Func) (*StepTimer, error) {
	r, err := resolve(c)
	if err != nil {
		return nil, err
	}
	if c.Cut == backbone.CutHead || classes < 2 {
		return nil, fmt.Errorf("finetune: no training step at cut %s with %d classes; cut at a stage, with two "+
			"classes or more", c.Cut, classes)
	}
	weights, err := r.start(ctx, p)
	if err != nil {
		return nil, err
	}
	t, err := newTrainer(e.Backend, r, network.WithBlankHead(weights, r.spec, classes), p)
	if err != nil {
		return nil, err
	}
	timer := &StepTimer{config: r.Config, trainer: t}
	data, labels := t.random(c.Batch, classes)
	timer.images = examples{labels: labels, source: rows(func(dst []byte, i, _ int) error {
		copy(dst, data[i*t.row.Bytes():(i+1)*t.row.Bytes()])
		return nil
	})}
	if e.Name == engine.XLACUDA {
		if timer.kept, err = keepRows(e.Backend, t.row, c.Batch, data); err != nil {
			timer.Close()
			return nil, fmt.Errorf("finetune: %w", engine.Advised(err))
		}
		timer.images.source = keptRows{timer.kept}
	}
	timer.weights = classWeights(timer.images.labels, classes, c.Balance)
	return timer, nil
}

// keepRows copies n inputs to the device, from which steps pick theirs.
func keepRows(backend compute.Backend, row network.Row, n int, data []byte) (*resident, error) {
	r := &resident{backend: backend, batch: n, row: row}
	x, err := r.copy(n, data)
	if err != nil {
		return nil, err
	}
	r.views = []*tensors.Tensor{x}
	r.exec, err = graph.NewExec(backend, func(x, ids *graph.Node) *graph.Node { return gather(x, ids) })
	return r, err
}

// keptRows are inputs on the device, as those of a fit on a GPU are.
type keptRows struct{ *resident }

func (k keptRows) inputs(_ *trainer, indices []int, _ int) (*tensors.Tensor, error) {
	ids := make([]int32, k.batch)
	for n, i := range indices {
		ids[n] = int32(i)
	}
	return k.pick(ids, 0, nil)
}

// random makes n inputs of a trainer, pixels over their whole range and activations in [0,1), with
// labels in turn.
func (t *trainer) random(n, classes int) (data []byte, labels []int) {
	r := rand.New(rand.NewPCG(1, 0))
	data, labels = make([]byte, n*t.row.Bytes()), make([]int, n)
	for i := range labels {
		labels[i] = i % classes
	}
	switch t.row.Type {
	case dtypes.Uint8:
		for i := range data {
			data[i] = byte(r.Uint32())
		}
	default:
		for i := 0; i < len(data); i += 2 {
			bits := float16.FromFloat32(r.Float32()).Bits()
			data[i], data[i+1] = byte(bits), byte(bits>>8)
		}
	}
	return data, labels
}

// Batch is the number of images in a step.
func (p *StepTimer) Batch() int { return p.config.Batch }

// Run takes n steps, at least 1, and returns when the loss of the last one is known. Parameters
// move on from call to call.
func (p *StepTimer) Run(ctx context.Context, n int) error {
	if n < 1 {
		return errors.New("finetune: ask for at least one step")
	}
	c := p.config
	c.Epochs, c.Steps = 1, n
	_, _, err := p.trainer.epoch(ctx, c, p.images, p.weights, 0, nil)
	return err
}

// Close frees what is compiled.
func (p *StepTimer) Close() {
	p.kept.close()
	p.trainer.close()
}
