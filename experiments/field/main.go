// Command field asks: how fast is each network on XLA's CPU beside PyTorch?
//
// Settings: every network of imagelab at its own size, batches of 1 and 8, random weights (they
// do not change the speed). imagelab and PyTorch (timm's network, or torchvision's, eager,
// channels-last) take turns; the ratio is the median of the pairs' ratios, PyTorch's time over
// ours, on the clock and in CPU seconds. On a busy machine the second says more. Networks that
// field.csv in the folder of the results has are not measured again.
//
//	go run ./experiments/field -peers VENV [-pairs N] [-quick]     (VENV has torch, torchvision and timm)
//
// Result (2 cores of an AMD EPYC, no GPU, nothing else running, 2026-11-28, commit b93ef30;
// field.csv; networks that are at least as fast as PyTorch's; lowest, median and highest ratio;
// then the same in CPU seconds):
//
//	one photo     13 of 17  0.8  1.3  1.8     15 of 17  0.9  1.5  2.6
//	eight photos  13 of 17  0.9  1.2  2.5     17 of 17  1.0  1.5  2.9
//
// Ahead are the networks of depthwise and pointwise convolutions, and ConvNeXt-Tiny. Clearly behind
// are the ResNets with one photo, whose convolutions PyTorch computes by oneDNN too, and
// ConvNeXt-Atto with eight, which keeps the second core less busy: in CPU seconds it is level.
package main

import (
	"context"
	"flag"
	"path/filepath"

	"imagelab/experiments/field/pair"
	"imagelab/experiments/speed/peer"
	"imagelab/lib/backbone"
	"imagelab/lib/engine"
	_ "imagelab/lib/engine/malloc" // before there are threads
	"imagelab/lib/lab"
	"imagelab/lib/split"
)

// options are the flags of this experiment.
type options struct {
	peers string
	pairs int
}

func main() {
	var o options
	lab.Main("field", o.run, func(f *flag.FlagSet) {
		f.StringVar(&o.peers, "peers", "",
			"folder of a Python `environment` with torch, torchvision and timm; without it imagelab alone is timed")
		f.IntVar(&o.pairs, "pairs", 7, "turns of each side")
	})
}

func (o *options) run(ctx context.Context, l *lab.Lab) error {
	names, batches := backbone.Names(), []int{1, 8}
	if l.Quick {
		names, batches, o.pairs = []string{"mobilenet_v3_small"}, []int{1}, 1
	}
	set, err := l.Dataset(ctx, "foods", split.Options{Val: 0.1, Seed: 1})
	if err != nil {
		return err
	}
	e, err := l.Engine(ctx)
	if err != nil {
		return err
	}
	m := pair.Meter{Engine: e, Photo: set.File(set.Images[0]), Pairs: o.pairs, Progress: l.Progress}
	if o.peers != "" {
		if m.Torch, err = peer.Start(ctx, o.peers, peer.Timm, engine.Cores()); err != nil {
			return err
		}
		defer m.Torch.Close()
	}
	rows, err := m.Run(ctx, names, batches, filepath.Join(l.Dir, "field.csv"))
	if err != nil {
		return err
	}
	return pair.Table(l.Stdout, rows)
}
