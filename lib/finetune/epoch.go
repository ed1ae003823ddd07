package finetune

// The steps of an epoch: [trainer.epoch] takes the batches one after the other, and
// [trainer.batches] makes them, one ahead.

import (
	"context"
	"errors"
	"fmt"

	"github.com/gomlx/gomlx/core/tensors"

	"imagelab/lib/engine"
	"imagelab/lib/feed"
	"imagelab/lib/progress"
	"imagelab/lib/recipe"
)

// epoch runs the steps of one epoch and returns the mean loss and the last learning rate.
func (t *trainer) epoch(ctx context.Context, c recipe.Config, train examples, weights []float32, epoch int,
	p progress.Func) (loss, lr float64, err error) {
	inner, stop := context.WithCancel(ctx)
	plan := newSchedule(c, len(train.labels))
	first, last := plan.steps(epoch)
	stage := fmt.Sprintf("training epoch %d of %d", epoch+1, c.Epochs)
	sum, total := 0.0, 0.0
	p.Report(stage, 0, int64(last-first))
	step := first
	batches := t.batches(inner, train, weights, plan, first, last)
	defer func() { // after an error or a stop: what is prepared reads files that may be closed soon
		stop()
		for b := range batches {
			_ = b.free()
		}
	}()
	for b := range batches {
		if b.err != nil {
			return 0, 0, b.err
		}
		lr = c.LR * rate(step, plan.total, c.WarmUp)
		step++
		set := make([]float32, settings)
		set[setLR], set[setHeadLR], set[setStep] = float32(lr), float32(lr*c.HeadLRMultiplier), float32(step)
		set[setDecay], set[setSmoothing] = float32(c.WeightDecay), float32(c.LabelSmoothing)
		loss, weight, err := t.stepOn(b, set)
		if err != nil {
			return 0, 0, fmt.Errorf("finetune: training step: %w", err)
		}
		sum, total = sum+loss, total+weight
		p.Report(stage, int64(step-first), int64(last-first))
	}
	return sum / total, lr, ctx.Err()
}

// stepOn takes a step on a batch, which it frees, with the values of set. It returns the weighted
// sum of the losses of the batch's images, and the sum of their weights.
func (t *trainer) stepOn(b batch, set []float32) (loss, weight float64, err error) {
	defer func() { err = errors.Join(err, b.free()) }()
	out, err := engine.Call(t.step, b.x, b.labels, b.weights, set)
	if err != nil {
		return 0, 0, err
	}
	// What a device could not compute may come out only now.
	err = engine.Try(func() {
		loss, weight = float64(tensors.ToScalar[float32](out[0])), float64(tensors.ToScalar[float32](out[1]))
	})
	return loss, weight, errors.Join(err, engine.Free(out...))
}

// batch is one step's input. Weights are zero for the padding of the last batch.
type batch struct {
	x       *tensors.Tensor
	labels  []int32
	weights []float32
	err     error
}

// free releases what the batch holds.
func (b batch) free() error {
	if b.x == nil {
		return nil
	}
	return b.x.FinalizeAll()
}

// batches prepares the batches of the steps [first, last), one ahead of the consumer. The channel
// is closed after the last batch or an error; the goroutine ends with ctx, and the receiver then
// drains the channel.
func (t *trainer) batches(ctx context.Context, e examples, weights []float32, plan schedule,
	first, last int) <-chan batch {
	out := make(chan batch, 1)
	go func() {
		defer close(out)
		for step := first; step < last; step++ {
			pass, indices := plan.images(step)
			b := t.prepare(e, indices, weights, pass)
			select {
			case out <- b:
			case <-ctx.Done():
				_ = b.free() // nobody would hear of it
				return
			}
			if b.err != nil {
				return
			}
		}
	}()
	return out
}

func (t *trainer) prepare(e examples, indices []int, weights []float32, pass int) batch {
	b := batch{labels: make([]int32, t.batch), weights: make([]float32, t.batch)}
	for i, index := range indices {
		b.labels[i], b.weights[i] = int32(e.labels[index]), weights[index]
	}
	b.x, b.err = e.inputs(t, indices, pass)
	return b
}

// examples are the inputs of a network from the cut on, with their labels.
type examples struct {
	source
	labels []int
}

// training is the fit's part of the training images.
func (f *fit) training() examples {
	labels := make([]int, len(f.subset))
	for k, i := range f.subset {
		labels[k] = f.train.labels[i]
	}
	return examples{part{f.train.source(f.config, 0), f.subset}, labels}
}

// source gives the inputs of a network from the cut on.
type source interface {
	// inputs are those of the images with these indices in an epoch, `[batch, ...]` in the
	// trainer's row type, in the memory of the host or the device. The rows behind the last image
	// mean nothing. The caller frees them.
	inputs(t *trainer, indices []int, epoch int) (*tensors.Tensor, error)
}

// rows is a source in the host's memory: it writes input i, in epoch, as bytes of the trainer's row
// type.
type rows func(dst []byte, i, epoch int) error

func (read rows) inputs(t *trainer, indices []int, epoch int) (*tensors.Tensor, error) {
	return t.input(len(indices), func(i int, dst []byte) error { return read(dst, indices[i], epoch) })
}

// part is a source of some of another one's images.
type part struct {
	source
	of []int
}

func (p part) inputs(t *trainer, indices []int, epoch int) (*tensors.Tensor, error) {
	chosen := make([]int, len(indices))
	for k, i := range indices {
		chosen[k] = p.of[i]
	}
	return p.source.inputs(t, chosen, epoch)
}

// reader gives the input of image i in epoch: the cached views in turn, starting with first, or
// pixels rendered anew.
func (s *side) reader(c resolved, first int) rows {
	if len(s.views) > 0 {
		return func(dst []byte, i, epoch int) error {
			copy(dst, s.views[(first+epoch)%len(s.views)].Row(i))
			return nil
		}
	}
	return func(dst []byte, i, epoch int) error {
		if first+epoch == 0 {
			s.pixels.Plain(dst, i, c.Size)
		} else {
			s.pixels.Render(dst, i, c.Size, s.drawn(c, i, first+epoch))
		}
		return nil
	}
}

// drawn is a view of image i's pixels: the plain one, then augmented ones.
func (s *side) drawn(c resolved, i, view int) feed.View {
	if view == 0 {
		return s.pixels.Centre(c.Size)
	}
	return s.pixels.Draw(i, c.Size, s.augment, c.Seed, view)
}

// source gives what reader does, from the device where the side is kept there.
func (s *side) source(c resolved, first int) source {
	if s.resident != nil {
		return residentViews{s, c, first}
	}
	return s.reader(c, first)
}
