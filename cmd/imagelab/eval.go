package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"

	"github.com/spf13/cobra"

	"imagelab/lib/finetune"
	"imagelab/lib/imgset"
	"imagelab/lib/metric"
	"imagelab/lib/runlog"
	"imagelab/lib/text"
)

// newEvalCmd is `imagelab eval`: the one reader of the test images.
func newEvalCmd(a *app) *cobra.Command {
	var asJSON bool
	side := "test"
	cmd := &cobra.Command{
		Use:   "eval RUN DIR",
		Short: "Score a model on the test images, or on any labelled folder",
		Long: `Eval reads the test images of an ingested and split set, or all images of a plain folder per class, and prints
accuracy with its 95 % interval, the figures of each class, calibration and the confusion matrix. For a set that was split
it also adds the result to the run's record and brings its report.html up to date.

Choose models by validation and evaluate once: a test set that is looked at often is a validation set.`,
		Example: "  imagelab eval runs/a data/mine\n  imagelab eval runs/a ~/new-photos --json",
		Args:    cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			if side != "test" && side != "val" {
				return usageError{fmt.Errorf("--split is test or val, not %q", side)}
			}
			ctx := cmd.Context()
			p, m, closeAll, err := openPredictor(ctx, a, args[0])
			if err != nil {
				return err
			}
			defer closeAll()
			set, images, err := evaluationImages(ctx, a, args[1], side)
			if err != nil {
				return err
			}
			result, err := p.Evaluate(ctx, set, images, a.progress)
			if err != nil {
				return err
			}
			// It is recorded first, whoever reads what is printed. It is printed all the same where the run's folder is
			// read-only, since it took long.
			var recorded error
			if set.Dir != "" && side == "test" {
				recorded = updateReport(ctx, a, args[0], m.Record, set, result)
			}
			if asJSON {
				return errors.Join(recorded, a.json(result))
			}
			return errors.Join(recorded, printResult(a, result))
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	cmd.Flags().StringVar(&side, "split", side, "which `side` of a split set: test or val")
	return cmd
}

// evaluationImages returns one side of a set, or all images of a plain folder.
func evaluationImages(ctx context.Context, a *app, dir, side string) (*imgset.Set, []imgset.Image, error) {
	if _, err := os.Stat(filepath.Join(dir, "manifest.jsonl")); errors.Is(err, fs.ErrNotExist) {
		s, err := imgset.Open(ctx, dir, a.progress)
		if err != nil {
			return nil, nil, err
		}
		if s.Source == imgset.SourceUnlabeled {
			return nil, nil, fmt.Errorf("%s has no class folders, so nothing says what is right: make a folder per class, or use `imagelab predict`, which needs no labels", text.Name(dir))
		}
		rejected, err := s.Quarantine()
		if err != nil {
			return nil, nil, err
		}
		for _, r := range rejected {
			fmt.Fprintf(a.stderr, "left out %q: %s\n", r.Path, r.Reason)
		}
		return s, s.Images, nil
	}
	s, err := imgset.Load(dir)
	if err != nil {
		return nil, nil, err
	}
	images := s.InSplit(side)
	if len(images) == 0 {
		return nil, nil, fmt.Errorf("%s has no %s images; run `imagelab split %s` (with --redo where its folders hold no %s side), name the other side with --split, or name a plain folder per class", text.Name(dir), side, word(dir), side)
	}
	return s, images, nil
}

// updateReport adds the test result to the record of the run's model, whose ID is id, and rewrites its report with it.
func updateReport(ctx context.Context, a *app, run, id string, s *imgset.Set, result metric.Result) error {
	records, _, err := runlog.Read(finetune.RecordsPath(run))
	records = slices.DeleteFunc(records, func(r runlog.Record) bool { return r.ID != id })
	if err != nil || len(records) == 0 {
		return err
	}
	record := records[len(records)-1]
	if record.Split != s.SplitDigest() {
		fmt.Fprintln(a.stderr, "note: the set or its split has changed since training, so test images may have been trained on; report.html is left as it was")
		return nil
	}
	if record.Test == nil || !reflect.DeepEqual(*record.Test, result) {
		record.Test = &result
		if err := runlog.Append(finetune.RecordsPath(run), record); err != nil { // readers take the last line of an ID
			return err
		}
	}
	if err := writeReport(ctx, a, run, s, record, &result); err != nil {
		return err
	}
	fmt.Fprintln(a.stderr, "look at", text.Name(filepath.Join(run, "report.html")))
	return nil
}

func printResult(a *app, r metric.Result) error {
	fmt.Fprintf(a.stdout, "%s\nmacro F1 %.3f\n\n", describe(r), r.MacroF1)
	t := text.Table{Columns: []text.Column{{Head: "class", Number: true, Least: 12}, {Head: "images", Number: true},
		{Head: "precision", Number: true}, {Head: "recall", Number: true}, {Head: "F1", Number: true}}}
	for _, class := range r.Classes {
		c := r.PerClass[class]
		t.Add(text.Name(class), fmt.Sprint(c.N), fmt.Sprintf("%.3f", c.Precision), fmt.Sprintf("%.3f", c.Recall), fmt.Sprintf("%.3f", c.F1))
	}
	if err := a.printTable(t, "--json shows all"); err != nil {
		return err
	}
	return printConfusion(a, r)
}

// most is how many classes a confusion matrix has at most on a terminal.
const most = 30

// printConfusion prints the confusion matrix, or, where it is too large to be read, the cells off its diagonal that hold most.
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
		fmt.Fprintln(a.stdout, "\nconfusion: rows are the true class, columns the predicted one")
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
	t := text.Table{Columns: []text.Column{{Head: "images", Number: true}, {Head: "true class", Least: 12}, {Head: "predicted", Least: 12}}}
	for _, c := range shown {
		t.Add(fmt.Sprint(c.n), text.Name(r.Classes[c.is]), text.Name(r.Classes[c.named]))
	}
	fmt.Fprintf(a.stdout, "\nmost frequent mistakes: %d of %d pairs of classes (--json shows all)\n", len(shown), len(wrong))
	return a.printTable(t, "--json shows all")
}
