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
	n       int // rows that are not padding
	err     error
}

// batches prepares the batches of one epoch in the given order, one ahead of the consumer. The channel is closed after the
// last batch or an error; the goroutine ends with ctx.
func (t *trainer) batches(ctx context.Context, read rows, order []int, labels []int, weights []float32, epoch int) <-chan batch {
	out := make(chan batch, 1)
	go func() {
		defer close(out)
		for from := 0; from < len(order); from += t.batch {
			b := t.prepare(read, order[from:min(from+t.batch, len(order))], labels, weights, epoch)
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

func (t *trainer) prepare(read rows, indices []int, labels []int, weights []float32, epoch int) batch {
	b := batch{labels: make([]int32, t.batch), weights: make([]float32, t.batch), n: len(indices)}
	for i, index := range indices {
		b.labels[i], b.weights[i] = int32(labels[index]), weights[index]
	}
	b.x, b.err = t.input(len(indices), func(i int, dst []byte) error { return read(dst, indices[i], epoch) })
	return b
}
