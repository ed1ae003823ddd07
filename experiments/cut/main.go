// Command cut asks: if more of the network is frozen, how much accuracy does it cost and how much
// time does it save? Do augmented copies of the photos help in front of frozen stages?
//
// Settings: Lite0 trained from head, stage7, stage6, stage5, stage4 and all on, with the plain
// photo and two augmented copies; stage7 and stage6 also with the plain photo only. 50 photos a
// class of clothing at 128 pixels, 8 epochs, 2 seeds. Frozen stages are computed once, which the
// times show.
//
//	go run ./experiments/cut [-quick]
//
// Result (2 shared cores of an Intel Xeon, no GPU, 2026-11-27, commit 4b99801, cut.csv; mean test
// accuracy on 852 photos, and seconds of a fit on 500 photos once the frozen stages are computed):
//
//	head    76.4 %   1 s
//	stage7  80.5 %   6 s   plain photo only  78.8 %   7 s
//	stage6  84.6 %  22 s   plain photo only  84.7 %  23 s
//	stage5  86.9 %  41 s
//	stage4  87.6 %  49 s
//	all     87.3 %  94 s
//
// Training two stages of blocks is better than training the head only, by more than the intervals.
// Between neighbours in this list, and between one and three views, the differences may be chance
// with 2 seeds. Training two stages takes a quarter of the time of all layers.
package main

import (
	"context"
	"fmt"

	_ "imagelab/lib/engine/malloc" // before there are threads
	"imagelab/lib/figure"
	"imagelab/lib/finetune"
	"imagelab/lib/lab"
	"imagelab/lib/recipe"
	"imagelab/lib/report"
	"imagelab/lib/runlog"
	"imagelab/lib/split"
	"imagelab/lib/sweep"
)

func main() { lab.Main("cut", run) }

func run(ctx context.Context, l *lab.Lab) error {
	set, seeds, c := "clothing", 2, recipe.Default()
	cuts, plain := []string{"head", "stage7", "stage6", "stage5", "stage4", "all"}, []string{"stage7", "stage6"}
	c.Size = 128
	if l.Quick {
		set, seeds, cuts, plain = "foods", 1, cuts[:2], plain[:1]
		c.Size, c.CachedViews, c.Epochs = 64, 1, 1
	}
	photos, err := l.Prepare(ctx, lab.Photos{Name: set, MinPerClass: 18},
		split.Options{Val: 0.10, Test: 0.25, Seed: 1, Redo: true})
	if err != nil {
		return err
	}
	var fits []sweep.Fit
	add := func(name string, c recipe.Config) error {
		more, _, err := sweep.Curve(finetune.Data{Set: photos}, c, sweep.Plan{Name: name, Sizes: []int{50}, Seeds: seeds})
		fits = append(fits, more...)
		return err
	}
	for _, c.Cut = range cuts {
		if err := add("cut "+c.Cut, c); err != nil {
			return err
		}
	}
	c.CachedViews = 0
	for _, c.Cut = range plain {
		if err := add("cut "+c.Cut+", plain view", c); err != nil {
			return err
		}
	}
	r, err := l.Sweep(ctx, fits)
	if err != nil {
		return err
	}
	return show(l, r.Records)
}

// show draws and prints accuracy and time by cut.
func show(l *lab.Lab, records []runlog.Record) error {
	names, fits := report.BySetting(records)
	var dots []figure.Dot
	for _, name := range names {
		d := report.Dot(name, fits[name])
		if len(d.Each) == 0 {
			fmt.Fprintf(l.Stdout, "%-10s no finished fit\n", name)
			continue
		}
		frozen, trained := report.Seconds(fits[name], runlog.StageFrozenFeatures),
			report.Seconds(fits[name], runlog.StageHead, runlog.StageTrain)
		fmt.Fprintf(l.Stdout, "%-10s %.1f %% (%.1f to %.1f), frozen stages %.0f s once, then %.1f s per fit\n",
			name, 100*d.Accuracy, 100*d.Interval[0], 100*d.Interval[1], frozen, trained)
		d.Name = fmt.Sprintf("%s, %.0f s", name, trained)
		dots = append(dots, d)
	}
	p := figure.Dots("What does freezing more stages cost?",
		"Mean over seeds with 95 % interval; small dots: each seed. "+
			"Seconds are those of a fit above the frozen stages.", dots...)
	if err := l.Save("cut.svg", p); err != nil {
		return err
	}
	return l.Report(report.Sweep{Title: "How much accuracy does freezing more stages cost, and how much time does " +
		"it save?",
		Figures: []report.Figure{{Title: "Accuracy by cut", Figure: p}},
		Tables: []report.Table{report.SettingTable("Configurations, with seconds of training", records,
			runlog.StageHead, runlog.StageTrain)}, Records: records})
}
