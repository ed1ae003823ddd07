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
// Result (2 cores of an Intel Xeon, no GPU, nothing else running, 2026-11-27, commit 75e5ea2;
// field.csv; networks that are at least as fast as PyTorch's; lowest, median and highest ratio;
// then the same in CPU seconds):
//
//	one photo     10 of 17  0.8  1.2  1.8     15 of 17  0.9  1.5  2.0
//	eight photos  10 of 17  0.7  1.4  3.4     12 of 17  0.8  1.8  3.9
//
// Ahead are the networks of depthwise and pointwise convolutions, and the largest ResNet. Behind
// are the two smaller ones, whose convolutions PyTorch computes by oneDNN too, SqueezeNet, ConvNeXt
// and the transformers. perf says where their time goes: in the transformers more than half is
// XLA's matrix product, where PyTorch calls MKL, and norms and GELU are little beside it; in
// SqueezeNet with one photo a third is threads that wait for work, allocation and the kernel, as
// its convolutions are short; in ConvNeXt a quarter is oneDNN's depthwise convolution. Since then
// ConvNeXt convolves photo by photo in batches, and pointwise convolutions of single photos are
// products: both are faster, and not in this table yet.
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
