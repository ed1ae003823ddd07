// Command learningrate asks: which learning rates work, by schedule length?
//
// Settings: peak learning rates from 1e-6 to 1e-2 for the stages (that of the classifier is five
// times as high), over 3 and over 15 epochs; cut stage7 of Lite0, 50 photos a class of clothing,
// 2 seeds. The head is fitted first, so the lowest rates show the accuracy of the head alone.
//
//	go run ./experiments/learningrate [-quick]
//
// Result (2 cores of an Intel Xeon, no GPU, 2026-11-27, commit dac12fe, learningrate.csv; mean test
// top-1 of 2 seeds at 1e-6, 1e-5, 1e-4, 1e-3, 1e-2):
//
//	3 epochs   81.9  81.9  81.9  82.7  81.9 %
//	15 epochs  81.9  81.9  83.9  84.8  81.9 %
//
// Most settings have the accuracy of the head alone, which a fit keeps where the last epoch has a
// higher validation loss. With 2 seeds and 852 test photos the intervals overlap: the differences
// between the rates, and to the head alone, may be chance.
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

func main() { lab.Main("learningrate", run) }

func run(ctx context.Context, l *lab.Lab) error {
	set, seeds, c := "clothing", 2, recipe.Default()
	c.Cut = "stage7"
	rates, lengths := []float64{1e-6, 1e-5, 1e-4, 1e-3, 1e-2}, []int{3, 15}
	if l.Quick {
		set, seeds, rates, lengths = "foods", 1, rates[2:4], []int{1, 2}
		c.Size, c.CachedViews = 64, 0
	}
	photos, err := l.Prepare(ctx, lab.Photos{Name: set, MinPerClass: 18},
		split.Options{Val: 0.10, Test: 0.25, Seed: 1, Redo: true})
	if err != nil {
		return err
	}
	var all []sweep.Fit
	for _, c.Epochs = range lengths {
		for _, c.LR = range rates {
			fits, _, err := sweep.Curve(finetune.Data{Set: photos}, c, sweep.Plan{
				Name: fmt.Sprintf("rate %g, %d epochs", c.LR, c.Epochs), Sizes: []int{50}, Seeds: seeds})
			if err != nil {
				return err
			}
			all = append(all, fits...)
		}
	}
	r, err := l.Sweep(ctx, all)
	if err != nil {
		return err
	}
	return show(l, r.Records)
}

// show draws accuracy against the rate for each length, and prints it.
func show(l *lab.Lab, records []runlog.Record) error {
	names, settings := report.BySetting(records)
	for _, name := range names {
		d := report.Dot(name, settings[name])
		if len(d.Each) == 0 {
			fmt.Fprintf(l.Stdout, "%-22s no finished fit\n", name)
			continue
		}
		fmt.Fprintf(l.Stdout, "%-22s %.1f %% (%.1f to %.1f)\n", name, 100*d.Accuracy, 100*d.Interval[0], 100*d.Interval[1])
	}
	series, err := report.Response(records, "lr", "epochs")
	if err != nil {
		return err
	}
	p := figure.Response("Which learning rates work?",
		"Mean over seeds with 95 % interval; the learning rate of the classifier is five times as high.",
		"peak learning rate of the stages", true, series...)
	if err := l.Save("learningrate.svg", p); err != nil {
		return err
	}
	return l.Report(report.Sweep{Title: "Which learning rates work, by schedule length?",
		Figures: []report.Figure{{Title: "Accuracy by learning rate", Figure: p}},
		Tables:  []report.Table{report.SettingTable("Configurations", records, runlog.StageTrain)}, Records: records})
}
