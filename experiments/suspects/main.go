// Command suspects asks: does the ranking of suspects find wrong labels, and what does correcting
// them gain?
//
// Arms: clothing and solar x 2, 5 and 10 % of all labels made wrong x uniform noise (any other
// class) and confused noise (the class that the photo's own is most often taken for) x 3 seeds. A
// reviewer who knows the truth looks at the first tenth of the ranking and corrects what is wrong;
// logistic regression on frozen features (cut head) is fitted to the wrong labels, the corrected
// and the true ones, and judged by true test labels. -cleanlab VENV adds what cleanlab makes of the
// same out-of-fold probabilities: its find_label_issues and its three scores of label quality.
//
//	go run ./experiments/suspects [-cleanlab VENV] [-quick]
package main

import (
	"context"
	"flag"

	_ "imagelab/lib/engine/malloc" // before there are threads
	"imagelab/lib/lab"
	"imagelab/lib/recipe"
	"imagelab/lib/split"
)

func main() {
	var x experiment
	lab.Main("suspects", x.run, x.flags)
}

type experiment struct {
	cleanlab string // virtual environment; empty: without cleanlab
	rows     rows
}

func (x *experiment) flags(f *flag.FlagSet) {
	f.StringVar(&x.cleanlab, "cleanlab", "", "virtual environment `VENV` that holds cleanlab")
}

func (x *experiment) run(ctx context.Context, l *lab.Lab) error {
	c := recipe.Default()
	c.Cut, c.CachedViews = "head", 0
	sets, rates, seeds := []string{"clothing", "solar"}, []float64{0.02, 0.05, 0.10}, 3
	if l.Quick {
		sets, rates, seeds, c.Size = []string{"foods"}, []float64{0.05}, 1, 96
	}
	if err := x.rows.load(l); err != nil {
		return err
	}
	for _, name := range sets {
		set, err := l.Prepare(ctx, lab.Photos{Name: name, MinPerClass: 18}, split.Options{Val: 0.10, Test: 0.25,
			Seed: 1, Redo: true})
		if err != nil {
			return err
		}
		b, err := newBench(ctx, l, set, name, c)
		if err != nil {
			return err
		}
		err = x.plantAll(ctx, b, rates, seeds)
		b.close()
		if err != nil {
			return err
		}
	}
	return x.rows.show(l)
}
