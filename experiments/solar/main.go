// Command solar asks: how well are defective solar cells told apart, and how much does a careless split flatter?
//
// Arms: 5 seeds of split and fit; cells dealt at random (stratified), and runs of 60 neighbours in file order, which come
// from the same module, kept on one side. 656 test images, about 262 for validation, threshold 0.5.
//
//	go run ./experiments/solar [-quick]
//
// RESULT
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"

	"imagelab/lib/asset"
	"imagelab/lib/engine"
	"imagelab/lib/feed"
	"imagelab/lib/finetune"
	"imagelab/lib/imgset"
	"imagelab/lib/runlog"
	"imagelab/lib/split"
)

func main() {
	quick := flag.Bool("quick", false, "one seed, one epoch")
	out := flag.String("out", "runs/solar", "folder for data and runs; a repeated call does only what is missing")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *out, *quick); err != nil {
		fmt.Fprintln(os.Stderr, "solar:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out string, quick bool) error {
	c := finetune.Default()
	c.Cut, c.Views, c.CropFraction, c.Recalibrate, c.HeadLR = "stage6", 3, 1, true, 0.2
	c.Augment = feed.Augment{Flip: true, FlipV: true}
	seeds := 5
	if quick {
		c.Cut, c.Views, c.Epochs, c.Size, seeds = "stage7", 0, 1, 128, 1
	}
	e, err := engine.Open(ctx, nil)
	if err != nil {
		return err
	}
	defer e.Close()
	for _, neighbours := range []int{0, 60} {
		var scores []float64
		for seed := 1; seed <= seeds; seed++ {
			c.Seed = uint64(seed)
			options := split.Options{Val: 0.10, Test: 0.25, Seed: uint64(seed), GroupRun: neighbours, Redo: true}
			top1, err := arm(ctx, e, filepath.Join(out, fmt.Sprintf("run%d-seed%d", neighbours, seed)), options, c)
			if err != nil {
				return err
			}
			fmt.Printf("runs of %d, seed %d: test top-1 %.2f %%\n", neighbours, seed, 100*top1)
			scores = append(scores, top1)
		}
		mean, interval := runlog.MeanInterval(scores)
		fmt.Printf("runs of %d: mean %.2f %%, 95 %% interval over splits and seeds %.2f to %.2f\n", neighbours, 100*mean, 100*interval[0], 100*interval[1])
	}
	return nil
}

// arm fits one split and returns the test accuracy.
func arm(ctx context.Context, e *engine.Engine, dir string, o split.Options, c finetune.Config) (float64, error) {
	source, err := asset.Fetch(ctx, "solar", nil)
	if err != nil {
		return 0, err
	}
	set, err := imgset.Ingest(ctx, source, filepath.Join(dir, "data"), imgset.DefaultIngest(), nil)
	if err != nil {
		return 0, err
	}
	if _, err := split.Run(set, o); err != nil {
		return 0, err
	}
	m, _, err := finetune.Run(ctx, e, finetune.Data{Set: set}, c, filepath.Join(dir, "run"), finetune.Observer{})
	if err != nil {
		return 0, err
	}
	p, err := m.Predictor(e)
	if err != nil {
		return 0, err
	}
	defer p.Close()
	result, err := p.Evaluate(ctx, set, set.InSplit("test"), nil)
	if err != nil {
		return 0, err
	}
	return result.Top1, os.RemoveAll(filepath.Join(set.Dir, "cache")) // activations of one arm are of no use to the others
}
