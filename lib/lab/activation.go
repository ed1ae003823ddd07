package lab

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"imagelab/lib/classifier"
	"imagelab/lib/dataset"
	"imagelab/lib/engine"
	"imagelab/lib/report"
)

// decides are the activation maps of the mistakes that the page of a run shows, by the file of the
// mistake. A page does without them where a photo cannot be read or the network has none.
func (l *Lab) decides(ctx context.Context, run Run) map[string]report.Decides {
	if run.Model == nil {
		return nil
	}
	byName := map[string]dataset.Image{}
	for _, im := range run.Set.Images {
		byName[im.Path], byName[run.Set.File(im)] = im, im
	}
	var files []string
	var images []dataset.Image
	var classes [][]int
	for _, m := range cmp.Or(run.Record.Test, &run.Record.Val).Mistakes {
		im, known := byName[m.File]
		asked := []int{slices.Index(run.Model.Classes, m.Predicted), slices.Index(run.Model.Classes, m.Label)}
		if known && !slices.Contains(asked, -1) {
			files, images, classes = append(files, m.File), append(images, im), append(classes, asked)
		}
	}
	if len(images) == 0 {
		return nil
	}
	maps, err := Compute(ctx, l, func(e *engine.Engine) ([][]classifier.ActivationMap, error) {
		return run.Model.ActivationMaps(ctx, e, run.Set, images, classes, l.Progress)
	})
	if err != nil && ctx.Err() == nil && !errors.Is(err, classifier.ErrNoMaps) {
		l.note("the page has no heat maps of the mistakes: %v", err)
	}
	out := map[string]report.Decides{}
	for i, of := range maps {
		out[files[i]] = report.Decides{Predicted: of[0], Label: of[1]}
	}
	return out
}
