package reading

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"time"

	"imagelab/lib/dataset"
	"imagelab/lib/engine"
	"imagelab/lib/finetune"
	"imagelab/lib/latency"
	"imagelab/lib/metric"
	"imagelab/lib/progress"
	"imagelab/lib/recipe"
	"imagelab/lib/runlog"
	"imagelab/lib/tradeoff"
)

// Plan says what to measure, and how thoroughly.
type Plan struct {
	Sizes  []Size
	Photos int              // different photos of each size
	Rounds int              // timings of each form and size
	Images int              // of each side at most, evenly spaced, that take part in the fit whose epochs are timed
	Epochs int              // of that fit
	Bench  tradeoff.Options // of the forward pass
}

// Default is the full measurement, some minutes long.
func Default() Plan { return Plan{Sizes(), 16, 6, 1000, 3, tradeoff.Default()} }

// Quick is two small sizes, timed once.
func Quick() Plan {
	o := tradeoff.Quick()
	o.Rounds, o.Timings = 1, 3
	return Plan{Sizes()[:2], 2, 1, 16, 1, o}
}

// Run carries the plan out in dir and returns its report, which it leaves there for [Read]; a
// report that an earlier call left is returned as it is. set, which needs a split and at least as
// many images as the plan has photos, is what photos are made of and what the network trains on.
func (pl Plan) Run(ctx context.Context, e *engine.Engine, set *dataset.Set, dir string,
	p progress.Func) (Report, error) {
	if r, err := Read(dir); !errors.Is(err, fs.ErrNotExist) {
		return r, err
	}
	tasks, done, err := Prepare(ctx, filepath.Join(dir, "photos"), set.Files(set.Kept()), pl.Sizes, pl.Photos, p)
	if err != nil {
		return Report{}, err
	}
	defer done()
	r := Report{Environment: e.Environment(), Photos: pl.Photos, Rounds: pl.Rounds}
	if r.Baselines, err = pl.floors(ctx, e, set, filepath.Join(dir, "fit"), p); err != nil {
		return Report{}, err
	}
	if r.Costs, err = Measure(ctx, tasks, pl.Rounds, p); err != nil {
		return Report{}, err
	}
	r.Time = time.Now().UTC().Truncate(time.Second)
	return r, dataset.WriteJSON(filepath.Join(dir, File), r)
}

// floors measures what the network takes for 1,000 photos: one epoch of the default recipe above
// its cut, validation included, from activations that are stored already, and one forward pass at
// the fastest batch. The fit is kept in dir.
func (pl Plan) floors(ctx context.Context, e *engine.Engine, set *dataset.Set, dir string,
	p progress.Func) ([]Baseline, error) {
	c := recipe.Default()
	setting := tradeoff.Network{Backbone: c.Backbone, Size: Input, Classes: len(set.Classes())}
	speeds, err := latency.Measure(ctx, e, []tradeoff.Network{setting}, []string{set.File(set.Images[0])}, pl.Bench, p)
	if err == nil && speeds[0].Error != "" {
		err = errors.New(speeds[0].Error)
	}
	if err != nil {
		return nil, fmt.Errorf("reading: forward pass: %w", err)
	}
	c.Size, c.CachedViews, c.Epochs = Input, 0, pl.Epochs
	set = some(set, pl.Images)
	_, record, err := finetune.Run(ctx, e, finetune.Data{Set: set}, c, dir, finetune.Observer{Progress: p})
	if err != nil {
		return nil, fmt.Errorf("reading: training: %w", err)
	}
	var seconds []float64
	for _, epoch := range record.Epochs {
		if epoch.Phase == runlog.PhaseBody {
			seconds = append(seconds, 1000*epoch.Seconds/float64(len(set.InSplit(dataset.Train))))
		}
	}
	return []Baseline{
		{Name: "training above " + c.Cut, Seconds: metric.Median(seconds)},
		{Name: "the forward pass", Seconds: 1000 / speeds[0].Best().Median},
	}, nil
}

// some is the set with at most n images of each side.
func some(set *dataset.Set, n int) *dataset.Set {
	part := *set
	part.Images = nil
	for _, side := range []string{dataset.Train, dataset.Val} {
		images := set.InSplit(side)
		for i, take := 0, min(n, len(images)); i < take; i++ {
			part.Images = append(part.Images, images[i*len(images)/take])
		}
	}
	return &part
}
