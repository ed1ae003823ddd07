package lab

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"imagelab/lib/asset"
	"imagelab/lib/classifier"
	"imagelab/lib/dataset"
	"imagelab/lib/dedup"
	"imagelab/lib/engine"
	"imagelab/lib/figure"
	"imagelab/lib/finetune"
	"imagelab/lib/report"
	"imagelab/lib/runlog"
	"imagelab/lib/text"
)

// Run is a trained model and how it was trained.
type Run struct {
	Dir    string            // folder with model/, records.jsonl, report.html and figures
	Set    *dataset.Set      // that it was trained on; nil for one of [OpenRun]
	Model  *classifier.Model // the weights that were kept
	Record runlog.Record     // of the fit, with validation, and with the test once [Lab.Evaluate] was called
}

// Page is the path of the run's page.
func (r Run) Page() string { return filepath.Join(r.Dir, pageFile) }

// String says how good the model is on the validation photos.
func (r Run) String() string {
	return fmt.Sprintf("%s on %s, cut %s: validation %s", r.Record.Backbone, r.Record.Dataset, r.Record.Cut, r.Record.Val)
}

// Figure shows the validation accuracy by epoch.
func (r Run) Figure() figure.Figure { return figure.AccuracyCurve(r.Record) }

// pageFile is the name of a page in the folder of what it shows.
const pageFile = "report.html"

// OpenRun opens the model in the folder of a run that was trained before.
func OpenRun(dir string) (Run, error) {
	m, err := classifier.Load(dir)
	if err != nil {
		return Run{}, err
	}
	run := Run{Dir: dir, Model: m}
	run.Record, _, err = run.record()
	return run, err
}

// record is what the folder holds of the model's fit by now; a model that was copied without its
// records has none.
func (r Run) record() (record runlog.Record, found bool, err error) {
	records, _, err := runlog.Read(finetune.RecordsPath(r.Dir))
	for _, rec := range records {
		if rec.ID == r.Model.Record {
			record, found = rec, true // readers take the last line of an ID
		}
	}
	return record, found, err
}

// Train fits a model to the training photos of a split set and judges it on the validation
// photos; the test photos are not read. The run's folder receives the model, a record with every
// number, figures and a page. A run that was finished before is returned as it is, one that was
// stopped goes on. When ctx ends, what was reached is saved and returned with ctx's error. Splits
// with a photo, a copy of it or a group on two sides are refused with a [split.LeakError].
func (l *Lab) Train(ctx context.Context, s *dataset.Set, r Recipe) (Run, error) {
	c, err := r.Settings()
	if err != nil {
		return Run{}, err
	}
	dir, err := l.out(r.Out, RunFolder, resultName(s, c), s.Root)
	if err != nil {
		return Run{}, err
	}
	ctx, release, err := finetune.Hold(ctx, dir, l.Progress)
	if err != nil {
		return Run{}, err
	}
	defer release()
	if err := l.check(dir, RunFolder, s.Root); err != nil { // as it is now that it is held
		return Run{}, err
	}
	l.noteDedup(s)
	run, err := Compute(ctx, l, func(e *engine.Engine) (Run, error) {
		l.notePrecision(e, c.Precision)
		m, record, err := finetune.Run(ctx, e, l.data(s, r.AllowLeak), c, dir, l.observer(dir))
		return Run{Dir: dir, Set: s, Model: m, Record: record}, err
	})
	if err != nil && run.Model != nil {
		l.print("kept so far: %s, validation %s", text.Name(filepath.Join(dir, "model")), run.Record.Val)
	}
	if err != nil {
		return run, err
	}
	return run, l.writeRun(ctx, run)
}

// observer tells of a fit's epochs, by Epoch or in lines.
func (l *Lab) observer(dir string) finetune.Observer {
	o := finetune.Observer{Progress: l.Progress, Epoch: l.Epoch, Finished: func(runlog.Record) {
		l.note("%s was finished before, and nothing was trained; delete it to train again", text.Name(dir))
	}, Note: l.say}
	if o.Epoch == nil {
		o.Epoch = func(e runlog.Epoch) {
			name := fmt.Sprintf("epoch %d", e.Epoch)
			if e.Phase == "head" {
				name = fmt.Sprintf("head, C = %g", e.LR)
			}
			l.print("%s: training loss %.3f, validation loss %.3f, top-1 %.2f %%", name, e.TrainLoss, e.ValLoss, 100*e.ValTop1)
		}
	}
	return o
}

// noteDedup says that copies were not looked for.
func (l *Lab) noteDedup(s *dataset.Set) {
	if !dedup.Seen(s) {
		l.note("copies within a side were not looked for, and results say so: run dedup on %s and split again",
			text.Path(s.Dir))
	}
}

// writeRun writes the page and the figures of a run.
func (l *Lab) writeRun(ctx context.Context, run Run) error {
	duplicates, err := dedup.Load(run.Set.Dir)
	if run.Set.Dir == "" || err != nil || !duplicates.Fits(run.Set) {
		duplicates = dedup.Result{} // a set that was never deduplicated, or was ingested again, has none to show
	}
	in := report.Input{Set: run.Set, Record: run.Record, Duplicates: duplicates, License: license(run.Set),
		Progress: l.Progress}
	in.Viewed, in.Decides = augmented(ctx, run), l.decides(ctx, run)
	if in.Validated, err = runlog.LoadPredictions(run.Dir, dataset.Val); err != nil {
		l.note("%v", err)
	}
	if in.Tested, err = runlog.LoadPredictions(run.Dir, dataset.Test); err != nil {
		l.note("%v", err)
	}
	if err := report.Write(ctx, run.Page(), in); err != nil {
		return err
	}
	result := *cmp.Or(run.Record.Test, &run.Record.Val)
	return errors.Join(
		runlog.WriteEpochs(filepath.Join(run.Dir, "results.csv"), run.Record.Epochs),
		figure.Confusion(result).Save(filepath.Join(run.Dir, "confusion.svg")),
		figure.AccuracyCurve(run.Record).Save(filepath.Join(run.Dir, "accuracy.svg")),
		figure.LossCurve(run.Record).Save(filepath.Join(run.Dir, "loss.svg")))
}

// license of the photos, where they come from the catalogue.
func license(s *dataset.Set) string {
	for _, ref := range asset.Catalogue() {
		if path, ok := asset.Cached(ref.Name); ok && path == s.Root {
			return ref.License
		}
	}
	return ""
}
