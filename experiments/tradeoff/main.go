// Command tradeoff asks: how much speed does accuracy cost?
//
// Settings: Lite0, Lite1 and Lite2 at 128, 192 and 260 pixels with a classifier on frozen
// features (cut head, plain photo), and at 192 pixels trained from stage7 on (plain photo and two
// augmented copies), 2 seeds; on clothing, 25 % of which are test photos.
//
//	go run ./experiments/tradeoff [-quick]
//
// Result (2 shared cores of an Intel Xeon, no GPU, 2026-11-27, commit 6b4160a, models.csv and
// fits.csv; accuracy on 852 test photos and median latency of one photo):
//
//	cut head       128 px         192 px         260 px
//	lite0   82.5 % 12.4 ms 84.6 % 13.6 ms 86.5 % 19.0 ms
//	lite1   82.3 % 15.0 ms 85.9 % 20.0 ms 87.4 % 27.5 ms
//	lite2   82.7 % 15.6 ms 84.2 % 20.7 ms 85.4 % 28.1 ms
//
// Trained from stage7 on at 192 px, with two augmented copies: lite0 89.5 %, lite1 88.4 %, lite2
// 89.1 %. This is 2.5 to 4.9 points better than the classifiers on the plain photo, at the same
// latency. It was not measured which part comes from the last stage and which from augmentation.
// Nothing else ran, but medians of the rounds differ by up to 55 %: the machine's clock drifts.
package main

import (
	"context"
	"fmt"
	"strconv"
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

// budget is the limit for the time of one photo: 50 photos a second.
const budget = 20 * time.Millisecond

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
		Budget: budget})
	if err != nil {
		return err
	}
	fmt.Fprintf(l.Stdout, "%s\nlook at %s\n", t, t.Page())
	header, rows := models(t.Points)
	return l.SaveCSV("models.csv", header, rows)
}

// models are the rows of a CSV file: accuracy in [0,1], times in milliseconds, size in bytes.
func models(points []tradeoff.Point) (header []string, rows [][]string) {
	header = []string{"model", "size", "cut", "val_top1", "test_top1", "test_low", "test_high",
		"median_ms", "fastest_round_ms", "slowest_round_ms", "p90_ms", "bytes"}
	number := func(v float64) string { return strconv.FormatFloat(v, 'g', 5, 64) }
	for _, p := range points {
		latency := p.Speed.Latency
		row := []string{p.Model, fmt.Sprint(p.Size), p.Cut}
		for _, v := range []float64{p.Val, p.Top1, p.Interval[0], p.Interval[1], 1000 * latency.Median,
			1000 * latency.Interval[0], 1000 * latency.Interval[1], 1000 * latency.P90} {
			row = append(row, number(v))
		}
		rows = append(rows, append(row, fmt.Sprint(p.Speed.BundleBytes)))
	}
	return header, rows
}
