// Package nblab is package lab in the cells of a notebook: the same calls without contexts and
// errors. A call that fails ends its cell with a short message; a person who stops the cell ends
// the call, and the same cell then continues.
//
//	l := nblab.Open(dir)
//	set := l.Photos("photos/garments")
//	run := l.Train(set, lab.Recipe{Cut: "stage7"})
//	nbui.Show(l.Evaluate(run))
//	nbui.Show(l.LearningCurve(set, lab.Recipe{Cut: "head"}, lab.Sizes{}))
//	nbui.Show(l.TradeOff(set, lab.Models{}))
//
// It is a package of its own, beside nbui, so that cells which only draw what was recorded do not
// link the engine: that takes a second or two. It stands for package main: it imports package
// malloc, which changes the whole process.
package nblab

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"imagelab/lib/asset"
	"imagelab/lib/classifier"
	"imagelab/lib/dataset"
	"imagelab/lib/engine"
	_ "imagelab/lib/engine/malloc" // before there are threads
	"imagelab/lib/lab"
	"imagelab/lib/metric"
	"imagelab/lib/nbui"
	"imagelab/lib/split"
	"imagelab/lib/suspect"
	"imagelab/lib/sweep"
)

// Lab is a [lab.Lab] for one cell.
type Lab struct {
	lab *lab.Lab
	ctx context.Context
}

// Open returns a lab whose results go below dir. Progress and the epochs of a fit are drawn below
// the cell; notes are printed there, since cells show standard error as a fault. The end of the
// cell closes the engine.
func Open(dir string) *Lab {
	l := nbui.Must(lab.Open(dir))
	l.Progress, l.Stdout, l.Stderr = nbui.Progress, os.Stdout, os.Stdout
	return &Lab{l, nbui.Context()}
}

// Context is the context of the cell, for calls of other packages.
func (l *Lab) Context() context.Context { return l.ctx }

// Engine is [lab.Lab.Engine].
func (l *Lab) Engine() *engine.Engine { return nbui.Must(l.lab.Engine(l.ctx)) }

// Photos is [lab.Lab.Photos].
func (l *Lab) Photos(photos string) *dataset.Set { return nbui.Must(l.lab.Photos(l.ctx, photos)) }

// PhotosOr is Photos or, where photos is "", Dataset of a data set of the catalogue.
func (l *Lab) PhotosOr(photos, name string) *dataset.Set {
	if photos == "" {
		return l.Dataset(name, split.Default())
	}
	return l.Photos(photos)
}

// Prepare is [lab.Lab.Prepare].
func (l *Lab) Prepare(photos lab.Photos, o split.Options) *dataset.Set {
	return nbui.Must(l.lab.Prepare(l.ctx, photos, o))
}

// Dataset is [lab.Lab.Dataset].
func (l *Lab) Dataset(name string, o split.Options) *dataset.Set {
	return nbui.Must(l.lab.Dataset(l.ctx, name, o))
}

// Fetch is the folder of a data set of the catalogue, as [asset.Fetch] leaves it.
func (l *Lab) Fetch(name string) string { return nbui.Must(asset.Fetch(l.ctx, name, nbui.Progress)) }

// Pretrained is a published network with its own classes, see [classifier.Pretrained], for Predict.
func (l *Lab) Pretrained(name string) lab.Run {
	return lab.Run{Model: nbui.Must(classifier.Pretrained(l.ctx, name, nbui.Progress))}
}

// Train is [lab.Lab.Train]. The accuracy by epoch grows below the cell.
func (l *Lab) Train(s *dataset.Set, r lab.Recipe) lab.Run {
	l.lab.Epoch = nbui.Epochs()
	return nbui.Must(l.lab.Train(l.ctx, s, r))
}

// Evaluate is [lab.Lab.Evaluate].
func (l *Lab) Evaluate(run lab.Run) lab.Test { return nbui.Must(l.lab.Evaluate(l.ctx, run)) }

// Predict is [lab.Lab.Predict].
func (l *Lab) Predict(run lab.Run, file string, k int) []classifier.Guess {
	return nbui.Must(l.lab.Predict(l.ctx, run, file, k))
}

// made returns v, or ends the cell as [nbui.Must] does. Where some fits failed, v is without them,
// and the cell says so and goes on.
func made[T any](v T, err error) T {
	if lab.IsPartial(err) {
		fmt.Println(err)
		return v
	}
	return nbui.Must(v, err)
}

// LearningCurve is [lab.Lab.LearningCurve].
func (l *Lab) LearningCurve(s *dataset.Set, r lab.Recipe, sizes lab.Sizes) lab.Curves {
	return made(l.lab.LearningCurve(l.ctx, s, r, sizes))
}

// TradeOff is [lab.Lab.TradeOff].
func (l *Lab) TradeOff(s *dataset.Set, m lab.Models) lab.TradeOff {
	return made(l.lab.TradeOff(l.ctx, s, m))
}

// All is [lab.Lab.All].
func (l *Lab) All(photos string, r lab.Recipe, m lab.Models, limit time.Duration) lab.Answers {
	return made(l.lab.All(l.ctx, photos, r, m, limit))
}

// Sweep is [lab.Lab.SweepIn]: it runs the fits into the folder dir.
func (l *Lab) Sweep(dir string, fits []sweep.Fit) sweep.Result {
	return made(l.lab.SweepIn(l.ctx, dir, fits))
}

// Suspects ranks the photos of a set by how probably their label is wrong, and keeps the list
// beside the set, where the page of nbui.Review finds it.
func (l *Lab) Suspects(s *dataset.Set) suspect.Result {
	r := nbui.Must(lab.Compute(l.ctx, l.lab, func(e *engine.Engine) (suspect.Result, error) {
		return suspect.Find(l.ctx, e, s, suspect.Default(), nbui.Progress)
	}))
	nbui.Check(suspect.Save(s.Dir, r))
	return r
}

// Trained opens the run that a cell above trained in the lab's folder, with its data set. It ends
// the cell where there is none, or more than one.
func (l *Lab) Trained() lab.Run {
	found, err := filepath.Glob(filepath.Join(l.lab.Dir, "*", "model"))
	nbui.Check(err)
	if len(found) != 1 {
		nbui.Check(fmt.Errorf("there are %d trained models in %s, not one; open one with lab.OpenRun", len(found), l.lab.Dir))
	}
	run := nbui.Must(lab.OpenRun(filepath.Dir(found[0])))
	run.Set = nbui.Set(l.lab.Dir)
	return run
}

// Ranking says, for each threshold, how well the model finds the validation photos of a class.
func (l *Lab) Ranking(run lab.Run, class string) metric.Ranking {
	return nbui.Must(lab.Compute(l.ctx, l.lab, func(e *engine.Engine) (metric.Ranking, error) {
		network, err := run.Model.Predictor(e)
		if err != nil {
			return metric.Ranking{}, err
		}
		defer network.Close()
		labels, probs, err := network.Classify(l.ctx, run.Set, run.Set.InSplit(dataset.Val), nbui.Progress)
		if err != nil {
			return metric.Ranking{}, err
		}
		return metric.Rank(run.Model.Classes, labels, probs, class)
	}))
}
