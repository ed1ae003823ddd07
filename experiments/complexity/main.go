// Command complexity asks: do varied views need more photos?
//
// Settings: generated scenes with 8 kinds of objects, with fixed view and light, with varied
// view, with varied light, and with both; objects, tables and clutter are the same in all four. A
// classifier on frozen features (cut head) is trained on 5 to 200 scenes a class (nested subsets,
// 5 seeds) and tested on 60 scenes a class of the same kind.
//
//	go run ./experiments/complexity [-quick]
//
// Result (2 cores of an Intel Xeon, no GPU, other programs running, 2026-11-27, commit 48cc01b,
// complexity.csv; mean test top-1 of 5 seeds on 480 test scenes, with 5, 10, 20, 50, 100 and 200
// scenes a class; all of them are one fit, which seeds do not change):
//
//	fixed         93.4  97.2  98.6  99.0  99.0  99.2 %
//	varied light  92.5  96.6  97.8  98.5  98.8  98.8 %
//	varied view   68.1  78.8  83.8  89.0  90.8  92.9 %
//	both varied   63.9  74.4  80.7  87.0  89.3  90.4 %
//
// Where the view is fixed, the fewest scenes are enough for nine in ten. Varied views need more
// photos, varied light does not.
package main

import (
	"context"
	"fmt"
	"path/filepath"

	"imagelab/experiments/internal/scene"
	"imagelab/lib/curve"
	_ "imagelab/lib/engine/malloc" // before there are threads
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
	settings := []struct {
		name        string
		view, light bool
	}{{"fixed", false, false}, {"varied light", false, true}, {"varied view", true, false}, {"both varied", true, true}}
	if l.Quick {
		settings, plan.Sizes, plan.Seeds, c.Size = settings[2:], []int{2, 0}, 2, 96
		draw = scene.Options{Train: 4, Val: 2, Test: 3, Size: 96, Seed: 1}
	}
	var fits []sweep.Fit
	for _, setting := range settings {
		draw.Condition = scene.Condition{VaryView: setting.view, VaryLight: setting.light, Share: 0.5, Clutter: 6}
		source := filepath.Join(l.Dir, "scenes", setting.name)
		if _, err := scene.Write(ctx, source, draw, l.Progress); err != nil {
			return err
		}
		set, err := l.Prepare(ctx, lab.Photos{Name: setting.name, Source: source}, split.Options{Seed: 1})
		if err != nil {
			return err
		}
		plan.Name = setting.name
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

// enough is the accuracy for which the settings are compared by the number of photos they need.
const enough = 0.9

// show prints how many photos each setting needs, and writes figure and page.
func show(l *lab.Lab, r sweep.Result) error {
	series, err := curve.All(r.Records)
	if err != nil {
		return err
	}
	verdict := ""
	for _, s := range series {
		verdict += fmt.Sprintf("%s: %s for an accuracy of %.0f %%.\n", s.Curve.Name, s.Curve.Needed(enough), 100*enough)
	}
	fmt.Fprint(l.Stdout, verdict)
	all := figure.LearningCurve(series...)
	if err := l.Save("complexity.svg", all); err != nil {
		return err
	}
	page := report.Curves("Do varied views need more photos?", series, r.Records)
	page.Verdict = verdict
	page.Figures = append([]report.Figure{{Title: "All settings", Figure: all,
		Caption: "Every setting is tested on scenes of the same kind as its training scenes."}}, page.Figures...)
	return l.Report(page)
}
