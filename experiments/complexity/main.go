// Command complexity asks: do varied views need more images?
//
// Arms: scenes of 8 kinds of objects whose truth is known, drawn with fixed view and light, with varied view, with varied
// light, and with both; the objects, tables and clutter are the same in all four. A classifier on frozen features (cut
// head) learns from 5 to 200 images a class, nested, 5 seeds; 60 drawn scenes a class, like those it learned from, judge.
//
//	go run ./experiments/complexity [-quick]
//
// Result (2 cores of an AMD EPYC without AVX-512, no GPU, 2026-11-25, commit 7217b52; 480 test scenes, 5 seeds): at 200
// images a class 99.2 % fixed, 98.8 % varied light, 92.9 % varied view, 90.4 % both. For 90 % right: at most 5 images a
// class with fixed view, whatever the light; about 75 with varied view; about 174 with both. Views cost, light does not.
package main

import (
	"context"
	"fmt"
	"path/filepath"

	"imagelab/experiments/internal/scene"
	"imagelab/lib/curve"
	"imagelab/lib/figure"
	"imagelab/lib/finetune"
	"imagelab/lib/lab"
	"imagelab/lib/recipe"
	"imagelab/lib/report"
	"imagelab/lib/split"
	"imagelab/lib/sweep"
)

func main() { lab.Main("complexity", run) }

func run(ctx context.Context, l *lab.Lab) error {
	plan, c := sweep.Plan{Sizes: []int{5, 10, 20, 50, 100, 200, 0}, Seeds: 5}, recipe.Default()
	c.Cut, c.CachedViews, c.CenterCropFraction = "head", 0, 1
	draw := scene.Options{Train: 200, Val: 25, Test: 60, Size: 224, Seed: 1}
	arms := []struct {
		name        string
		view, light bool
	}{{"fixed", false, false}, {"varied light", false, true}, {"varied view", true, false}, {"both varied", true, true}}
	if l.Quick {
		arms, plan.Sizes, plan.Seeds, c.Size = arms[2:], []int{2, 0}, 2, 96
		draw = scene.Options{Train: 4, Val: 2, Test: 3, Size: 96, Seed: 1}
	}
	var fits []sweep.Arm
	for _, arm := range arms {
		draw.Condition = scene.Condition{VaryView: arm.view, VaryLight: arm.light, Share: 0.5, Clutter: 6}
		source := filepath.Join(l.Dir, "scenes", arm.name)
		if _, err := scene.Write(ctx, source, draw, l.Progress); err != nil {
			return err
		}
		set, err := l.Prepare(ctx, lab.Photos{Name: arm.name, Source: source}, split.Options{Seed: 1})
		if err != nil {
			return err
		}
		plan.Name = arm.name
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

// enough is the accuracy whose price in images is compared.
const enough = 0.9

// show prints how many images each arm needs, and writes figure and page.
func show(l *lab.Lab, r sweep.Result) error {
	series, err := curve.All(r.Records)
	if err != nil {
		return err
	}
	verdict := ""
	for _, s := range series {
		verdict += fmt.Sprintf("%s: %s for %.0f %% right.\n", s.Curve.Name, s.Curve.Needed(enough), 100*enough)
	}
	fmt.Fprint(l.Stdout, verdict)
	all := figure.LearningCurve(series...)
	if err := l.Save("complexity.svg", all); err != nil {
		return err
	}
	page := report.Curves("Do varied views need more images?", series, r.Records)
	page.Verdict = verdict
	page.Figures = append([]report.Figure{{Title: "All arms", Figure: all, Caption: "Every arm is judged on scenes like those it learned from."}}, page.Figures...)
	return l.Report(page)
}
