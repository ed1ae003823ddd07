package suspect

import (
	"context"
	"fmt"
	"slices"

	"imagelab/lib/dataset"
	"imagelab/lib/embed"
	"imagelab/lib/engine"
	"imagelab/lib/metric"
	"imagelab/lib/progress"
)

// Guess is what a photo probably is, by a classifier that did not see it.
type Guess struct {
	Class       string
	Probability float64 // in [0,1]
}

// Guesses guesses the class of every photo of s, labelled or not, from labels: classes by content
// hash, in place of those of the set. The result is by content hash. A photo that has a label is
// guessed by a classifier that did not learn from it. It is empty where there are not two classes
// of two photos. Features are kept, so that later calls take a moment. Photos whose file is gone,
// and whose features are not known, are left out.
func Guesses(ctx context.Context, e *engine.Engine, s *dataset.Set, labels map[string]string, o Options,
	p progress.Func) (map[string]Guess, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	images := slices.Clone(s.Images)
	for i := range images {
		images[i].Class, images[i].Conflict = labels[images[i].SHA256], false
	}
	o.Embed.SkipGone = true
	features, err := embed.Images(ctx, e, s, images, o.Embed, p)
	if err != nil {
		return nil, fmt.Errorf("suspect: %w", err)
	}
	there := 0
	for i, row := range features {
		if row != nil {
			images[there], features[there] = images[i], row
			there++
		}
	}
	images, features = images[:there], features[:there]
	return guesses(ctx, e, s, images, features, o, p)
}

func guesses(ctx context.Context, e *engine.Engine, s *dataset.Set, images []dataset.Image, features [][]float32,
	o Options, p progress.Func) (map[string]Guess, error) {
	d, err := newData(ctx, s, images, features)
	if err != nil || len(d.classes) == 0 {
		return nil, err
	}
	c, err := d.newCrossing(e, o, p)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	c.Strength = strengthFor(count(d.learn))
	probs, err := c.probabilities(ctx, d.learn)
	if err != nil {
		return nil, err
	}
	out := map[string]Guess{}
	for i, row := range probs {
		best := metric.MostProbable(row, -1)
		out[images[i].SHA256] = Guess{d.classes[best], row[best]}
	}
	return out, nil
}

// strengthFor is C for n labels. Few labels would tell nothing at the strength for thousands,
// which makes little of wrong ones; so C times n is the same, up to C = 1, which is
// scikit-learn's own.
func strengthFor(n int) float64 { return min(max(3/float64(n), strength), 1) }

func count(marks []bool) int {
	n := 0
	for _, m := range marks {
		if m {
			n++
		}
	}
	return n
}
