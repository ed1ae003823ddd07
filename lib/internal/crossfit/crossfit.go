// Package crossfit predicts the class of every photo by classifiers that have not seen it: logistic
// regression on features, fitted to the other folds.
package crossfit

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"

	"imagelab/lib/engine"
	"imagelab/lib/internal/logreg"
	"imagelab/lib/internal/network"
	"imagelab/lib/internal/safetensors"
	"imagelab/lib/progress"
)

// strength is the usual inverse regularisation strength C. It is the middle one of those that a fit
// of the head chooses from.
const strength = 0.01

// Folds deals n photos to k folds. Photos of one unit `[n]` stay in one fold; the classes of labels
// `[n]` are spread evenly, as far as units allow.
func Folds(units, labels []int, k int, seed uint64) []int {
	members := map[int][]int{}
	var order []int
	for i, u := range units {
		if members[u] == nil {
			order = append(order, u)
		}
		members[u] = append(members[u], i)
	}
	r := rand.New(rand.NewPCG(seed, 0))
	r.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(len(members[b]), len(members[a])) })
	of := make([]map[int]int, k) // photos of a fold by class
	for f := range of {
		of[f] = map[int]int{}
	}
	total, fold := make([]int, k), make([]int, len(units))
	for _, u := range order {
		class, best := labels[members[u][0]], 0
		for f := range k {
			if cmp.Or(cmp.Compare(of[f][class], of[best][class]), cmp.Compare(total[f], total[best])) < 0 {
				best = f
			}
		}
		for _, i := range members[u] {
			fold[i] = best
			of[best][labels[i]]++
		}
		total[best] += len(members[u])
	}
	return fold
}

// Fitter fits classifiers to parts of the same photos. The owner calls Close.
type Fitter struct {
	Strength float64 // inverse regularisation strength C of every fit; New sets the usual one

	solver   *logreg.Solver
	rows     logreg.Features
	width    int
	labels   []int
	classes  int
	progress progress.Func
}

// New is for features `[n][width]` and labels `[n]`; n and classes are at least 1. Labels of photos
// to learn from lie in [0,classes).
func New(e *engine.Engine, features [][]float32, labels []int, classes int, p progress.Func) (*Fitter, error) {
	if len(features) == 0 || len(features) != len(labels) || classes < 1 {
		return nil, fmt.Errorf("crossfit: %d rows of features, %d labels, %d classes", len(features), len(labels),
			classes)
	}
	solver, err := logreg.NewSolver(e.Backend, classes)
	if err != nil {
		return nil, fmt.Errorf("crossfit: %w", err)
	}
	return &Fitter{strength, solver, logreg.Half(features), len(features[0]), labels, classes, p}, nil
}

// Close frees what is compiled.
func (f *Fitter) Close() { f.solver.Close() }

// Predict returns the probabilities `[n][classes]` of every photo by what was fitted to the other
// folds. Photos of fold -1 take no part, and have none.
func (f *Fitter) Predict(ctx context.Context, fold []int, k int) ([][]float64, error) {
	out := make([][]float64, len(f.rows))
	for this := range k {
		f.progress.Report("cross-validating", int64(this), int64(k))
		var learn, judge []int
		for i, of := range fold {
			if of == this {
				judge = append(judge, i)
			} else if of >= 0 {
				learn = append(learn, i)
			}
		}
		probs, err := f.Apply(ctx, learn, judge)
		if err != nil {
			return nil, err
		}
		for n, i := range judge {
			out[i] = probs[n]
		}
	}
	f.progress.Report("cross-validating", int64(k), int64(k))
	return out, nil
}

// Apply fits a classifier to the photos at learn and returns the probabilities of those at judge,
// `[len(judge)][classes]`. Without photos to learn from all classes are equally probable.
func (f *Fitter) Apply(ctx context.Context, learn, judge []int) ([][]float64, error) {
	probs, _, err := f.ApplyFrom(ctx, nil, learn, judge)
	return probs, err
}

// ApplyFrom is [Fitter.Apply] that begins with the parameters of an earlier fit, nil: with zeros.
// It also returns those that it ends with; without photos to learn from, the same.
func (f *Fitter) ApplyFrom(ctx context.Context, start []float64, learn, judge []int) (probs [][]float64,
	params []float64, err error) {
	if len(learn) == 0 {
		return f.uniform(len(judge)), start, nil
	}
	head, params, err := f.fit(ctx, start, learn)
	if err != nil {
		return nil, nil, err
	}
	return logreg.Probabilities(head, f.at(judge)), params, nil
}

// Kernel fits a classifier to the photos at learn, at least one, and returns its kernel
// `[width, classes]`, which takes plain features.
func (f *Fitter) Kernel(ctx context.Context, learn []int) ([]float32, error) {
	head, _, err := f.fit(ctx, nil, learn)
	return head[network.HeadKernel].Data, err
}

func (f *Fitter) fit(ctx context.Context, start []float64,
	learn []int) (head map[string]safetensors.Tensor, params []float64, err error) {
	labels, weights := make([]int, len(learn)), make([]float32, len(learn))
	for n, i := range learn {
		labels[n], weights[n] = f.labels[i], 1
	}
	problem, err := f.solver.Problem(f.at(learn), f.width, labels, weights)
	if err != nil {
		return nil, nil, err
	}
	defer problem.Close()
	fit, err := problem.Fit(ctx, f.Strength, start)
	if err != nil {
		return nil, nil, err
	}
	return problem.Tensors(fit.Params), fit.Params, nil
}

func (f *Fitter) at(photos []int) logreg.Features {
	rows := make(logreg.Features, len(photos))
	for n, i := range photos {
		rows[n] = f.rows[i]
	}
	return rows
}

func (f *Fitter) uniform(n int) [][]float64 {
	out := make([][]float64, n)
	for i := range out {
		out[i] = make([]float64, f.classes)
		for k := range out[i] {
			out[i][k] = 1 / float64(f.classes)
		}
	}
	return out
}
