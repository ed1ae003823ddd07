package finetune

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"imagelab/lib/backbone"
	"imagelab/lib/dataset"
	"imagelab/lib/engine"
	"imagelab/lib/feed"
	"imagelab/lib/internal/logreg"
	"imagelab/lib/internal/network"
	"imagelab/lib/progress"
	"imagelab/lib/recipe"
	"imagelab/lib/runlog"
	"imagelab/lib/split"
	"imagelab/lib/text"
)

// Prepared is a set made ready for fits that differ in their seed, schedule and training images
// only: photos decoded, frozen stages computed, training steps compiled. It serves one fit at a
// time.
type Prepared struct {
	engine  *engine.Engine
	data    Data
	config  resolved
	classes []string
	weights backbone.Weights // pretrained
	train   *side
	val     *side
	judged  *side // what Data.EvaluateOnTest asks for, or nil; may be val
	head    *logreg.Solver
	body    *trainer // nil until a fit needs it
	watch   stopwatch
	works   []runlog.Work // what the fits share

	files []string // of the frozen stages' output
}

// Prepare decodes the photos of d and computes what all fits of c share. Results of an earlier call
// are read from the dataset folder's cache. A split with the same photo, a copy of it or a group on
// two sides is refused, see [split.Gate].
func Prepare(ctx context.Context, e *engine.Engine, d Data, c recipe.Config, o Observer) (*Prepared, error) {
	r, err := resolve(c)
	if err != nil {
		return nil, err
	}
	return prepare(ctx, e, d, r, o)
}

func prepare(ctx context.Context, e *engine.Engine, d Data, c resolved, o Observer) (*Prepared, error) {
	if d.Set.Dir == "" && d.Cache == "" {
		return nil, errors.New("finetune: the set lives in memory only: say in Data.Cache where prepared photos are kept")
	}
	if !d.AllowLeak {
		if err := dataset.TakeHashes(ctx, d.Set, o.Progress); err != nil {
			return nil, fmt.Errorf("finetune: %w", err)
		}
		if err := split.Gate(d.Set); err != nil {
			return nil, err
		}
	}
	p := &Prepared{engine: e, data: d, config: c, classes: d.Set.Classes()}
	if err := p.prepare(ctx, o); err != nil {
		p.Close()
		return nil, err
	}
	return p, nil
}

func (p *Prepared) prepare(ctx context.Context, o Observer) (err error) {
	if len(p.classes) < 2 {
		return fmt.Errorf("finetune: a classifier needs two classes or more; %s has %q", p.data.Set.Dir, p.classes)
	}
	if err := p.checkTraining(o); err != nil {
		return err
	}
	if p.weights, err = p.config.start(ctx, o.Progress); err != nil {
		return err
	}
	if p.head, err = logreg.NewSolver(p.engine.Backend, len(p.classes)); err != nil {
		return err
	}
	if p.train, err = p.load(ctx, dataset.Train, o); err != nil {
		return err
	}
	if p.val, err = p.load(ctx, dataset.Val, o); err != nil {
		return err
	}
	if err := p.loadJudged(ctx, o); err != nil {
		return err
	}
	if p.config.cut > 0 {
		if err := p.freeze(ctx, o); err != nil {
			return err
		}
	}
	return p.watch.time(runlog.StageHeadFeatures, func() error { return p.headFeatures(ctx, o) })
}

// checkTraining refuses training images of one class, and tells of classes without any: a model
// cannot name them.
func (p *Prepared) checkTraining(o Observer) error {
	labels, err := TrainLabels(p.data.Set)
	if err != nil {
		return err
	}
	there := map[int]bool{}
	for _, class := range labels {
		there[class] = true
	}
	var missing []string
	for i, class := range p.classes {
		if !there[i] {
			missing = append(missing, text.Name(class))
		}
	}
	switch {
	case len(labels) > 0 && len(there) < 2:
		return fmt.Errorf("finetune: all training images of %s are of one class: put images of other classes on the "+
			"training side, or split the set again", text.Name(p.data.Set.Dir))
	case len(missing) > 0:
		o.note(fmt.Sprintf("no training image is of %s, so the model cannot learn it; its images on other sides count as "+
			"mistakes", strings.Join(missing, ", ")))
	}
	return nil
}

// loadJudged loads the test images where they are to be judged, or takes the validation images
// where there are none.
func (p *Prepared) loadJudged(ctx context.Context, o Observer) (err error) {
	switch {
	case !p.data.EvaluateOnTest:
	case len(p.data.Set.InSplit(dataset.Test)) == 0:
		p.judged = p.val
	default:
		p.judged, err = p.load(ctx, dataset.Test, o)
	}
	return err
}

// TrainLabels are the classes of the training images of a split set, as indices into its Classes,
// in the order of the indices that [Prepared.Fit] takes.
func TrainLabels(s *dataset.Set) ([]int, error) {
	return dataset.Labels(s.InSplit(dataset.Train), s.Classes())
}

// RemoveActivations deletes the files of the frozen stages' output, which may be large. Call it
// after Close; a later Prepare computes them again.
func (p *Prepared) RemoveActivations() error {
	for _, path := range p.files {
		if err := removeIfThere(path); err != nil {
			return err
		}
	}
	return nil
}

// Close frees what is mapped and compiled.
func (p *Prepared) Close() {
	if p.head != nil {
		p.head.Close()
	}
	if p.body != nil {
		p.body.close()
	}
	for _, s := range []*side{p.train, p.val, p.judged} {
		if s != nil {
			s.close()
		}
	}
}

// side is the training, validation or test images at work.
type side struct {
	name     string
	images   []dataset.Image
	labels   []int
	pixels   *feed.Pixels
	augment  feed.Augment      // of the views after the first
	ways     int               // views that a prediction is the mean of
	views    []*feed.Store     // activations below the cut; empty for cut "all"
	features []logreg.Features // of the pretrained network, by view
	pooled   []*feed.Store     // what features lie in where views do not hold them
	resident *resident         // pixels or views in the device's memory, or nil
}

// close may be called twice: the judged side may be the validation side.
func (s *side) close() {
	s.resident.close()
	s.resident = nil
	s.pixels.Close()
	for _, v := range append(s.views, s.pooled...) {
		v.Close()
	}
}

func (p *Prepared) cache() string {
	return cmp.Or(p.data.Cache, filepath.Join(p.data.Set.Dir, dataset.CacheFolder))
}

func (p *Prepared) load(ctx context.Context, name string, o Observer) (*side, error) {
	images := p.data.Set.InSplit(name)
	if len(images) == 0 {
		return nil, fmt.Errorf("finetune: %s has no %s image; run split.Run", text.Name(p.data.Set.Dir), name)
	}
	labels, err := dataset.Labels(images, p.classes)
	if err != nil {
		return nil, err
	}
	s := &side{name: name, images: images, labels: labels, augment: p.config.Augment, ways: 1}
	if name != dataset.Train {
		s.augment = p.config.Augment.FlipsAndRotations()
		if p.config.TTA {
			s.ways = s.augment.Orientations()
		}
	}
	err = p.watch.time(runlog.StageDecode, func() error {
		s.pixels, err = feed.Pack(ctx, p.data.Set, images, p.config.spec.ResizeSide(p.config.Size), p.cache(), o.Progress)
		return err
	})
	if err != nil {
		return nil, err
	}
	p.share(runlog.StageDecode, fmt.Sprintf("photos %s at %d px", feed.Key(images), s.pixels.Side), s.pixels.Cost,
		name == dataset.Test)
	return s, nil
}

// share notes a work that other fits need too, and what it took whenever it was done.
func (p *Prepared) share(stage, name string, cost time.Duration, judging bool) {
	p.works = append(p.works, runlog.Work{Name: name, Stage: stage, Seconds: cost.Seconds(), Judging: judging})
}

// sides are the distinct sides, the training side first.
func (p *Prepared) sides() []*side {
	sides := []*side{p.train, p.val}
	if p.judged != nil && p.judged != p.val {
		sides = append(sides, p.judged)
	}
	return sides
}

// viewsOf is how many views of a side there are, the plain one first.
func (p *Prepared) viewsOf(s *side) int {
	if s == p.train {
		return p.config.CachedViews + 1
	}
	return s.ways
}

// freeze computes the activations below the cut, of all views.
func (p *Prepared) freeze(ctx context.Context, o Observer) error {
	f := newFrozen(p.engine.Backend, p.config, p.weights, 0, p.config.cut)
	defer f.close()
	return p.watch.time(runlog.StageFrozenFeatures, func() error {
		defer func() { p.watch.add(runlog.StageCompile, f.compile) }()
		for _, s := range p.sides() {
			for view := range p.viewsOf(s) {
				store, err := p.activations(ctx, f, s, view, o.Progress)
				if err != nil {
					return err
				}
				s.views = append(s.views, store)
			}
		}
		return nil
	})
}

// activations are the output of the stages below the cut for a view of a side: view 0 is the plain
// centre crop, the others are augmented.
func (p *Prepared) activations(ctx context.Context, f *frozen, s *side, view int,
	report progress.Func) (*feed.Store, error) {
	file, stage := f.file(s.pixels, view, s.augment), "computing frozen features"
	if view > 0 {
		stage = fmt.Sprintf("computing frozen features of augmented view %d", view)
	}
	store, err := f.outputs(ctx, p.cached(file), stage, len(s.images), 2, s.kept(p.config.Size, view), report)
	if err == nil {
		p.share(runlog.StageFrozenFeatures, file, store.Cost, s.name == dataset.Test)
	}
	return store, err
}

// cached is the path of a file of the frozen stages' output, which is then one of those to be
// removed.
func (p *Prepared) cached(file string) string {
	path := filepath.Join(p.cache(), file)
	p.files = append(p.files, path)
	return path
}

// headFeatures computes the pooled features that the head is fitted to, of all views for the cut
// "head", whose views they are, and else of the plain one, and those that it is judged by.
func (p *Prepared) headFeatures(ctx context.Context, o Observer) error {
	if p.config.Cut == backbone.CutHead {
		for _, s := range p.sides() {
			for _, view := range s.views {
				s.features = append(s.features, featuresOf(view, len(s.images)))
			}
		}
		return nil
	}
	f := newFrozen(p.engine.Backend, p.config, p.weights, p.config.cut, len(p.config.spec.Stages()))
	defer f.close()
	defer func() { p.watch.add(runlog.StageCompile, f.compile) }()
	for _, s := range p.sides() {
		for view := range s.ways {
			store, err := p.pool(ctx, f, s, view, o.Progress)
			if err != nil {
				return err
			}
			s.pooled, s.features = append(s.pooled, store), append(s.features, featuresOf(store, len(s.images)))
		}
	}
	return nil
}

// featuresOf are the first n rows of a store.
func featuresOf(s *feed.Store, n int) logreg.Features {
	rows := make(logreg.Features, n)
	for i := range rows {
		rows[i] = s.Row(i)
	}
	return rows
}

// pool computes the features of a view from the inputs at the cut.
func (p *Prepared) pool(ctx context.Context, f *frozen, s *side, view int, report progress.Func) (*feed.Store, error) {
	file := fmt.Sprintf("features-above-%s-%s", p.config.Cut, f.file(s.pixels, view, s.augment))
	const stage = "computing features of the head"
	store, err := f.outputs(ctx, p.cached(file), stage, len(s.images), 1, s.reader(p.config, view), report)
	if err != nil {
		return nil, fmt.Errorf("finetune: features: %w", err)
	}
	p.share(runlog.StageHeadFeatures, file, store.Cost, s.name == dataset.Test)
	return store, nil
}

// trainer returns the compiled training step, compiling it at the first call. Its inputs go to a
// GPU, all at once where they fit.
func (p *Prepared) trainer(o Observer) (*trainer, error) {
	if p.body != nil {
		return p.body, nil
	}
	t, err := newTrainer(p.engine.Backend, p.config, network.WithBlankHead(p.weights, p.config.spec, len(p.classes)),
		o.Progress)
	if err != nil {
		return nil, err
	}
	if err := p.settle(t, o); err != nil {
		t.close()
		return nil, err
	}
	p.body = t
	p.watch.add(runlog.StageCompile, t.compile)
	p.share(runlog.StageCompile, fmt.Sprintf("training step of %s at %d px above %s, batch %d, %d classes",
		p.config.spec.Name, p.config.Size, p.config.Cut, p.config.Batch, len(p.classes)), t.compile, false)
	return t, nil
}

// subset checks training indices; nil stands for all training images.
func (p *Prepared) subset(indices []int) ([]int, error) {
	n := len(p.train.images)
	if indices == nil {
		indices = make([]int, n)
		for i := range indices {
			indices[i] = i
		}
		return indices, nil
	}
	if len(indices) == 0 || slices.Min(indices) < 0 || slices.Max(indices) >= n {
		return nil, fmt.Errorf("finetune: the training images asked for are not a part of the %d there are", n)
	}
	seen := map[int]bool{}
	for _, i := range indices {
		seen[p.train.labels[i]] = true
	}
	if len(seen) < 2 {
		return nil, errors.New("finetune: all training images asked for are of one class; take more of them")
	}
	return indices, nil
}

func (p *Prepared) trained(subset []int) map[string]int {
	counts := map[string]int{}
	for _, i := range subset {
		counts[p.classes[p.train.labels[i]]]++
	}
	return counts
}
