// Command learningcurve asks: how many images are enough, on clothing, solar and foods?
//
// Arms: a classifier on frozen features (cut head) on all three sets, and training from stage7 up on clothing; 5, 10, 20,
// 50, 100, 200 images a class and all, nested, 5 seeds, equal epochs. 25 % of each set are the test images; solar keeps
// runs of 60 neighbouring cells on one side.
//
//	go run ./experiments/learningcurve [-quick]
//
// Result: not yet measured
package main

import (
	"context"
	"fmt"

	"imagelab/lib/curve"
	"imagelab/lib/figure"
	"imagelab/lib/finetune"
	"imagelab/lib/lab"
	"imagelab/lib/report"
	"imagelab/lib/split"
	"imagelab/lib/sweep"
)

func main() { lab.Main("learningcurve", run) }

func run(ctx context.Context, l *lab.Lab) error {
	plan, c := sweep.Plan{Sizes: curve.DefaultSizes(), Seeds: 5}, finetune.Default()
	arms := []struct {
		set, cut   string
		neighbours int
	}{{"clothing", "head", 0}, {"clothing", "stage7", 0}, {"solar", "head", 60}, {"foods", "head", 0}}
	if l.Quick {
		plan.Sizes, plan.Seeds, arms = []int{2, 5, 0}, 2, arms[2:]
		c.Size, c.Views, arms[0].neighbours = 96, 0, 5
	}
	var fits []sweep.Arm
	for _, arm := range arms {
		o := split.Options{Val: 0.10, Test: 0.25, Seed: 1, GroupRun: arm.neighbours, Redo: true}
		set, err := l.Prepare(ctx, lab.Photos{Name: arm.set, MinPerClass: 18}, o)
		if err != nil {
			return err
		}
		c.Cut, plan.Name = arm.cut, arm.set+", cut "+arm.cut
		more, _, err := sweep.Curve(finetune.Data{Set: set}, c, plan)
		if err != nil {
			return err
		}
		fits = append(fits, more...)
	}
	r, err := l.Sweep(ctx, fits)
	if err != nil {
		return err
	}
	return show(l, r)
}

// show prints the verdicts and whether the forecasts from half the data would have held, and writes figure and page.
func show(l *lab.Lab, r sweep.Result) error {
	series, err := report.Learning(r.Records)
	if err != nil {
		return err
	}
	for i, s := range series {
		fmt.Fprintf(l.Stdout, "%s: %s\n  %s\n", s.Curve.Name, s.Forecast.Verdict().Text, s.Curve.Check(1).Text())
		if err := l.Save(fmt.Sprintf("curve%d.svg", i+1), figure.LearningCurve(s), figure.Width, figure.Height); err != nil {
			return err
		}
	}
	return l.Report(report.Curves("How many images are enough?", series, r.Records))
}
