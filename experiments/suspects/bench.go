package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"

	"imagelab/lib/dataset"
	"imagelab/lib/embed"
	"imagelab/lib/engine"
	"imagelab/lib/finetune"
	"imagelab/lib/lab"
	"imagelab/lib/recipe"
	"imagelab/lib/suspect"
)

// Noises: which class a planted label has.
const (
	uniform  = "uniform"  // any other
	confused = "confused" // the one that the photo's own class is most often taken for
)

// bench is a set with true labels, and what fits on it share.
type bench struct {
	lab      *lab.Lab
	engine   *engine.Engine
	name     string
	set      *dataset.Set
	config   recipe.Config
	options  suspect.Options
	prepared *finetune.Prepared
	takenFor map[string]string // by class, the one that it is most often taken for
	clean    float64           // accuracy with true labels
}

func newBench(ctx context.Context, l *lab.Lab, set *dataset.Set, name string, c recipe.Config) (*bench, error) {
	e, err := l.Engine(ctx)
	if err != nil {
		return nil, err
	}
	b := &bench{lab: l, engine: e, name: name, set: set, config: c, options: suspect.Default(),
		takenFor: map[string]string{}}
	b.options.Embed = embed.Options{Backbone: c.Backbone, Size: c.Size}
	r, err := suspect.Find(ctx, e, set, b.options, l.Progress)
	if err != nil {
		return nil, err
	}
	b.confuse(r.OutOfFold)
	if b.prepared, err = finetune.Prepare(ctx, e, finetune.Data{Set: set, EvaluateOnTest: true}, c,
		finetune.Observer{Progress: l.Progress}); err != nil {
		return nil, err
	}
	b.clean, err = b.accuracy(ctx, set)
	return b, err
}

func (b *bench) close() { b.prepared.Close() }

// confuse finds, for each class, the other one that has the highest mean probability.
func (b *bench) confuse(o suspect.OutOfFold) {
	for k, class := range o.Classes {
		sum := make([]float64, len(o.Classes))
		for i, label := range o.Labels {
			for j, p := range o.Probabilities[i] {
				if label == k && j != k {
					sum[j] += p
				}
			}
		}
		b.takenFor[class] = o.Classes[slices.Index(sum, slices.Max(sum))]
	}
}

// plant makes a share of the labels wrong, in a copy of the set. wrong holds the paths of these
// photos.
func (b *bench) plant(rate float64, noise string, seed int) (noisy *dataset.Set, wrong map[string]bool) {
	s := *b.set
	s.Images = slices.Clone(s.Images)
	wrong = map[string]bool{}
	r := rand.New(rand.NewPCG(uint64(seed), uint64(1000*rate)))
	var used []int
	for i, im := range s.Images {
		if im.Used() {
			used = append(used, i)
		}
	}
	classes := s.Classes()
	for _, at := range r.Perm(len(used))[:int(rate*float64(len(used))+0.5)] {
		im := &s.Images[used[at]]
		wrong[im.Path] = true
		to := (slices.Index(classes, im.Class) + 1 + r.IntN(len(classes)-1)) % len(classes)
		if noise == confused {
			im.Class = b.takenFor[im.Class]
		} else {
			im.Class = classes[to]
		}
	}
	return &s, wrong
}

// corrected is a copy of the noisy set with the true labels of the photos that truth reports.
func (b *bench) corrected(noisy *dataset.Set, truth func(im dataset.Image) bool) *dataset.Set {
	s := *noisy
	s.Images = slices.Clone(s.Images)
	for i := range s.Images {
		if truth(s.Images[i]) {
			s.Images[i].Class = b.set.Images[i].Class
		}
	}
	return &s
}

// accuracy is that of the classifier on frozen features, fitted to the labels of s, on its test
// photos.
func (b *bench) accuracy(ctx context.Context, s *dataset.Set) (float64, error) {
	p, err := b.prepared.WithSplit(s)
	if err != nil {
		return 0, err
	}
	_, record, err := p.Fit(ctx, b.config, nil, finetune.Observer{Progress: b.lab.Progress})
	if err != nil {
		return 0, err
	}
	return record.Test.Top1, nil
}

// measure does one setting.
func (b *bench) measure(ctx context.Context, rate float64, noise string, seed int, python string) (row, error) {
	noisy, wrong := b.plant(rate, noise, seed)
	r, err := suspect.Find(ctx, b.engine, noisy, b.options, b.lab.Progress)
	if err != nil {
		return row{}, err
	}
	var order []string
	for _, s := range r.Suspects {
		order = append(order, s.Path)
	}
	out := row{Set: b.name, Noise: noise, Rate: rate, Seed: seed, Clean: b.clean, Ours: rank(order, wrong, r.Ranked)}
	if python != "" {
		if out.Peers, err = cleanlab(ctx, python, r.OutOfFold, wrong); err != nil {
			return row{}, err
		}
	}
	isTest := func(im dataset.Image) bool { return im.Split == dataset.Test }
	if out.Noisy, err = b.accuracy(ctx, b.corrected(noisy, isTest)); err != nil {
		return row{}, err
	}
	looked := map[string]bool{}
	for _, path := range order[:min(len(order), r.Ranked/10)] {
		looked[path] = true
	}
	out.Relabelled, err = b.accuracy(ctx, b.corrected(noisy, func(im dataset.Image) bool {
		return isTest(im) || looked[im.Path]
	}))
	return out, err
}

// ranking says how well an order finds the wrong labels.
type ranking struct {
	Precision float64 `json:"precision"` // share of wrong labels in the first 5 %
	Recall    float64 `json:"recall"`    // share of the wrong labels that are in the first 10 %
}

func rank(order []string, wrong map[string]bool, n int) ranking {
	found := func(first int) (k int) {
		for _, path := range order[:min(len(order), first)] {
			if wrong[path] {
				k++
			}
		}
		return k
	}
	twentieth := max((n+10)/20, 1)
	return ranking{float64(found(twentieth)) / float64(twentieth), float64(found((n+5)/10)) / float64(len(wrong))}
}

// plantAll does what is missing, seed by seed.
func (x *experiment) plantAll(ctx context.Context, b *bench, rates []float64, seeds int) error {
	for seed := range seeds {
		for _, rate := range rates {
			for _, noise := range []string{uniform, confused} {
				if x.rows.has(b.name, noise, rate, seed) {
					continue
				}
				one, err := b.measure(ctx, rate, noise, seed, x.cleanlab)
				if err != nil {
					return fmt.Errorf("%s, %s noise of %g, seed %d: %w", b.name, noise, rate, seed, err)
				}
				if err := x.rows.add(b.lab, one); err != nil {
					return err
				}
			}
		}
	}
	return nil
}
