package finetune

import (
	"context"
	"errors"
	"maps"
	"slices"

	"imagelab/lib/backbone"
	"imagelab/lib/classifier"
	"imagelab/lib/dataset"
	"imagelab/lib/engine"
	"imagelab/lib/internal/logreg"
	"imagelab/lib/internal/network"
	"imagelab/lib/metric"
	"imagelab/lib/recipe"
	"imagelab/lib/runlog"
)

// fit is one run under way.
type fit struct {
	*Prepared
	config     resolved // the fit's own seed and schedule
	subset     []int    // of the training images
	checkpoint string   // file, or empty
	observer   Observer
	watch      stopwatch
	record     runlog.Record
	validation [][]float64 // what the weights of record.Val say of the validation images
}

// Fit trains on the training images with the given indices, all of them where it is nil. c may
// differ from what p was prepared for in its schedule and seed, see [SharePreparation]. When ctx
// ends, the error is its; the model is then that of the last whole epoch or the head alone, or nil,
// and the record says Interrupted. With Data.EvaluateOnTest the record holds what the judged images
// gave.
func (p *Prepared) Fit(ctx context.Context, c recipe.Config, subset []int, o Observer) (*classifier.Model,
	runlog.Record, error) {
	r, err := resolve(c)
	if err != nil {
		return nil, runlog.Record{}, err
	}
	return p.fit(ctx, r, subset, "", o)
}

func (p *Prepared) fit(ctx context.Context, c resolved, subset []int, checkpoint string,
	o Observer) (*classifier.Model, runlog.Record, error) {
	if shared(c.Config) != shared(p.config.Config) {
		return nil, runlog.Record{}, errors.New(
			"finetune: the set was prepared for another network, cut, size or augmentation")
	}
	indices, err := p.subset(subset)
	if err != nil {
		return nil, runlog.Record{}, err
	}
	f := &fit{Prepared: p, config: c, subset: indices, checkpoint: checkpoint, observer: o}
	f.record = newRecord(p.engine, p.data, c.Config, fitID(c.Config, p.data, subset))
	f.record.Trained = p.trained(indices)
	f.record.Counts["train"] = len(indices)
	weights, fitErr := f.run(ctx)
	f.record.Timings = p.watch.with(f.watch)
	f.record.Shared, f.record.Own = slices.Clone(p.works), f.watch.total().Seconds()
	f.record.PeakMemory = engine.PeakMemory()
	f.record.Interrupted = fitErr != nil && ctx.Err() != nil // or it came to its end meanwhile
	if weights == nil {
		return nil, f.record, fitErr
	}
	if o.validated != nil {
		o.validated(f.val.images, f.validation)
	}
	return f.model(weights), f.record, fitErr
}

// model is a bundle of weights.
func (f *fit) model(weights backbone.Weights) *classifier.Model {
	return &classifier.Model{Version: classifier.BundleVersion, Spec: f.config.spec, Size: f.config.Size,
		Precision: f.config.Precision, Classes: f.classes, Config: f.record.Config, Record: f.record.ID,
		Manifest: f.record.Manifest, Split: f.record.Split, Window: dataset.WindowOf(f.data.Set.Images), Weights: weights}
}

// with are the pretrained weights with some replaced.
func (f *fit) with(parameters map[string]backbone.Tensor) backbone.Weights {
	weights := maps.Clone(f.weights)
	maps.Copy(weights, parameters)
	return weights
}

// tell tells the observer of an epoch and of the parameters after it.
func (f *fit) tell(done runlog.Epoch, parameters map[string]backbone.Tensor) {
	f.observer.epoch(done)
	if f.observer.Model != nil {
		f.observer.Model(done, f.model(f.with(parameters)))
	}
}

// run fits the head and then the body, and judges. It returns the weights to keep; beside an error
// it does so only where that is the end of ctx and there was something worth keeping.
func (f *fit) run(ctx context.Context) (backbone.Weights, error) {
	head, err := f.fitHead(ctx)
	if err != nil {
		return nil, err
	}
	if f.config.Cut != backbone.CutHead {
		return f.fitBody(ctx, head)
	}
	f.keep(0)
	return f.with(head), f.judgeHead(head)
}

// fitHead fits logistic regression to the frozen features and returns the classifier of the
// strength with the lowest validation log loss, which is the record's first candidate.
func (f *fit) fitHead(ctx context.Context) (map[string]backbone.Tensor, error) {
	var x logreg.Features
	var labels []int
	for _, view := range f.train.features {
		for _, i := range f.subset {
			x = append(x, view[i])
			labels = append(labels, f.train.labels[i])
		}
	}
	var best map[string]backbone.Tensor
	err := f.watch.time(runlog.StageHead, func() error {
		h, err := f.head.Problem(x, f.config.spec.Features, labels, classWeights(labels, len(f.classes), f.config.Balance))
		if err != nil {
			return err
		}
		defer h.Close()
		f.watch.add(runlog.StageCompile, h.Compile)
		best, err = f.chooseHead(ctx, h)
		return err
	})
	return best, err
}

// chooseHead goes from the strongest regularisation to weaker ones, each starting from the one
// before, until validation gets worse: what comes after takes the longest, and overfits more.
func (f *fit) chooseHead(ctx context.Context, h *logreg.Problem) (map[string]backbone.Tensor, error) {
	var best map[string]backbone.Tensor
	var chosen runlog.Candidate
	var start []float64
	for i, c := range logreg.Strengths {
		f.observer.Progress.Report("fitting the head", int64(i), int64(len(logreg.Strengths)))
		fitted, err := h.Fit(ctx, c, start)
		if err != nil {
			return nil, err
		}
		start = fitted.Params
		head := h.Tensors(fitted.Params)
		ways := f.val.linear(head)
		judged, err := f.candidate(ways)
		if err != nil {
			return nil, err
		}
		judged.Phase, judged.Epoch = runlog.PhaseHead, i+1
		done := runlog.Epoch{Phase: runlog.PhaseHead, Epoch: i + 1, LR: c, TrainLoss: fitted.Loss, ValLoss: judged.ValLoss,
			ValTop1: judged.ValTop1, Seconds: fitted.Took.Seconds()}
		f.record.Epochs = append(f.record.Epochs, done)
		f.tell(done, head)
		if best != nil && judged.ValLoss >= chosen.ValLoss {
			break
		}
		best, chosen = head, judged
		temper(best, judged.Temperature)
		f.validation = network.Mean(tempered(ways, judged.Temperature))
		if f.record.Val, err = f.evaluate(f.val, f.validation); err != nil {
			return nil, err
		}
	}
	f.record.Candidates = append(f.record.Candidates, chosen)
	f.observer.Progress.Report("fitting the head", int64(len(logreg.Strengths)), int64(len(logreg.Strengths)))
	return best, nil
}

// candidate is what predictions `[way][n][classes]` for the validation images are worth, at their
// best temperature. Both phases are judged so: label smoothing and long training change how sure a
// network is, and neither should decide.
func (f *fit) candidate(ways [][][]float64) (runlog.Candidate, error) {
	t := temperature(ways, f.val.labels)
	result, err := metric.Evaluate(f.classes, f.val.labels, network.Mean(tempered(ways, t)), nil)
	return runlog.Candidate{Temperature: t, ValLoss: result.LogLoss, ValTop1: result.Top1}, err
}

func (f *fit) evaluate(s *side, probs [][]float64) (metric.Result, error) {
	return metric.EvaluateGroups(f.classes, s.labels, probs, f.data.Set.Files(s.images), dataset.Groups(s.images))
}

// judgeHead scores the judged images with a classifier on pretrained features.
func (f *fit) judgeHead(head map[string]backbone.Tensor) error {
	if f.judged == nil {
		return nil
	}
	f.validated(network.Mean(f.val.linear(head)))
	return f.judge(network.Mean(f.judged.linear(head)))
}

// validated puts the predictions for the validation images into the record, where others are
// judged.
func (f *fit) validated(probs [][]float64) {
	if f.judged != f.val {
		f.record.Validated = f.val.outcomes(probs)
	}
}

// outcomes are predictions for a side, image by image.
func (s *side) outcomes(probs [][]float64) *runlog.Outcomes {
	return &runlog.Outcomes{Side: s.name, Labels: s.labels, Predicted: metric.Predicted(probs),
		Groups: dataset.Groups(s.images), Images: dataset.Contents(s.images)}
}

// judge puts the predictions for the judged images into the record.
func (f *fit) judge(probs [][]float64) error {
	result, err := f.evaluate(f.judged, probs)
	if err != nil {
		return err
	}
	if f.judged != f.val {
		f.record.Test = &result
	}
	f.record.Outcomes = f.judged.outcomes(probs)
	return nil
}

// fitBody trains the stages above the cut together with a classifier that starts from zero. It
// keeps what the last epoch left, or the head alone where that is at least as good on the
// validation images. The epoch with the least validation loss may be a lucky one in the middle of
// the schedule: see experiments/checkpoints, where the last epoch is as good as any mean of epochs.
// Starting from the fitted head would leave the stages little to learn, since that is right on most
// training images already: validation top-1 on clothing was 3 points lower. At zero only the
// classifier moves at first.
func (f *fit) fitBody(ctx context.Context, head map[string]backbone.Tensor) (backbone.Weights, error) {
	t, err := f.trainer(f.observer)
	if err != nil {
		return nil, err
	}
	if err := t.load(network.WithBlankHead(f.weights, f.config.spec, len(f.classes))); err != nil {
		return nil, err
	}
	b := &body{}
	if _, err := t.resume(f.checkpoint, f.record.ID, b); err != nil {
		return nil, err
	}
	stopped := f.watch.time(runlog.StageTrain, func() error { return f.trainBody(ctx, t, b) })
	f.record.Epochs = append(f.record.Epochs, b.epochs...)
	if stopped != nil && ctx.Err() == nil {
		return nil, stopped
	}
	weights, err := f.choose(context.WithoutCancel(ctx), t, head, b)
	if err != nil {
		return nil, err
	}
	return weights, stopped
}

// choose returns the better of the head alone and of what training gave, and judges it.
func (f *fit) choose(ctx context.Context, t *trainer, head map[string]backbone.Tensor,
	b *body) (backbone.Weights, error) {
	if b.last != nil {
		judged, err := f.judgeBody(ctx, t, b)
		if err != nil {
			return nil, err
		}
		judged.Phase, judged.Epoch = runlog.PhaseBody, len(b.epochs)
		temper(b.last, judged.Temperature)
		f.record.Candidates = append(f.record.Candidates, judged)
		if judged.ValLoss < f.record.Candidates[0].ValLoss {
			f.keep(1)
			weights := f.with(b.last)
			// Results are evaluated from the weights that are saved.
			return weights, errors.Join(t.load(weights), f.evaluateBody(ctx, t))
		}
	}
	f.keep(0)
	return f.with(head), f.judgeHead(head)
}

// judgeBody says what the parameters after the last epoch are worth.
func (f *fit) judgeBody(ctx context.Context, t *trainer, b *body) (runlog.Candidate, error) {
	if b.judged != nil {
		return *b.judged, nil
	}
	if err := t.load(f.with(b.last)); err != nil {
		return runlog.Candidate{}, err
	}
	return f.validate(ctx, t)
}

// keep marks a candidate as the one that the model holds.
func (f *fit) keep(i int) { f.record.Candidates[i].Kept = true }

// validate judges the trainer's parameters by the validation images.
func (f *fit) validate(ctx context.Context, t *trainer) (runlog.Candidate, error) {
	ways, err := f.predict(ctx, t, f.val)
	if err != nil {
		return runlog.Candidate{}, err
	}
	return f.candidate(ways)
}

func (f *fit) evaluateBody(ctx context.Context, t *trainer) error {
	ways, err := f.predict(ctx, t, f.val)
	if err != nil {
		return err
	}
	f.validation = network.Mean(ways)
	if f.record.Val, err = f.evaluate(f.val, f.validation); err != nil || f.judged == nil {
		return err
	}
	f.validated(f.validation)
	if f.judged == f.val {
		return f.judge(f.validation)
	}
	if ways, err = f.predict(ctx, t, f.judged); err != nil {
		return err
	}
	return f.judge(network.Mean(ways))
}

// linear applies a classifier to the pooled features of the views that a prediction is the mean of:
// `[way][n][classes]`.
func (s *side) linear(head map[string]backbone.Tensor) [][][]float64 {
	var ways [][][]float64
	for _, view := range s.features[:s.ways] {
		ways = append(ways, logreg.Probabilities(head, view))
	}
	return ways
}

// predict is what the trained network says of a side, `[way][n][classes]`.
func (f *fit) predict(ctx context.Context, t *trainer, s *side) ([][][]float64, error) {
	var ways [][][]float64
	for way := range s.ways {
		probs, err := t.probabilities(ctx, examples{s.source(f.config, way), s.labels})
		if err != nil {
			return nil, err
		}
		ways = append(ways, probs)
	}
	return ways, nil
}
