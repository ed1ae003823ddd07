// Command cut asks: what does freezing more cost in accuracy and save in time, and what do augmented views of the frozen
// part buy?
//
// Arms: training Lite0 from head, stage7, stage6, stage5, stage4 and all up, on the plain view and two augmented ones;
// stage7 and stage6 on the plain view alone; 50 images a class of clothing at 128 pixels, 8 epochs, 2 seeds. Whatever is
// frozen is computed once, which the times show.
//
//	go run ./experiments/cut [-quick]
//
// Result (2 cores of an AMD EPYC without AVX-512, other programs running, 2026-11-25, commits a80cb0d and, for the plain
// views, 75858e3; mean test top-1 on 852 images, interval 2 to 3 points each way; seconds of a fit on 500 images, which
// only compare with each other):
//
//	head 76.1 %  1 s   stage7 78.8 % 15 s   stage6 83.4 % 33 s   stage5 84.0 % 82 s   stage4 84.2 % 91 s   all 85.2 % 157 s
//	plain view alone:  stage7 76.8 % 17 s   stage6 83.1 % 39 s
//
// All layers are better than the head by more than the intervals; neighbours in this list, and the plain view against three
// views, cannot be told apart with 2 seeds. Two stages of blocks take a fifth of the time of all layers. Measured when the
// epoch with the least validation loss was kept, before the last one was.
package main

import (
	"context"
	"fmt"

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
	photos, err := l.Prepare(ctx, lab.Photos{Name: set, MinPerClass: 18}, split.Options{Val: 0.10, Test: 0.25, Seed: 1, Redo: true})
	if err != nil {
		return err
	}
	var arms []sweep.Arm
	add := func(name string, c recipe.Config) error {
		fits, _, err := sweep.Curve(finetune.Data{Set: photos}, c, sweep.Plan{Name: name, Sizes: []int{50}, Seeds: seeds})
		arms = append(arms, fits...)
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
	r, err := l.Sweep(ctx, arms)
	if err != nil {
		return err
	}
	return show(l, r.Records)
}

// show draws and prints accuracy and time by cut.
func show(l *lab.Lab, records []runlog.Record) error {
	names, arms := report.ByArm(records)
	var dots []figure.Dot
	for _, name := range names {
		d := report.Dot(name, arms[name])
		frozen, trained := report.Seconds(arms[name], runlog.StageFrozenFeatures),
			report.Seconds(arms[name], runlog.StageHead, runlog.StageTrain)
		fmt.Fprintf(l.Stdout, "%-10s %.1f %% (%.1f to %.1f), frozen part %.0f s once, then %.1f s a fit\n",
			name, 100*d.Accuracy, 100*d.Interval[0], 100*d.Interval[1], frozen, trained)
		d.Name = fmt.Sprintf("%s, %.0f s a fit", name, trained)
		dots = append(dots, d)
	}
	p := figure.Dots("What does freezing more cost?", "Mean of the seeds with 95 % interval; small dots: single seeds.", dots...)
	if err := l.Save("cut.svg", p); err != nil {
		return err
	}
	return l.Report(report.Sweep{Title: "What does freezing more cost in accuracy and save in time?",
		Figures: []report.Figure{{Title: "Accuracy by cut", Figure: p}},
		Tables:  []report.Table{report.ArmTable("Arms; seconds of training", records, runlog.StageHead, runlog.StageTrain)}, Records: records})
}
