// Package reading measures how long it takes to bring photos to the network's input in each form in
// which they can be kept, beside the time that the network takes.
//
// Start with [Default] and [Plan.Run]. It makes photos of several sizes, keeps them in every form
// ([Prepare]), times reading them ([Measure]) and the network, and returns a [Report], which says
// when decoding dominates.
package reading

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"imagelab/lib/metric"
	"imagelab/lib/progress"
)

// Input is the side of the network's input and Side that of the photo before its centre crop,
// pixels. SmallSide is the short side of small files.
const (
	Input     = 224
	Side      = 256
	SmallSide = 300
)

// Task reads the photos of one form and size.
type Task struct {
	Format     string
	Megapixels float64
	Bytes      int
	Photos     int
	// over all photos in a timing: more than 1 where a pass is too short for the clock
	Passes int
	// writes the input of photo i, `[Input, Input, 3]` RGB; from several goroutines
	Read func(dst []byte, i int) error
}

// Measure times the tasks on all cores: one untimed round, then rounds in which every task is timed
// once, in an order that moves on from round to round, so that what slows the machine down for a
// while hits all alike. Files are read from the system's cache, as from the second epoch on.
// Nothing else should run meanwhile.
func Measure(ctx context.Context, tasks []Task, rounds int, p progress.Func) ([]Cost, error) {
	return timer{time.Now, runtime.GOMAXPROCS(0)}.measure(ctx, tasks, rounds, p)
}

type timer struct {
	now     func() time.Time
	workers int
}

func (w timer) measure(ctx context.Context, tasks []Task, rounds int, p progress.Func) ([]Cost, error) {
	const stage = "timing the reading of photos"
	seconds := make([][]float64, len(tasks))
	for round := range rounds + 1 {
		for i := range tasks {
			p.Report(stage, int64(round*len(tasks)+i), int64((rounds+1)*len(tasks)))
			at := (i + round) % len(tasks)
			t := tasks[at]
			start := w.now()
			if err := w.pass(ctx, t); err != nil {
				return nil, fmt.Errorf("reading: %s of %g megapixels: %w", t.Format, t.Megapixels, err)
			}
			if took := w.now().Sub(start).Seconds(); round > 0 {
				seconds[at] = append(seconds[at], 1000*took/float64(t.Photos*t.Passes))
			}
		}
	}
	p.Report(stage, int64((rounds+1)*len(tasks)), int64((rounds+1)*len(tasks)))
	costs := make([]Cost, len(tasks))
	for i, t := range tasks {
		costs[i] = Cost{Format: t.Format, Megapixels: t.Megapixels, Bytes: t.Bytes,
			Seconds: metric.Median(seconds[i]), Low: slices.Min(seconds[i]), High: slices.Max(seconds[i])}
	}
	return costs, nil
}

// pass reads every photo of the task `Passes` times. It stops at the first error.
func (w timer) pass(ctx context.Context, t Task) error {
	group, running := errgroup.WithContext(ctx)
	for first := range w.workers {
		group.Go(func() error {
			dst := make([]byte, Input*Input*3)
			for i := first; i < t.Photos*t.Passes && running.Err() == nil; i += w.workers {
				if err := t.Read(dst, i%t.Photos); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	return context.Cause(ctx)
}
