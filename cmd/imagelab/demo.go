package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"imagelab/lib/asset"
	"imagelab/lib/dataset"
	"imagelab/lib/dedup"
	"imagelab/lib/finetune"
	"imagelab/lib/folder"
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
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c := finetune.Cells()
			c.Epochs = 8 // of 12: a demo should end in minutes
			return demo(cmd.Context(), a, c)
		},
	}
}

// demo does the main job with the recipe c; the questions after it are asked of c's classifier on the frozen network.
func demo(ctx context.Context, a *app, c finetune.Config) error {
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
	s, err := demoPhotos(ctx, a, source)
	if err != nil {
		return err
	}
	if err := train(ctx, a, finetune.Data{Set: s}, c, demoRun); err != nil {
		return err
	}
	p, m, closeAll, err := openPredictor(ctx, a, demoRun)
	if err != nil {
		return err
	}
	defer closeAll()
	result, err := p.Evaluate(ctx, s, s.InSplit("test"), a.progress)
	if err != nil {
		return err
	}
	if err := updateReport(ctx, a, demoRun, m.Record, s, result, nil); err != nil {
		return err
	}
	fmt.Fprintf(a.stdout, "\ntest: %s\n", describe(result))
	fmt.Fprintf(a.stdout, "Neighbouring cells come from one module, so a split at random flatters: see README.md.\nlook at %s\n", filepath.Join(demoRun, "report.html"))
	return demoQuestions(ctx, a, finetune.Data{Set: s}, c)
}

// demoPhotos ingests, deduplicates and splits the demo's photos in one turn.
func demoPhotos(ctx context.Context, a *app, source string) (*dataset.Set, error) {
	if err := os.MkdirAll(demoData, 0o755); err != nil {
		return nil, err
	}
	ctx, release, err := dataset.Hold(ctx, demoData, a.progress)
	if err != nil {
		return nil, err
	}
	defer release()
	s, err := dataset.Ingest(ctx, source, demoData, dataset.DefaultIngest(), a.progress)
	if err != nil {
		return nil, err
	}
	copies, err := dedup.Run(ctx, s, dedup.Default(), a.progress)
	if err != nil {
		return nil, err
	}
	summary, err := split.Run(s, split.Options{Val: 0.10, Test: 0.25, Seed: 1})
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(a.stdout, "%d photos, %d left out as copies or conflicts; train %d, validation %d, test %d\n",
		copies.Images, copies.Removed, summary.Sides["train"], summary.Sides["val"], summary.Sides["test"])
	return s, nil
}

// checkDemoFolders looks before anything is downloaded.
func checkDemoFolders() error {
	err := errors.Join(folder.Check(demoData, folder.Set, ""), folder.Check(demoRun, folder.Run, ""),
		folder.Check(demoCurve, folder.Curve, ""), folder.Check(demoTradeoff, folder.TradeOff, ""))
	if err != nil {
		return fmt.Errorf("the demo writes %s and %s below the current folder; change into an empty one and run it again: %w", demoData, demoRun, err)
	}
	return nil
}

// demoQuestions draws a quick learning curve and a quick trade-off of classifiers on the frozen network.
func demoQuestions(ctx context.Context, a *app, d finetune.Data, c finetune.Config) error {
	c.Cut, c.Views, c.TTA = "head", 0, false
	fmt.Fprint(a.stdout, "\nHow many images are enough? A quick learning curve of a classifier on the frozen network:\n")
	err := runCurve(ctx, a, d, c, curveOptions{out: demoCurve, sizes: sizesFlag{10, 30, 100, 300, 0}, seeds: 3})
	if err != nil {
		return err
	}
	fmt.Fprint(a.stdout, "\nWhich input size is fast enough? The same classifier at two sizes, timed briefly:\n")
	grid := sweep.Grid{Backbones: []string{c.Backbone}, Sizes: []int{128, c.Size}, Cuts: []string{c.Cut}, Seeds: 1}
	return runTradeoff(ctx, a, d, c, tradeoffOptions{out: demoTradeoff, grid: grid, quick: true})
}
