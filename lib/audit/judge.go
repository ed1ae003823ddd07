package audit

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"imagelab/lib/classifier"
	"imagelab/lib/dataset"
	"imagelab/lib/internal/crossfit"
	"imagelab/lib/metric"
	"imagelab/lib/text"
)

// leastJudged is the number of labelled photos from which cross-validation says something.
const leastJudged = 20

// judge finds out which photos are classified rightly: the test photos by the first model, or else
// all labelled ones by cross-validation on frozen features.
func (a *auditor) judge(ctx context.Context) error {
	var err error
	if len(a.Models) > 0 {
		err = a.judgeByModel(ctx)
	} else {
		err = a.judgeByFeatures(ctx)
	}
	if err != nil || len(a.outcomes.judged) == 0 {
		return err
	}
	var of []dataset.Image
	for _, i := range a.outcomes.judged {
		of = append(of, a.images[i])
	}
	a.outcomes.groups = dataset.Groups(of)
	a.result.Judged, a.result.By = len(of), a.outcomes.by
	a.result.Accuracy, a.result.Interval = metric.Accuracy([][]bool{a.outcomes.right}, a.outcomes.groups)
	return nil
}

func (a *auditor) judgeByModel(ctx context.Context) error {
	side := a.on(dataset.Test)
	if len(side) == 0 {
		side = a.on(dataset.Val)
	}
	if len(side) == 0 {
		return errors.New("the set has no test photos for the run: split it first, or audit without a run")
	}
	of := a.images[side[0]].Split
	side = slices.DeleteFunc(side, func(i int) bool { return a.labels[i] < 0 })
	if len(side) == 0 {
		return fmt.Errorf("none of the %s photos has a label, so that the run cannot be judged by them: label them, "+
			"or audit without a run", text.Side(of))
	}
	seen, err := a.seen(side)
	if err != nil {
		return err
	}
	a.outcomes.judged = slices.DeleteFunc(side, func(i int) bool { return seen[i] })
	if a.outcomes.right, err = a.right(ctx, a.Models[0]); err != nil {
		return err
	}
	if len(a.Models) > 1 {
		if a.outcomes.second, err = a.right(ctx, a.Models[1]); err != nil {
			return err
		}
	}
	a.outcomes.by = fmt.Sprintf("the run's model on the %s photos", of)
	return nil
}

// seen are the photos that a model learned from.
func (a *auditor) seen(side []int) (map[int]bool, error) {
	seen := map[int]bool{}
	of := make([]dataset.Image, len(side))
	for n, i := range side {
		of[n] = a.images[i]
	}
	for _, m := range a.Models {
		learned, err := m.Learned()
		if err != nil {
			return nil, err
		}
		if learned == nil {
			continue
		}
		for n, where := range learned.Seen(of) {
			seen[side[n]] = seen[side[n]] || where != ""
		}
	}
	if len(seen) > 0 && !slices.ContainsFunc(side, func(i int) bool { return !seen[i] }) {
		return nil, errors.New("the run learned from all photos that are to judge it: audit with a run that was " +
			"trained on this set")
	}
	return seen, nil
}

// right says which of the judged photos a model classifies rightly.
func (a *auditor) right(ctx context.Context, m *classifier.Model) ([]bool, error) {
	predictor, err := m.Predictor(a.engine)
	if err != nil {
		return nil, err
	}
	defer predictor.Close()
	var of []dataset.Image
	for _, i := range a.outcomes.judged {
		of = append(of, a.images[i])
	}
	labels, probs, err := predictor.Classify(ctx, a.set, of, a.progress)
	if err != nil {
		return nil, err
	}
	out := make([]bool, len(of))
	for n, k := range metric.Predicted(probs) {
		out[n] = k == labels[n]
	}
	return out, nil
}

// labelled are the photos with a class.
func (a *auditor) labelled() []int {
	var out []int
	for i, k := range a.labels {
		if k >= 0 {
			out = append(out, i)
		}
	}
	return out
}

func (a *auditor) judgeByFeatures(ctx context.Context) error {
	of := a.labelled()
	if len(a.classes) < 2 || len(of) < leastJudged {
		return nil
	}
	if err := a.openFitter(of); err != nil {
		return err
	}
	units, labels := make([]int, len(of)), make([]int, len(of))
	for n, i := range of {
		units[n], labels[n] = a.units[i], a.labels[i]
	}
	probs, err := a.fitter.Predict(ctx, crossfit.Folds(units, labels, a.Folds, a.Seed), a.Folds)
	if err != nil {
		return err
	}
	a.outcomes.judged, a.outcomes.right = of, make([]bool, len(of))
	for n, k := range metric.Predicted(probs) {
		a.outcomes.right[n] = k == labels[n]
	}
	a.outcomes.by = fmt.Sprintf("a classifier on frozen features, by %d-fold cross-validation of all labelled photos",
		a.Folds)
	return nil
}

// openFitter prepares fits to the labelled photos.
func (a *auditor) openFitter(of []int) (err error) {
	if a.fitter != nil {
		return nil
	}
	features, labels := make([][]float32, len(of)), make([]int, len(of))
	for n, i := range of {
		features[n], labels[n] = a.features[i], a.labels[i]
	}
	a.fitter, err = crossfit.New(a.engine, features, labels, len(a.classes), a.progress)
	return err
}
