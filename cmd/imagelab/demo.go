package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"imagelab/lib/asset"
	"imagelab/lib/dataset"
	"imagelab/lib/lab"
	"imagelab/lib/recipe"
	"imagelab/lib/split"
	"imagelab/lib/sweep"
)

// The demo's data set and where a person finds what it made.
const (
	demoSet      = "solar"
	demoData     = "data/solar"
	demoRun      = "runs/demo"
	demoCurve    = "runs/demo/curve"
	demoTradeoff = "runs/demo/tradeoff"
)

// newDemoCmd is `imagelab demo`: the main job on real photos.
func newDemoCmd(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "demo",
		Short: "Run every step on photos of solar cells, up to a report page",
		Long: `Demo fetches 2,624 electroluminescence photos of solar cells (elpv-dataset, 91 MB, CC BY-NC-SA 4.0: not for
commercial use), ingests, deduplicates and splits them, fine-tunes a network to tell defective cells from functional
ones, and evaluates it once on the test photos. Then it answers two more questions in a quick form, with the frozen
network: how many photos are enough, and which input size is fast enough? It writes data/solar and runs/demo below the
current folder, and names the pages to look at. A stopped demo continues.`,
		Example: "  imagelab demo",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c := recipe.Cells()
			c.Epochs = 8 // of 12: a demo should end in minutes
			return demo(cmd.Context(), a, c)
		},
	}
}

// demo does the main job with the recipe c; the questions after it are asked of c's classifier on
// the frozen network.
func demo(ctx context.Context, a *app, c recipe.Config) error {
	if err := checkDemoFolders(); err != nil {
		return err
	}
	ref, err := asset.Lookup(demoSet)
	if err != nil {
		return err
	}
	fmt.Fprintf(a.stderr, "data set %s, licence %s\n", demoSet, ref.License)
	source, err := asset.Fetch(ctx, demoSet, a.progress)
	if err != nil {
		return err
	}
	l := a.lab()
	defer l.Close()
	s, err := l.PhotosIn(ctx, source, demoData, split.Options{Val: 0.10, Test: 0.25, Seed: 1})
	if err != nil {
		return err
	}
	fmt.Fprintf(a.stdout, "%d photos, %d left out as copies or conflicts; train %d, validation %d, test %d\n",
		len(s.Images), len(s.Images)-len(s.Kept()), len(s.InSplit(dataset.Train)), len(s.InSplit(dataset.Val)),
		len(s.InSplit(dataset.Test)))
	if err := train(ctx, a, s, lab.Recipe{Config: c, Out: demoRun}, false); err != nil {
		return err
	}
	run, err := lab.OpenRun(demoRun)
	if err != nil {
		return err
	}
	run.Set = s
	t, err := l.Evaluate(ctx, run)
	if err != nil {
		return err
	}
	fmt.Fprintf(a.stdout, "\ntest: %s\n", t)
	fmt.Fprintf(a.stdout, "Neighbouring cells come from one module, so a split at random flatters: see "+
		"README.md.\nlook at %s\n", run.Page())
	return demoQuestions(ctx, a, s, c)
}

// checkDemoFolders looks before anything is downloaded.
func checkDemoFolders() error {
	err := errors.Join(lab.CheckFolder(demoData, lab.SetFolder, ""), lab.CheckFolder(demoRun, lab.RunFolder, ""),
		lab.CheckFolder(demoCurve, lab.CurveFolder, ""), lab.CheckFolder(demoTradeoff, lab.TradeOffFolder, ""))
	if err != nil {
		return fmt.Errorf("the demo writes %s and %s below the current folder; change into an empty one and run "+
			"it again: %w", demoData, demoRun, err)
	}
	return nil
}

// demoQuestions draws a quick learning curve and a quick trade-off of classifiers on the frozen
// network.
func demoQuestions(ctx context.Context, a *app, s *dataset.Set, c recipe.Config) error {
	c.Cut, c.CachedViews, c.TTA = "head", 0, false
	fmt.Fprint(a.stdout, "\nHow many photos are enough? A quick learning curve of a classifier on the frozen network:\n")
	err := learningCurve(ctx, a, s, c, curveOptions{out: demoCurve, sizes: []int{10, 30, 100, 300, 0}, seeds: 3})
	if err != nil {
		return err
	}
	fmt.Fprint(a.stdout, "\nWhich input size is fast enough? The same classifier at two sizes, timed briefly:\n")
	grid := sweep.Grid{Backbones: []string{c.Backbone}, Sizes: []int{128, c.Size}, Cuts: []string{c.Cut}, Seeds: 1}
	o := tradeoffOptions{out: demoTradeoff, grid: grid, quick: true}
	return o.compare(ctx, a, s, c)
}
