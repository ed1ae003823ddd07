// Package active chooses which photos to label next, so that a classifier gains most from them
// (active learning).
//
// Start with [Next], for photos without labels and a set that has some; [Choose] works on features.
//
// The choice is that of BADGE (Ash et al. 2020, "Deep batch active learning by diverse, uncertain
// gradient lower bounds"): a photo stands for the gradient that it would give the classifier if its
// first guess were right, which is long where the classifier is unsure. Photos are drawn by
// k-means++ (Arthur and Vassilvitskii 2007), so that long gradients that differ from each other are
// chosen. Without labels, photos that differ are chosen.
package active

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"

	"imagelab/lib/embed"
	"imagelab/lib/engine"
	"imagelab/lib/internal/crossfit"
	"imagelab/lib/progress"
)

// strength is C of logistic regression, see [logreg.Strengths].
const strength = 0.003

// Known is what is labelled.
type Known struct {
	Features [][]float32 // `[n][width]`
	Labels   []int       // below Classes
	Classes  int
}

// Pick is a photo that was chosen.
type Pick struct {
	Index         int       // in the pool
	Probabilities []float64 // of the classes; nil where nothing could be learned
	Uncertainty   float64   // one minus the margin of the first two classes, in [0,1]; 1 where nothing was learned
}

// Choose picks count of the pool `[n][width]`; all of it where it has fewer. The first one has the
// longest gradient, the others are drawn with the seed, in this order.
func Choose(ctx context.Context, e *engine.Engine, known Known, pool [][]float32, count int, seed uint64,
	p progress.Func) ([]Pick, error) {
	if len(pool) == 0 {
		return nil, nil
	}
	probs, err := guess(ctx, e, known, pool)
	if err != nil {
		return nil, err
	}
	g := newGradients(probs, embed.Directions(pool, embed.Mean(pool, known.Features)))
	r := rand.New(rand.NewPCG(seed, 0))
	count = min(count, len(pool))
	var picks []Pick
	for at := g.longest(); at >= 0; at = g.draw(r) {
		p.Report("choosing photos", int64(len(picks)), int64(count))
		if len(picks) == count {
			break
		}
		pick := Pick{Index: at, Uncertainty: 1}
		if probs != nil {
			pick.Probabilities, pick.Uncertainty = probs[at], uncertainty(probs[at])
		}
		picks = append(picks, pick)
		if err := g.choose(ctx, at); err != nil {
			return nil, err
		}
	}
	return picks, nil
}

// guess returns the probabilities of the pool's photos, or nil where there are no two classes.
func guess(ctx context.Context, e *engine.Engine, known Known, pool [][]float32) ([][]float64, error) {
	if len(known.Labels) != len(known.Features) {
		return nil, fmt.Errorf("active: %d labels for %d photos", len(known.Labels), len(known.Features))
	}
	if len(known.Labels) == 0 || slices.Min(known.Labels) == slices.Max(known.Labels) {
		return nil, nil
	}
	n := len(known.Labels)
	learn, judge := make([]int, n), make([]int, len(pool))
	for i := range learn {
		learn[i] = i
	}
	for i := range judge {
		judge[i] = n + i
	}
	labels := append(slices.Clone(known.Labels), make([]int, len(pool))...)
	fitter, err := crossfit.New(e, slices.Concat(known.Features, pool), labels, known.Classes, nil)
	if err != nil {
		return nil, err
	}
	defer fitter.Close()
	fitter.Strength = strength
	return fitter.Apply(ctx, learn, judge)
}

// uncertainty is one minus the margin of the two most probable classes, in [0,1].
func uncertainty(probs []float64) float64 {
	first, second := 0.0, 0.0
	for _, p := range probs {
		switch {
		case p > first:
			first, second = p, first
		case p > second:
			second = p
		}
	}
	return 1 - (first - second)
}
