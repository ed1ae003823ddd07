package finetune

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"

	"imagelab/lib/backbone"
	"imagelab/lib/engine"
	"imagelab/lib/feed"
	"imagelab/lib/imgset"
	"imagelab/lib/metric"
	"imagelab/lib/runlog"
	"imagelab/lib/safetensors"
)

// Tensor is a named parameter's values.
type Tensor = safetensors.Tensor

// fit is one run under way.
type fit struct {
	engine   *engine.Engine
	data     Data
	config   Config
	spec     backbone.Spec
	dir      string
	observer Observer
	watch    *stopwatch
	record   runlog.Record
}

// run decodes, computes frozen features, fits the head and then the body. It returns the best weights, also beside an
// error when ctx ended after there was something worth keeping.
func (f *fit) run(ctx context.Context) (backbone.Weights, error) {
	set, classes := f.data.Set, f.data.Set.Classes()
	train, val := set.InSplit("train"), set.InSplit("val")
	if len(classes) < 2 || len(train) == 0 || len(val) == 0 {
		return nil, fmt.Errorf("finetune: %d classes, %d training and %d validation images; there must be two classes and some of each: run `imagelab split %s`", len(classes), len(train), len(val), set.Dir)
	}
	weights, err := LoadBackbone(ctx, f.spec, f.observer.Progress)
	if err != nil {
		return nil, err
	}
	cut, err := f.spec.CutIndex(f.config.Cut)
	if err != nil {
		return nil, err
	}
	trainSide, err := f.load(ctx, train, classes)
	if err != nil {
		return nil, err
	}
	defer trainSide.close()
	valSide, err := f.load(ctx, val, classes)
	if err != nil {
		return nil, err
	}
	defer valSide.close()
	if f.config.Recalibrate {
		err := f.watch.time("recalibrate", func() error {
			return recalibrate(ctx, f.engine.Backend, f.spec, weights, trainSide.pixels, f.config.Size, f.observer.Progress)
		})
		if err != nil {
			return nil, err
		}
	}
	if cut > 0 {
		if err := f.freeze(ctx, weights, cut, trainSide, valSide); err != nil {
			return nil, err
		}
	}
	head, err := f.fitHead(ctx, weights, cut, trainSide, valSide, classes)
	if err != nil {
		return nil, err
	}
	maps.Copy(weights, head)
	if f.config.Cut == backbone.CutHead {
		return weights, nil
	}
	return f.fitBody(ctx, weights, cut, trainSide, valSide)
}

// side is the training or the validation images at work.
type side struct {
	images []imgset.Image
	labels []int
	pixels *feed.Pixels
	views  []*feed.Store // activations below the cut; empty for cut "all"
}

func (s *side) close() {
	s.pixels.Close()
	for _, v := range s.views {
		v.Close()
	}
}

func (f *fit) cache() string { return filepath.Join(f.data.Set.Dir, "cache") }

func (f *fit) load(ctx context.Context, images []imgset.Image, classes []string) (*side, error) {
	labels, err := labelsOf(images, classes)
	if err != nil {
		return nil, err
	}
	s := &side{images: images, labels: labels}
	err = f.watch.time("decode", func() error {
		s.pixels, err = feed.Pack(ctx, f.data.Set, images, f.spec.ResizeSide(f.config.Size), f.cache(), f.observer.Progress)
		return err
	})
	return s, err
}

// freeze computes the activations below the cut: the plain view of both sides and the augmented views of the training side.
func (f *fit) freeze(ctx context.Context, weights backbone.Weights, cut int, train, val *side) error {
	t, err := newTrunk(f.engine.Backend, f.spec, weights, f.config.Size, cut, f.cache())
	if err != nil {
		return err
	}
	defer t.close()
	return f.watch.time("frozen features", func() error {
		plain, err := t.activations(ctx, val.pixels, 0, f.config.Augment, f.observer.Progress)
		if err != nil {
			return err
		}
		val.views = append(val.views, plain)
		for view := range f.config.Views + 1 {
			s, err := t.activations(ctx, train.pixels, view, f.config.Augment, f.observer.Progress)
			if err != nil {
				return err
			}
			train.views = append(train.views, s)
		}
		return nil
	})
}

// features returns the pooled features of every view of a side, float32 `[views*images, features]`.
func (f *fit) features(ctx context.Context, weights backbone.Weights, cut int, s *side, views int) ([]float32, error) {
	store, err := newStore(weights, func(name string) bool { return fromStage(f.spec, name, cut) && f.spec.Shapes()[name] != nil })
	if err != nil {
		return nil, err
	}
	defer store.Finalize()
	x := &extractor{spec: f.spec, size: f.config.Size, cut: cut}
	if err := x.open(f.engine.Backend, store); err != nil {
		return nil, err
	}
	defer x.exec.Finalize()
	var out []float32
	for view := range views {
		part, err := x.run(ctx, len(s.images), s.reader(f.config, view), f.observer.Progress)
		if err != nil {
			return nil, err
		}
		out = append(out, part...)
	}
	return out, nil
}

// reader gives the input of image i in epoch: the cached views in turn, starting with first, or pixels rendered anew.
func (s *side) reader(c Config, first int) rows {
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
			s.pixels.View(dst, i, c.Size, c.Augment, c.Seed, first+epoch)
		}
		return nil
	}
}

// plain reads the plain view whatever the epoch.
func (s *side) plain(c Config) rows {
	read := s.reader(c, 0)
	return func(dst []byte, i, _ int) error { return read(dst, i, 0) }
}

// fitHead fits logistic regression to the frozen features for every strength and keeps the one with the lowest
// validation log loss.
func (f *fit) fitHead(ctx context.Context, weights backbone.Weights, cut int, train, val *side, classes []string) (map[string]Tensor, error) {
	views := 1
	if f.config.Cut == backbone.CutHead {
		views = len(train.views)
	}
	var trainX, valX []float32
	err := f.watch.time("head features", func() (err error) {
		if trainX, err = f.features(ctx, weights, cut, train, views); err == nil {
			valX, err = f.features(ctx, weights, cut, val, 1)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	labels := slices.Repeat(train.labels, views)
	var best map[string]Tensor
	err = f.watch.time("head", func() error {
		h, err := newHeadProblem(f.engine.Backend, trainX, labels, classWeights(labels, len(classes), f.config.Balance), len(classes))
		if err != nil {
			return err
		}
		defer h.close()
		best, err = f.chooseHead(ctx, h, valX, val, classes)
		return err
	})
	return best, err
}

func (f *fit) chooseHead(ctx context.Context, h *headProblem, valX []float32, val *side, classes []string) (map[string]Tensor, error) {
	var best map[string]Tensor
	var start []float64
	for i, c := range strengths {
		f.observer.Progress.Report("fitting the head", int64(i), int64(len(strengths)))
		fitted, err := h.fit(ctx, c, start)
		if err != nil {
			return nil, err
		}
		start = fitted.params
		head := h.tensors(fitted.params)
		result, err := metric.Evaluate(classes, val.labels, linear(head, valX), files(f.data.Set, val.images))
		if err != nil {
			return nil, err
		}
		done := runlog.Epoch{Phase: "head", Epoch: i + 1, LR: c, TrainLoss: fitted.Loss, ValLoss: result.LogLoss,
			ValTop1: result.Top1, Seconds: fitted.took.Seconds()}
		f.record.Epochs = append(f.record.Epochs, done)
		f.observer.epoch(done)
		if best == nil || result.LogLoss < f.record.Val.LogLoss {
			best, f.record.Val = head, result
		}
	}
	f.observer.Progress.Report("fitting the head", int64(len(strengths)), int64(len(strengths)))
	return best, nil
}

// fitBody trains the stages above the cut together with the head, starting from weights. It keeps the head-only result
// when no epoch beats it.
func (f *fit) fitBody(ctx context.Context, weights backbone.Weights, cut int, train, val *side) (backbone.Weights, error) {
	t, err := newTrainer(f.engine.Backend, f.spec, f.config, cut, weights)
	if err != nil {
		return weights, err
	}
	defer t.close()
	f.watch.add("compile", t.compile)
	b := &body{}
	if _, err := t.resume(checkpointPath(f.dir), f.record.ID, b); err != nil {
		return weights, err
	}
	valExamples := examples{val.plain(f.config), val.labels}
	err = f.watch.time("train", func() error {
		return t.trainBody(ctx, f.config, examples{train.reader(f.config, 0), train.labels}, valExamples, b, checkpointPath(f.dir), f.record.ID, f.observer)
	})
	f.record.Epochs = append(f.record.Epochs, b.epochs...)
	if err != nil && !errors.Is(err, context.Canceled) || b.best == nil {
		return weights, err
	}
	if b.loss > f.record.Val.LogLoss {
		return weights, err
	}
	maps.Copy(weights, b.best)
	// The result is evaluated from the weights that are saved, not remembered from the epoch.
	if loadErr := t.load(weights); loadErr != nil {
		return weights, loadErr
	}
	probs, evalErr := t.probabilities(context.WithoutCancel(ctx), valExamples, nil)
	if evalErr != nil {
		return weights, evalErr
	}
	if f.record.Val, evalErr = metric.Evaluate(f.data.Set.Classes(), val.labels, probs, files(f.data.Set, val.images)); evalErr != nil {
		return weights, evalErr
	}
	return weights, err
}
