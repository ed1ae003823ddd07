package main

import (
	"context"
	"fmt"
	"path/filepath"
	"runtime/debug"
	"strings"
	"time"

	"imagelab/experiments/internal/patches"
	"imagelab/lib/dataset"
	"imagelab/lib/dedup"
	"imagelab/lib/engine"
	"imagelab/lib/finetune"
	"imagelab/lib/progress"
	"imagelab/lib/recipe"
	"imagelab/lib/split"
)

// plan is what is measured.
type plan struct {
	Images int      // number of photos
	Size   int      // side of the photos and of the network's input, pixels
	Cuts   []string // each is trained for one epoch
}

// defaultPlan is for so many photos of 64 x 64 pixels: 100,000 take 7 minutes on 2 cores.
func defaultPlan(images int) plan {
	return plan{Images: images, Size: 64, Cuts: []string{"head", "stage7"}}
}

// quickPlan has the smallest photos and one cut.
func quickPlan(images int) plan { return plan{Images: images, Size: 32, Cuts: []string{"head"}} }

// stage is a part of the way.
type stage struct {
	Name    string  `json:"name"`
	Peak    int64   `json:"peak"` // of anonymous memory, bytes
	Seconds float64 `json:"seconds"`
}

// row is the way with so many photos.
type row struct {
	Images int     `json:"images"`
	Stages []stage `json:"stages"`
}

// run makes the photos in dir, which keeps them, and goes the way in this process, which should
// have done nothing before: the peaks are those of the engine too, and a stage starts with what the
// ones before left.
func (p plan) run(ctx context.Context, e *engine.Engine, dir string, report progress.Func) (row, error) {
	photos, data := filepath.Join(dir, "photos"), filepath.Join(dir, "data")
	if err := patches.Draw(ctx, photos, p.Images, p.Size, report); err != nil {
		return row{}, err
	}
	r := row{Images: p.Images}
	var set *dataset.Set
	steps := []struct {
		name string
		do   func() error
	}{
		{"ingest", func() (err error) {
			set, err = dataset.Ingest(ctx, photos, data, dataset.DefaultIngest(), report)
			return err
		}},
		{"dedup", func() error { _, err := dedup.Run(ctx, set, dedup.Default(), report); return err }},
		{"split", func() error { _, err := split.Run(set, split.Options{Val: 0.1, Test: 0.1, Seed: 1}); return err }},
	}
	for _, cut := range p.Cuts {
		c := recipe.Default()
		c.Size, c.Cut, c.Epochs, c.CachedViews = p.Size, cut, 1, 0
		steps = append(steps, struct {
			name string
			do   func() error
		}{"train " + cut, func() error {
			_, _, err := finetune.Run(ctx, e, finetune.Data{Set: set}, c, filepath.Join(dir, cut),
				finetune.Observer{Progress: report})
			return err
		}})
	}
	for _, step := range steps {
		began := time.Now()
		peak, err := watch(step.do)
		if err != nil {
			return r, fmt.Errorf("memory: %s: %w", step.name, err)
		}
		r.Stages = append(r.Stages, stage{step.name, peak, time.Since(began).Seconds()})
	}
	return r, nil
}

// watch runs f and returns the largest anonymous memory meanwhile, looked at every 10 ms.
func watch(f func() error) (int64, error) {
	debug.FreeOSMemory() // or what was garbage before would count
	done, peaks := make(chan struct{}), make(chan int64)
	go func() {
		tick := time.NewTicker(10 * time.Millisecond)
		defer tick.Stop()
		peak := engine.AnonymousMemory()
		for {
			select {
			case <-tick.C:
				peak = max(peak, engine.AnonymousMemory())
			case <-done:
				peaks <- max(peak, engine.AnonymousMemory())
				return
			}
		}
	}()
	err := f()
	close(done)
	return <-peaks, err
}

// cells are the rows of a CSV file: number of photos, step, peak in bytes, seconds.
func cells(rows []row) [][]string {
	var out [][]string
	for _, r := range rows {
		for _, s := range r.Stages {
			out = append(out, []string{fmt.Sprint(r.Images), s.Name, fmt.Sprint(s.Peak), fmt.Sprintf("%.1f", s.Seconds)})
		}
	}
	return out
}

// table is a line for each number of photos, in megabytes, and one with what a photo adds from the
// first to the last.
func table(rows []row) string {
	if len(rows) == 0 {
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%10s", "photos")
	for _, s := range rows[0].Stages {
		fmt.Fprintf(&b, "%14s", s.Name)
	}
	fmt.Fprintln(&b, "   MB of anonymous memory at most (seconds)")
	for _, r := range rows {
		fmt.Fprintf(&b, "%10d", r.Images)
		for _, s := range r.Stages {
			fmt.Fprintf(&b, "%14s", fmt.Sprintf("%d (%.0f)", s.Peak>>20, s.Seconds))
		}
		fmt.Fprintln(&b)
	}
	first, last := rows[0], rows[len(rows)-1]
	if last.Images > first.Images {
		fmt.Fprintf(&b, "%10s", "a photo")
		for i := range last.Stages {
			kilobytes := float64(last.Stages[i].Peak-first.Stages[i].Peak) / float64(last.Images-first.Images) / 1024
			fmt.Fprintf(&b, "%14s", fmt.Sprintf("%.1f kB", kilobytes))
		}
		fmt.Fprintln(&b)
	}
	return b.String()
}
