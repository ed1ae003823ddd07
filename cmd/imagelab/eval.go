package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"imagelab/lib/dataset"
	"imagelab/lib/lab"
	"imagelab/lib/metric"
	"imagelab/lib/runlog"
	"imagelab/lib/text"
)

// newEvalCmd is `imagelab eval`: the one reader of the test images.
func newEvalCmd(a *app) *cobra.Command {
	o := evalOptions{side: dataset.Test}
	cmd := &cobra.Command{
		Use:   "eval RUN DIR",
		Short: "Measure a model on the test photos, or on any labelled folder",
		Long: `Eval measures a model on the test photos of a set that was ingested and split, or of a folder with train,
val and test inside, or on all photos of a folder per class. It prints accuracy with its 95 % interval, the results
of each class, calibration and the confusion matrix. The result on the test photos of the set that the run was trained
on is also added to the run's record, and report.html is updated.

Photos that the model was trained on, and copies of them, say nothing about new photos: eval leaves them out and says
how many. --include-seen measures on them too; the result is then not a test. The result of another --precision than the
model's own is printed, and not recorded.

Choose models by their validation results and run eval once. Test photos that help to choose are validation photos.`,
		Example: "  imagelab eval runs/a data/mine\n  imagelab eval runs/a ~/new-photos --json",
		Args:    cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := oneOf("split", o.side, dataset.Test, dataset.Val); err != nil {
				return usageError{err}
			}
			if err := checkPrecision(o.precision); err != nil {
				return usageError{err}
			}
			if err := checkSource("eval", args[1]); err != nil {
				return usageError{err}
			}
			err := evaluate(cmd.Context(), a, args[0], args[1], o)
			var recorded *lab.RecordedError
			if errors.As(err, &recorded) {
				return ifStopped(err, "the result is recorded, but its page is not drawn: the same command draws it")
			}
			return ifStopped(err,
				"no result was recorded, and the run is as it was: the same command scores the photos from the first on")
		},
	}
	addJSON(cmd.Flags(), &o.json)
	cmd.Flags().StringVar(&o.side, "split", o.side, "which `side` of a split set to use: test or val")
	addPrecision(cmd.Flags(), &o.precision)
	cmd.Flags().BoolVar(&o.includeSeen, "include-seen", false, "measure on photos that the model was trained on, too")
	return cmd
}

type evalOptions struct {
	side        string // dataset.Test or dataset.Val
	json        bool
	includeSeen bool
	precision   string
}

func evaluate(ctx context.Context, a *app, dir, photos string, o evalOptions) error {
	run, err := lab.OpenRun(dir)
	if err != nil {
		return err
	}
	l := a.lab()
	defer l.Close()
	t, err := l.Score(ctx, run, photos, lab.Scoring{Side: o.side, IncludeSeen: o.includeSeen, Precision: o.precision})
	switch {
	case t.N == 0:
		return explainScoring(err, o.side)
	case o.json: // what was measured is printed, recorded or not
		return errors.Join(err, a.json(evaluation{t.Result, t.Side, t.Seen, t.Seen == nil}))
	}
	return errors.Join(err, printResult(a, t))
}

// explainScoring adds to what is wrong with the photos which verb or flag helps.
func explainScoring(err error, side string) error {
	var noSide *lab.NoSideError
	var seen *lab.SeenError
	switch {
	case errors.As(err, &seen):
		return fmt.Errorf("%w, or add --include-seen to score them all the same", err)
	case errors.Is(err, lab.ErrNotFolder):
		return fmt.Errorf("%w; if it is a table of labels, run `imagelab ingest` on it first and name the folder of its "+
			"--out", err)
	case errors.Is(err, lab.ErrNoLabels):
		return fmt.Errorf("%w, or use `imagelab predict`, which needs no labels", err)
	case errors.Is(err, lab.ErrNoSides):
		return usageError{fmt.Errorf("--split %s: %w", side, err)}
	case errors.As(err, &noSide) && noSide.Has == "":
		return fmt.Errorf("%w; run `imagelab split %s` (with --redo where its folders hold no %s side), name the "+
			"other side with --split, or name a plain folder per class",
			err, word(noSide.Dir), side)
	case errors.As(err, &noSide):
		return fmt.Errorf("%w: name the other side with --split, or a folder per class below it", err)
	}
	return err
}

// evaluation is what eval prints as JSON.
type evaluation struct {
	metric.Result
	Side string `json:"side,omitempty"` // that was scored; empty: the folder has none
	*runlog.Seen
	SeenUnknown bool `json:"seen_unknown,omitempty"` // the model, of an older version, does not say what it learned from
}

// printResult prints a result with a remark, which may be empty, after its first line.
func printResult(a *app, t lab.Test) error {
	fmt.Fprintln(a.stdout, t)
	r := t.Result
	fmt.Fprintf(a.stdout, "macro F1 %.3f\n\n", r.MacroF1)
	classes := text.Table{Columns: []text.Column{{Head: "class", Number: true, Least: 12},
		{Head: "images", Number: true, Spare: 1}, {Head: "precision", Number: true}, {Head: "recall", Number: true},
		{Head: "F1", Number: true, Spare: 2}}}
	for k, class := range r.Classes {
		c := r.PerClass[class]
		classes.Add(text.Name(class), fmt.Sprint(c.N), ofAny(c.Precision, r.Predicted(k)), ofAny(c.Recall, c.N),
			ofAny(c.F1, c.N))
	}
	if err := a.printTable(classes, "--json shows all"); err != nil {
		return err
	}
	return printConfusion(a, r)
}

// ofAny is a share of n photos; of none, there is nothing to say.
func ofAny(share float64, n int) string {
	if n == 0 {
		return "-"
	}
	return fmt.Sprintf("%.3f", share)
}

// most is how many classes a confusion matrix has at most on a terminal.
const most = 30

// printConfusion prints the confusion matrix, or, where it is too large to be read, the cells off
// its diagonal that hold most.
func printConfusion(a *app, r metric.Result) error {
	cells := text.Table{Columns: make([]text.Column, len(r.Classes)+1)}
	for i := range cells.Columns {
		cells.Columns[i] = text.Column{Head: fmt.Sprint(i + 1), Number: true}
	}
	cells.Columns[len(r.Classes)] = text.Column{Head: "true class", Least: 12}
	for k, row := range r.Confusion {
		var line []string
		for _, n := range row {
			line = append(line, fmt.Sprint(n))
		}
		cells.Add(append(line, fmt.Sprintf("%d %s", k+1, text.Name(r.Classes[k])))...)
	}
	if len(r.Classes) <= most && (a.columns == 0 || cells.Needs() <= a.columns) {
		if err := a.printLine("\nconfusion: rows are the true class, columns the predicted one"); err != nil {
			return err
		}
		return a.printTable(cells, "--json shows all")
	}
	return printMistakes(a, r)
}

// printMistakes lists the most frequent mistakes.
func printMistakes(a *app, r metric.Result) error {
	type cell struct{ is, named, n int }
	var wrong []cell
	for is, row := range r.Confusion {
		for named, n := range row {
			if is != named && n > 0 {
				wrong = append(wrong, cell{is, named, n})
			}
		}
	}
	slices.SortStableFunc(wrong, func(a, b cell) int { return b.n - a.n })
	shown := wrong[:min(len(wrong), 20)]
	t := text.Table{Columns: []text.Column{{Head: "images", Number: true}, {Head: "true class", Least: 12},
		{Head: "predicted", Least: 12}}}
	for _, c := range shown {
		t.Add(fmt.Sprint(c.n), text.Name(r.Classes[c.is]), text.Name(r.Classes[c.named]))
	}
	said := fmt.Sprintf("\nmost frequent mistakes: %d of %d pairs of classes (--json shows all)", len(shown), len(wrong))
	if err := a.printLine(said); err != nil {
		return err
	}
	return a.printTable(t, "--json shows all")
}
