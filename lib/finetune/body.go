package finetune

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/gomlx/gomlx/core/tensors"

	"imagelab/lib/engine"
	"imagelab/lib/metric"
	"imagelab/lib/progress"
	"imagelab/lib/runlog"
	"imagelab/lib/safetensors"
)

// examples are the inputs of a network from the cut on, with their labels.
type examples struct {
	read   rows
	labels []int
}

// body is the state of training above the cut after some epochs; it is what a checkpoint holds.
type body struct {
	epochs []runlog.Epoch // done
	best   map[string]safetensors.Tensor
	loss   float64 // of best: validation log loss
	since  int     // epochs since best
}

// trainBody runs the epochs that are left, and keeps the parameters of the one with the lowest validation log
// loss, which tells epochs apart with fewer images than top-1 does.
// After every epoch the state is saved under checkpoint; with an empty name nothing is saved. When ctx ends, the error is
// ctx's and b holds what was reached.
func (t *trainer) trainBody(ctx context.Context, c Config, train, val examples, b *body, checkpoint, id string, o Observer) error {
	weights := classWeights(train.labels, t.classes(), c.Balance)
	perEpoch := (len(train.labels) + t.batch - 1) / t.batch
	for epoch := len(b.epochs); epoch < c.Epochs && b.since < c.Patience; epoch++ {
		start := time.Now()
		order := rand.New(rand.NewPCG(c.Seed, uint64(epoch)+1)).Perm(len(train.labels))
		stage := fmt.Sprintf("training epoch %d of %d", epoch+1, c.Epochs)
		loss, last, err := t.epoch(ctx, c, train, order, weights, epoch, perEpoch, stage, o.Progress)
		if err != nil {
			return err
		}
		probs, err := t.probabilities(ctx, val, o.Progress)
		if err != nil {
			return err
		}
		result, err := metric.Evaluate(make([]string, t.classes()), val.labels, probs, nil)
		if err != nil {
			return err
		}
		done := runlog.Epoch{Phase: "body", Epoch: epoch + 1, LR: last, TrainLoss: loss, ValLoss: result.LogLoss,
			ValTop1: result.Top1, Seconds: time.Since(start).Seconds()}
		if err := t.keepBest(b, done); err != nil {
			return err
		}
		o.epoch(done)
		if checkpoint != "" {
			if err := t.save(checkpoint, id, b); err != nil {
				return err
			}
		}
	}
	return nil
}

// epoch trains on every image once and returns the mean loss and the last learning rate.
func (t *trainer) epoch(ctx context.Context, c Config, train examples, order []int, weights []float32, epoch, perEpoch int, stage string, p progress.Func) (loss, lr float64, err error) {
	inner, stop := context.WithCancel(ctx)
	defer stop()
	sum, total, done := 0.0, 0.0, 0
	step := epoch * perEpoch
	p.Report(stage, 0, int64(len(order)))
	for b := range t.batches(inner, train.read, order, train.labels, weights, epoch) {
		if b.err != nil {
			return 0, 0, b.err
		}
		lr = c.LR * rate(step, c.Epochs*perEpoch, c.WarmUp)
		step++
		rates := []float32{float32(lr), float32(lr * c.HeadLR), float32(step)}
		var out []*tensors.Tensor
		if tryErr := engine.Try(func() { out, err = t.step.Call(b.x, b.labels, b.weights, rates) }); tryErr != nil {
			err = tryErr
		}
		if err != nil {
			return 0, 0, fmt.Errorf("finetune: training step: %w", err)
		}
		sum += float64(tensors.ToScalar[float32](out[0]))
		total += float64(tensors.ToScalar[float32](out[1]))
		if err := b.x.FinalizeAll(); err != nil {
			return 0, 0, fmt.Errorf("finetune: training step: %w", err)
		}
		done += b.n
		p.Report(stage, int64(done), int64(len(order)))
	}
	return sum / total, lr, ctx.Err()
}

// keepBest appends an epoch and copies the parameters when it is the best so far.
func (t *trainer) keepBest(b *body, done runlog.Epoch) error {
	b.epochs = append(b.epochs, done)
	b.since++
	if b.best != nil && done.ValLoss >= b.loss {
		return nil
	}
	state, err := t.state()
	if err != nil {
		return err
	}
	b.best, b.loss, b.since = parameters(state), done.ValLoss, 0
	return nil
}

// probabilities runs the network on all examples in order.
func (t *trainer) probabilities(ctx context.Context, e examples, p progress.Func) ([][]float64, error) {
	var out [][]float64
	for from := 0; from < len(e.labels); from += t.batch {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		n := min(t.batch, len(e.labels)-from)
		x, err := t.input(n, func(i int, dst []byte) error { return e.read(dst, from+i, 0) })
		if err != nil {
			return nil, err
		}
		batch, err := callRows(t.forward, x, n)
		if err != nil {
			return nil, err
		}
		out = append(out, batch...)
	}
	return out, nil
}

func (t *trainer) classes() int {
	return t.store.GetVariable("/" + headBias).Shape().Dimensions[0]
}

// save writes the checkpoint: parameters and moments, the best parameters under "best:", and the epochs.
func (t *trainer) save(path, id string, b *body) error {
	state, err := t.state()
	if err != nil {
		return err
	}
	for name, tensor := range b.best {
		state["best:"+name] = tensor
	}
	meta := map[string]string{"id": id, "since": strconv.Itoa(b.since), "epochs": encode(b.epochs), "loss": encode(b.loss)}
	return safetensors.Write(path, safetensors.File{Tensors: state, Metadata: meta})
}

// resume loads a checkpoint of the fit with this id into the trainer. It reports false when there is none; a checkpoint
// that cannot be read is as good as none.
func (t *trainer) resume(path, id string, b *body) (bool, error) {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	f, err := safetensors.Read(path)
	if err != nil || f.Metadata["id"] != id {
		return false, nil
	}
	var loaded body
	if decode(f.Metadata["epochs"], &loaded.epochs) != nil || decode(f.Metadata["loss"], &loaded.loss) != nil || decode(f.Metadata["since"], &loaded.since) != nil {
		return false, nil
	}
	loaded.best = map[string]safetensors.Tensor{}
	for name, tensor := range f.Tensors {
		if rest, ok := strings.CutPrefix(name, "best:"); ok {
			loaded.best[rest] = tensor
			delete(f.Tensors, name)
		}
	}
	if err := setVariables(t.store, f.Tensors); err != nil {
		return false, err
	}
	*b = loaded
	return true, nil
}

func checkpointPath(dir string) string { return filepath.Join(dir, "checkpoint.safetensors") }
