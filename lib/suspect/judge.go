package suspect

import (
	"cmp"
	"context"
	"math"
	"slices"

	"imagelab/lib/embed"
	"imagelab/lib/engine"
	"imagelab/lib/internal/crossfit"
	"imagelab/lib/internal/network"
	"imagelab/lib/metric"
	"imagelab/lib/progress"
)

// What the score is made of. The values were chosen by planted label errors in clothing and solar,
// see experiments/suspects.
const (
	strength    = 0.003 // C of logistic regression: wrong labels are learned less the smaller it is
	nearest     = 10    // photos that vote
	voteShare   = 0.2   // of the neighbours' vote in the logarithm of the probabilities
	leftOut     = 0.1   // share of the photos, the most suspicious ones, from which the second round does not learn
	temperature = 0.3   // cosine distance at which a neighbour's vote weighs 1/e of one at distance 0
)

// judged is what is known about each photo, in the order of images. first and probs are nil where
// there are no classes to tell apart.
type judged struct {
	*data
	first [][]float64         // of the classes, after the first round
	near  [][]embed.Neighbour // of other units, labelled or not
	probs [][]float64         // of the classes, by what has not seen the photo
	odds  []float64           // see oddsOf; 0 where there is no label
}

// neighbours finds the photos of other units that are nearest to each.
func (d *data) neighbours(ctx context.Context, e *engine.Engine, p progress.Func) ([][]embed.Neighbour, error) {
	const stage = "comparing photos"
	p.Report(stage, 0, 1)
	defer p.Report(stage, 1, 1)
	return embed.Nearest(ctx, e, d.features, d.features, nearest, func(q, i int) bool {
		return d.unit[q] == d.unit[i]
	})
}

// judge guesses the class of every photo from the others, in two rounds: the second one does not
// learn from the photos that are the most suspicious after the first.
func (d *data) judge(ctx context.Context, e *engine.Engine, near [][]embed.Neighbour, o Options,
	p progress.Func) (*judged, error) {
	j := &judged{data: d, near: near, odds: make([]float64, len(d.images))}
	if len(d.classes) < 2 {
		return j, nil
	}
	c, err := d.newCrossing(e, o, p)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	first, err := c.probabilities(ctx, d.learn)
	if err != nil {
		return nil, err
	}
	j.first = first
	trusted := d.trusted(first)
	second, err := c.probabilities(ctx, trusted)
	if err != nil {
		return nil, err
	}
	votes := d.votes(near, trusted)
	j.probs = make([][]float64, len(d.images))
	for i := range j.probs {
		j.probs[i] = blend(first[i], second[i], votes[i])
		if d.labels[i] >= 0 {
			j.odds[i] = oddsOf(j.probs[i], d.labels[i])
		}
	}
	return j, nil
}

// outOfFold is what the first round says of the photos that can be judged.
func (j *judged) outOfFold() OutOfFold {
	o := OutOfFold{Classes: j.classes}
	for i, k := range j.labels {
		if k >= 0 {
			o.Paths, o.Labels = append(o.Paths, j.images[i].Path), append(o.Labels, k)
			o.Probabilities = append(o.Probabilities, j.first[i])
		}
	}
	return o
}

// blend is the weighted geometric mean of the probabilities of both rounds and of the votes.
func blend(first, second, votes []float64) []float64 {
	out := make([]float64, len(votes))
	for k := range out {
		model := (math.Log(first[k]+tiny) + math.Log(second[k]+tiny)) / 2
		out[k] = (1-voteShare)*model + voteShare*math.Log(votes[k])
	}
	return network.SoftmaxRow(out)
}

// tiny keeps logarithms finite.
const tiny = 1e-9

// oddsOf is the probability of the most probable other class, where only that and the label's are
// possible.
func oddsOf(probs []float64, label int) float64 {
	other := probs[metric.MostProbable(probs, label)]
	return other / (other + probs[label])
}

// marginOf is the highest probability of another class less that of the label.
func marginOf(probs []float64, label int) float64 {
	return probs[metric.MostProbable(probs, label)] - probs[label]
}

// trusted are the photos to learn from but for the most suspicious: of those whose label is not the
// first guess, at most the share leftOut of all. A class keeps at least half of its photos.
func (d *data) trusted(probs [][]float64) []bool {
	var order []int
	size := map[int]int{}
	for i, learn := range d.learn {
		if !learn {
			continue
		}
		size[d.labels[i]]++
		if marginOf(probs[i], d.labels[i]) > 0 {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Compare(marginOf(probs[b], d.labels[b]), marginOf(probs[a], d.labels[a]))
	})
	out := append([]bool(nil), d.learn...)
	dropped, most := map[int]int{}, int(leftOut*float64(len(d.images)))
	for _, i := range order[:min(len(order), most)] {
		if k := d.labels[i]; 2*(dropped[k]+1) <= size[k] {
			dropped[k]++
			out[i] = false
		}
	}
	return out
}

// votes are the shares of the classes among the nearest photos that are trusted, nearer ones
// weighing more. Every class has a small share, so that few neighbours are not believed too much.
func (d *data) votes(near [][]embed.Neighbour, trusted []bool) [][]float64 {
	out := make([][]float64, len(near))
	for i, of := range near {
		row := make([]float64, len(d.classes))
		sum := 0.0
		for k := range row {
			row[k] = 0.05
			sum += row[k]
		}
		for _, n := range of {
			if trusted[n.Index] {
				w := math.Exp((of[0].Distance - n.Distance) / temperature)
				row[d.labels[n.Index]] += w
				sum += w
			}
		}
		for k := range row {
			row[k] /= sum
		}
		out[i] = row
	}
	return out
}

// crossing is cross-validation: each photo is judged by a classifier that was fitted to the other
// folds. Later rounds begin where the one before ended.
type crossing struct {
	*crossfit.Fitter
	fold     []int
	params   [][]float64 // by fold, of the last round
	done     int         // fits
	progress progress.Func
}

func (d *data) newCrossing(e *engine.Engine, o Options, p progress.Func) (*crossing, error) {
	units := map[int]bool{}
	for _, u := range d.unit {
		units[u] = true
	}
	k := min(o.Folds, len(units))
	fitter, err := crossfit.New(e, d.features, d.labels, len(d.classes), nil)
	if err != nil {
		return nil, err
	}
	fitter.Strength = strength
	return &crossing{Fitter: fitter, fold: crossfit.Folds(d.unit, d.labels, k, o.Seed), params: make([][]float64, k),
		progress: p}, nil
}

// probabilities are those of the classes, `[n][classes]`, by classifiers that learn from the photos
// of the other folds that are in learn.
func (c *crossing) probabilities(ctx context.Context, learn []bool) ([][]float64, error) {
	out, all := make([][]float64, len(c.fold)), int64(2*len(c.params))
	for fold := range c.params {
		c.progress.Report("judging labels", int64(c.done), all)
		if err := c.judgeFold(ctx, fold, learn, out); err != nil {
			return nil, err
		}
		c.done++
	}
	c.progress.Report("judging labels", int64(c.done), all)
	return out, nil
}

func (c *crossing) judgeFold(ctx context.Context, fold int, learn []bool, out [][]float64) error {
	var from, of []int
	for i, f := range c.fold {
		switch {
		case f == fold:
			of = append(of, i)
		case learn[i]:
			from = append(from, i)
		}
	}
	probs, params, err := c.ApplyFrom(ctx, c.params[fold], from, of)
	if err != nil {
		return err
	}
	c.params[fold] = params
	for k, i := range of {
		out[i] = probs[k]
	}
	return nil
}
