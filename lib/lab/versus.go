package lab

import (
	"context"
	"path/filepath"

	"imagelab/lib/dataset"
	"imagelab/lib/report"
	"imagelab/lib/runlog"
	"imagelab/lib/text"
)

// Versus compares two runs photo by photo and writes the page of it: on the test photos if both
// were evaluated on them, else on the validation photos. The photos are shown if the set of the
// first run is still where it was.
func (l *Lab) Versus(ctx context.Context, first, second, page string) (report.Paired, error) {
	v := report.Versus{Names: [2]string{filepath.Base(first), filepath.Base(second)}, Progress: l.Progress}
	if v.Names[0] == v.Names[1] {
		v.Names = [2]string{first, second}
	}
	var err error
	for _, side := range []string{dataset.Test, dataset.Val} {
		for i, dir := range []string{first, second} {
			if v.Said[i], err = runlog.LoadPredictions(dir, side); err != nil {
				return report.Paired{}, err
			}
		}
		if v.Said[0] != nil && v.Said[1] != nil {
			break
		}
	}
	for i, dir := range []string{first, second} {
		run, err := OpenRun(dir)
		if err != nil {
			return report.Paired{}, err
		}
		v.Records[i] = run.Record
	}
	if dir := v.Records[0].SetDir; dir != "" {
		if v.Set, err = dataset.LoadQuiet(ctx, dir, l.Progress); err != nil {
			l.note("the photos are not shown: %s: %v", text.Name(dir), err)
			v.Set = nil
		}
	}
	return report.WriteVersus(ctx, page, v)
}
