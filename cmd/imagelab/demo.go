package main

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"imagelab/lib/asset"
	"imagelab/lib/dedup"
	"imagelab/lib/finetune"
	"imagelab/lib/imgset"
	"imagelab/lib/split"
)

// The demo's data set and where a person finds what it made.
const (
	demoSet  = "solar"
	demoData = "data/solar"
	demoRun  = "runs/demo"
)

// newDemoCmd is `imagelab demo`: the main job on real photos.
func newDemoCmd(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "demo",
		Short: "Do the whole job on photos of solar cells: from nothing to a report page",
		Long: `Demo fetches 2,624 electroluminescence photos of solar cells (elpv-dataset, 91 MB, CC BY-NC-SA 4.0: not for
commercial use), ingests, deduplicates and splits them, fine-tunes a network to tell defective cells from functional
ones, and evaluates it once on the test images. It writes data/solar and runs/demo below the current folder and ends
with the page to look at. A stopped demo continues.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return demo(cmd.Context(), a) },
	}
}

func demo(ctx context.Context, a *app) error {
	ref, err := asset.Lookup(demoSet)
	if err != nil {
		return err
	}
	fmt.Fprintf(a.stderr, "data set %s, licence %s\n", demoSet, ref.License)
	source, err := asset.Fetch(ctx, demoSet, a.progress)
	if err != nil {
		return err
	}
	s, err := imgset.Ingest(ctx, source, demoData, imgset.DefaultIngest(), a.progress)
	if err != nil {
		return err
	}
	copies, err := dedup.Run(ctx, s, dedup.Default(), a.progress)
	if err != nil {
		return err
	}
	options := split.Options{Val: 0.10, Test: 0.25, Seed: 1}
	summary, err := split.Run(s, options)
	if err != nil {
		return err
	}
	fmt.Fprintf(a.stdout, "%d photos, %d left out as copies or conflicts; train %d, validation %d, test %d\n",
		copies.Images, copies.Removed, summary.Sides["train"], summary.Sides["val"], summary.Sides["test"])
	if err := train(ctx, a, finetune.Data{Set: s}, finetune.Cells(), demoRun); err != nil {
		return err
	}
	p, _, closeAll, err := openPredictor(ctx, a, demoRun)
	if err != nil {
		return err
	}
	defer closeAll()
	result, err := p.Evaluate(ctx, s, s.InSplit("test"), a.progress)
	if err != nil {
		return err
	}
	if err := updateReport(ctx, a, demoRun, s, result); err != nil {
		return err
	}
	fmt.Fprintf(a.stdout, "\ntest: %s\n", describe(result))
	fmt.Fprintf(a.stdout, "Neighbouring cells come from one module, so a split at random flatters: see README.md.\nlook at %s\n", filepath.Join(demoRun, "report.html"))
	return nil
}
