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

	"imagelab/lib/dataset"
	"imagelab/lib/finetune"
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
of each class, calibration and the confusion matrix. For a set that was split it also adds the result to the run's
record and updates report.html.

Photos that the model was trained on, and copies of them, say nothing about new photos: eval leaves them out and says
how many. --include-seen measures on them too; the result is then not a test.

Choose models by their validation results and run eval once. Test photos that help to choose are validation photos.`,
		Example: "  imagelab eval runs/a data/mine\n  imagelab eval runs/a ~/new-photos --json",
		Args:    cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := oneOf("split", o.side, dataset.Test, dataset.Val); err != nil {
				return usageError{err}
			}
			return ifStopped(evaluate(cmd.Context(), a, args[0], args[1], o),
				"no result was recorded, and the run is as it was: the same command scores the photos from the first on")
		},
	}
	cmd.Flags().BoolVar(&o.json, "json", false, "print one JSON object")
	cmd.Flags().StringVar(&o.side, "split", o.side, "which `side` of a split set to use: test or val")
	cmd.Flags().BoolVar(&o.includeSeen, "include-seen", false, "measure on photos that the model was trained on, too")
	return cmd
}

type evalOptions struct {
	side        string // dataset.Test or dataset.Val
	json        bool
	includeSeen bool
}

func evaluate(ctx context.Context, a *app, run, dir string, o evalOptions) error {
	ctx, release, err := runlog.HoldNext(ctx, finetune.RecordsPath(run), a.progress)
	if err != nil {
		return err
	}
	defer release()
	p, m, closeAll, err := openPredictor(ctx, a, run)
	if err != nil {
		return err
	}
	defer closeAll()
	set, images, err := evaluationImages(ctx, a, dir, o.side)
	if err != nil {
		return err
	}
	images, seen, err := leaveOutSeen(m, set, images, o)
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
	if set.Dir != "" && o.side == dataset.Test {
		recorded = updateReport(ctx, a, run, m.Record, set, result, seen)
	}
	if o.json {
		return errors.Join(recorded, a.json(evaluation{result, images[0].Split, seen, seen == nil}))
	}
	return errors.Join(recorded, printResult(a, result, describeSeen(seen, o.side)))
}

// evaluation is what eval prints as JSON.
type evaluation struct {
	metric.Result
	Side string `json:"side,omitempty"` // that was scored; empty: the folder has none
	*runlog.Seen
	SeenUnknown bool `json:"seen_unknown,omitempty"` // the model, of an older version, does not say what it learned from
}

// evaluationImages returns one side of a set or of a folder that has sides, or all images of a plain folder, for which side
// is [dataset.Test].
func evaluationImages(ctx context.Context, a *app, dir, side string) (*dataset.Set, []dataset.Image, error) {
	if _, err := os.Stat(filepath.Join(dir, "manifest.jsonl")); errors.Is(err, fs.ErrNotExist) {
		return folderImages(ctx, a, dir, side)
	}
	s, err := dataset.LoadQuiet(ctx, dir, a.progress)
	if err != nil {
		return nil, nil, err
	}
	images := s.InSplit(side)
	if len(images) == 0 {
		return nil, nil, fmt.Errorf("%s has no %s images; run `imagelab split %s` (with --redo where its folders hold no %s side), name the other side with --split, or name a plain folder per class", text.Name(dir), side, word(dir), side)
	}
	return s, images, nil
}

// folderImages reads a folder that was never ingested.
func folderImages(ctx context.Context, a *app, dir, side string) (*dataset.Set, []dataset.Image, error) {
	s, err := dataset.Open(ctx, dir, a.progress)
	if err != nil {
		return nil, nil, err
	}
	if s.Source == dataset.SourceUnlabeled {
		return nil, nil, fmt.Errorf("%s has no class folders, so nothing says what is right: make a folder per class, or use `imagelab predict`, which needs no labels", text.Name(dir))
	}
	rejected, err := s.Quarantine()
	if err != nil {
		return nil, nil, err
	}
	for _, note := range s.Notes {
		fmt.Fprintln(a.stderr, "note:", note)
	}
	for _, r := range rejected {
		fmt.Fprintf(a.stderr, "left out %q: %s\n", r.Path, r.Reason)
	}
	sides := map[string]int{}
	for _, im := range s.Images {
		sides[im.Split]++
	}
	has := fmt.Sprintf("its sides hold %d train, %d val and %d test photos", sides[dataset.Train], sides[dataset.Val], sides[dataset.Test])
	images := slices.DeleteFunc(s.InSplit(side), func(im dataset.Image) bool { return im.Class == "" })
	switch {
	case sides[""] == len(s.Images) && side == dataset.Test:
		return s, s.Images, nil
	case sides[""] == len(s.Images):
		return nil, nil, usageError{fmt.Errorf("--split %s: %s has no train, val and test folders; without --split all its images are scored", side, text.Name(dir))}
	case len(images) == 0:
		return nil, nil, fmt.Errorf("%s has no %s images with a class (%s): name the other side with --split, or a folder per class below it", text.Name(dir), side, has)
	}
	fmt.Fprintf(a.stderr, "note: the %s side of %s is scored (%s)\n", side, text.Name(dir), has)
	return s, images, nil
}

// updateReport adds the test result to the record of the run's model, whose ID is id, and rewrites its report with it.
func updateReport(ctx context.Context, a *app, run, id string, s *dataset.Set, result metric.Result, seen *runlog.Seen) error {
	records, _, err := runlog.Read(finetune.RecordsPath(run))
	records = slices.DeleteFunc(records, func(r runlog.Record) bool { return r.ID != id })
	if err != nil || len(records) == 0 {
		return err
	}
	record := records[len(records)-1]
	if record.Split != s.SplitDigest() {
		fmt.Fprintln(a.stderr, "note: the set or its split has changed since training; report.html is left as it was")
		return nil
	}
	if seen != nil && seen.Training+seen.Validation == 0 {
		seen = nil
	}
	if record.Test == nil || !reflect.DeepEqual(*record.Test, result) || !reflect.DeepEqual(record.Seen, seen) {
		record.Test, record.Seen = &result, seen
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

// printResult prints a result with a remark, which may be empty, after its first line.
func printResult(a *app, r metric.Result, remark string) error {
	fmt.Fprintln(a.stdout, describe(r))
	if remark != "" {
		fmt.Fprintln(a.stdout, remark)
	}
	fmt.Fprintf(a.stdout, "macro F1 %.3f\n\n", r.MacroF1)
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
