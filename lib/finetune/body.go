package finetune

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
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
	source
	labels []int
}

// body is the state of training above the cut after some epochs; it is what a checkpoint holds.
type body struct {
	epochs []runlog.Epoch // done
	best   map[string]safetensors.Tensor
	loss   float64 // of best: validation log loss after temperature scaling
	since  int     // epochs since best
}

// trainBody runs the epochs that are left, and keeps the parameters of the one with the lowest validation log loss after
// temperature scaling, which tells epochs apart with fewer images than top-1 does. Where the number of steps is given, an
// epoch is its share of them. After every epoch the state is saved as the checkpoint, if there is to be one. When ctx ends, the error is ctx's and b
// holds what was reached.
func (f *fit) trainBody(ctx context.Context, t *trainer, b *body) error {
	c, train := f.config, f.training()
	weights := classWeights(train.labels, len(f.classes), c.Balance)
	for len(b.epochs) < c.Epochs && b.since < c.Patience {
		start, epoch := time.Now(), len(b.epochs)
		loss, lr, err := t.epoch(ctx, c, train, weights, epoch, f.observer.Progress)
		if err != nil {
			return err
		}
		ways, err := f.predict(ctx, t, f.val)
		if err != nil {
			return err
		}
		divisor := temperature(ways, f.val.labels)
		result, err := metric.Evaluate(f.classes, f.val.labels, mean(tempered(ways, divisor)), nil)
		if err != nil {
			return err
		}
		done := runlog.Epoch{Phase: runlog.PhaseBody, Epoch: epoch + 1, LR: lr, TrainLoss: loss, ValLoss: result.LogLoss,
			ValTop1: result.Top1, Seconds: time.Since(start).Seconds()}
		if err := t.keepBest(b, done, divisor); err != nil {
			return err
		}
		f.observer.epoch(done)
		if f.checkpoint != "" {
			if err := t.save(f.checkpoint, f.record.ID, b); err != nil {
				return err
			}
		}
	}
	return nil
}

// epoch runs the steps of one epoch and returns the mean loss and the last learning rate.
func (t *trainer) epoch(ctx context.Context, c Config, train examples, weights []float32, epoch int, p progress.Func) (loss, lr float64, err error) {
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
		set[setLR], set[setHeadLR], set[setStep] = float32(lr), float32(lr*c.HeadLR), float32(step)
		set[setDecay], set[setSmoothing] = float32(c.WeightDecay), float32(c.LabelSmoothing)
		out, err := engine.Call(t.step, b.x, b.labels, b.weights, set)
		if err != nil {
			return 0, 0, fmt.Errorf("finetune: training step: %w", err)
		}
		sum += float64(tensors.ToScalar[float32](out[0]))
		total += float64(tensors.ToScalar[float32](out[1]))
		if err := b.free(); err != nil {
			return 0, 0, fmt.Errorf("finetune: training step: %w", err)
		}
		p.Report(stage, int64(step-first), int64(last-first))
	}
	return sum / total, lr, ctx.Err()
}

// keepBest appends an epoch and copies the parameters when it is the best so far, with logits divided by the temperature.
func (t *trainer) keepBest(b *body, done runlog.Epoch, temperature float64) error {
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
	temper(b.best, temperature)
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
		batch, err := callRows(t.forward, x, n)
		if err != nil {
			return nil, err
		}
		out = append(out, batch...)
	}
	return out, nil
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
