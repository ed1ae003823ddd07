package finetune

import (
	"context"
	"fmt"
	"math"
	"path/filepath"
	"time"

	"imagelab/lib/backbone"
	"imagelab/lib/internal/network"
	"imagelab/lib/internal/safetensors"
	"imagelab/lib/runlog"
)

// body is the state of training above the cut after some epochs.
type body struct {
	epochs []runlog.Epoch                // done
	last   map[string]safetensors.Tensor // the parameters after the last of them; nil before the first
	judged *runlog.Candidate             // what those are worth; nil where a checkpoint gave them
}

// trainBody runs the epochs that are left. Where the number of steps is given, an epoch is its
// share of them. After every epoch the state is saved as the checkpoint, if there is to be one.
// When ctx ends, the error is ctx's and b holds what was reached.
func (f *fit) trainBody(ctx context.Context, t *trainer, b *body) error {
	c, train := f.config, f.training()
	weights := classWeights(train.labels, len(f.classes), c.Balance)
	for len(b.epochs) < c.Epochs {
		start, epoch := time.Now(), len(b.epochs)
		loss, lr, err := t.epoch(ctx, c.Config, train, weights, epoch, f.observer.Progress)
		if err != nil {
			return err
		}
		if math.IsNaN(loss) || math.IsInf(loss, 0) {
			return fmt.Errorf("finetune: the training loss of epoch %d is %v: the learning rate %g is too high; "+
				"try a third of it", epoch+1, loss, c.LR)
		}
		judged, err := f.validate(ctx, t)
		if err != nil {
			return err
		}
		done := runlog.Epoch{Phase: runlog.PhaseBody, Epoch: epoch + 1, LR: lr, TrainLoss: loss, ValLoss: judged.ValLoss,
			ValTop1: judged.ValTop1, Seconds: time.Since(start).Seconds()}
		parameters, err := t.parameters()
		if err != nil {
			return err
		}
		b.epochs, b.last, b.judged = append(b.epochs, done), parameters, &judged
		f.tell(done, parameters)
		if f.checkpoint != "" {
			if err := t.save(f.checkpoint, f.record.ID, b); err != nil {
				return err
			}
		}
	}
	return nil
}

// probabilities runs the network on all examples in order.
func (t *trainer) probabilities(ctx context.Context, e examples) ([][]float64, error) {
	var out [][]float64
	for from := 0; from < len(e.labels); from += t.batch {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		n := min(t.batch, len(e.labels)-from)
		indices := make([]int, n)
		for i := range indices {
			indices[i] = from + i
		}
		x, err := e.inputs(t, indices, 0)
		if err != nil {
			return nil, err
		}
		batch, err := network.Probabilities(t.forward, x, n)
		if err != nil {
			return nil, err
		}
		out = append(out, batch...)
	}
	return out, nil
}

// save writes the checkpoint: parameters, moments and the epochs.
func (t *trainer) save(path, id string, b *body) error {
	state, err := t.state()
	if err != nil {
		return err
	}
	meta := map[string]string{"id": id, "epochs": encode(b.epochs)}
	return safetensors.Write(path, safetensors.File{Tensors: state, Metadata: meta})
}

// resume loads a checkpoint of the fit with this id into the trainer and b. It reports false when
// there is none; a checkpoint that cannot be read is as good as none.
func (t *trainer) resume(path, id string, b *body) (bool, error) {
	state, epochs, ok := readCheckpoint(path, id)
	if !ok {
		return false, nil
	}
	if err := network.SetVariables(t.store, state); err != nil {
		return false, err
	}
	last, err := t.parameters()
	if err != nil {
		return false, err
	}
	*b = body{epochs: epochs, last: last}
	return true, nil
}

// readCheckpoint returns what save wrote of the fit with this id. ok is false where there is none,
// and where it is damaged.
func readCheckpoint(path, id string) (state map[string]backbone.Tensor, epochs []runlog.Epoch, ok bool) {
	f, err := safetensors.Read(path)
	ok = err == nil && f.Metadata["id"] == id && decode(f.Metadata["epochs"], &epochs) == nil
	for _, t := range f.Tensors {
		ok = ok && t.Finite()
	}
	return f.Tensors, epochs, ok
}

func checkpointPath(dir string) string { return filepath.Join(dir, "checkpoint.safetensors") }
