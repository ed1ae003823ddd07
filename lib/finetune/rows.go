package finetune

import (
	"context"

	"github.com/gomlx/gomlx/core/tensors"
)

// source gives the inputs of a network from the cut on.
type source interface {
	// inputs are those of the images with these indices in an epoch, `[batch, ...]` in the trainer's row type, in the memory
	// of the host or the device. The rows behind the last image mean nothing. The caller frees them.
	inputs(t *trainer, indices []int, epoch int) (*tensors.Tensor, error)
}

// rows is a source in the host's memory: it writes input i, in epoch, as bytes of the trainer's row type.
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

// batches prepares the batches of the steps [first, last), one ahead of the consumer. The channel is closed after the last
// batch or an error; the goroutine ends with ctx, and the receiver then drains the channel.
func (t *trainer) batches(ctx context.Context, e examples, weights []float32, plan schedule, first, last int) <-chan batch {
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
