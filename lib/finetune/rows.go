package finetune

import (
	"context"

	"github.com/gomlx/gomlx/core/tensors"
)

// rows is what a network reads from the cut on: input i, in epoch, as bytes of the trainer's row type.
type rows func(dst []byte, i, epoch int) error

// batch is one step's input. Weights are zero for the padding of the last batch.
type batch struct {
	x       *tensors.Tensor
	labels  []int32
	weights []float32
	err     error
}

// batches prepares the batches of the steps [first, last), one ahead of the consumer. The channel is closed after the last
// batch or an error; the goroutine ends with ctx.
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
	b.x, b.err = t.input(len(indices), func(i int, dst []byte) error { return e.read(dst, indices[i], pass) })
	return b
}
