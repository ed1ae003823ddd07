// Command tradeoff asks: how much speed does accuracy cost?
//
// Settings: Lite0, Lite1 and Lite2 at 128, 192 and 260 pixels with a classifier on frozen
// features (cut head, plain photo), and at 192 pixels trained from stage7 on (plain photo and two
// augmented copies), 2 seeds; on clothing, 25 % of which are test photos.
//
//	go run ./experiments/tradeoff [-quick]
//
// Result (2 cores of an AMD EPYC with AVX-512, no GPU, 2026-11-25, commit f28e4df, 16 minutes; 852
// test photos, interval about ±2.5 points; median latency of one photo; the rounds differ by 5 to
// 90 %, since the machine was busy): No record was kept of the fits.
//
//	lite0  128 px 82.4 %  6.2 ms   192 px 84.3 %  8.3 ms   260 px 86.4 % 11.8 ms
//	lite1  128 px 82.3 %  8.1 ms   192 px 85.8 % 10.5 ms   260 px 86.7 % 14.9 ms
//	lite2  128 px 82.3 %  8.5 ms   192 px 84.5 % 11.7 ms   260 px 84.5 % 16.4 ms
//
// Trained from stage7 on at 192 px, with two augmented copies: lite0 89.4 %, lite1 88.4 %, lite2
// 89.2 %. This is 3 to 5 points better than the classifiers on the plain photo, at the same
// latency. It was not measured which part comes from the last stage and which from augmentation.
// The figure is of that commit too: it fills the points of the Pareto front, where the present
// figure fills the models that validation chose. Its records have no predictions on validation
// photos and are not kept.
package main

import (
	"context"
	"fmt"
	"time"

	"imagelab/lib/backbone"
	_ "imagelab/lib/engine/malloc" // before there are threads
	"imagelab/lib/finetune"
	"imagelab/lib/lab"
	"imagelab/lib/recipe"
	"imagelab/lib/split"
	"imagelab/lib/sweep"
	"imagelab/lib/tradeoff"
)

func main() { lab.Main("tradeoff", run) }

func run(ctx context.Context, l *lab.Lab) error {
	name, timing := "clothing", tradeoff.Default()
	parts := []struct {
		views int
		grid  sweep.Grid
	}{
		{0, sweep.Grid{Backbones: backbone.Ready(), Sizes: []int{128, 192, 260}, Cuts: []string{"head"}, Seeds: 1}},
		{2, sweep.Grid{Backbones: backbone.Ready(), Sizes: []int{192}, Cuts: []string{"stage7"}, Seeds: 2}},
	}
	if l.Quick {
		name, timing, parts = "foods", tradeoff.Quick(), parts[:1]
		parts[0].grid.Backbones, parts[0].grid.Sizes = backbone.Ready()[:1], []int{64, 96}
	}
	set, err := l.Prepare(ctx, lab.Photos{Name: name, MinPerClass: 18},
		split.Options{Val: 0.10, Test: 0.25, Seed: 1, Redo: true})
	if err != nil {
		return err
	}
	d, c := finetune.Data{Set: set}, recipe.Default()
	var all []sweep.Fit
	for _, part := range parts {
		c.CachedViews = part.views
		fits, err := part.grid.Fits(d, c)
		if err != nil {
			return err
		}
		all = append(all, fits...)
	}
	t, err := l.TradeOff(ctx, set, lab.Models{Recipe: lab.Recipe{Out: l.Dir}, Planned: all, Timing: timing,
		Budget: 10 * time.Millisecond})
	if err != nil {
		return err
	}
	fmt.Fprintf(l.Stdout, "%s\nlook at %s\n", t, t.Page())
	return nil
}
