// Command speed asks: how many times faster is imagelab than the usual Python libraries?
//
// Settings: decoding and hashing JPEG files, the forward pass and training steps of
// EfficientNet-Lite0, and with -whole everything from JPEG files to a validated model, with 3
// seeds. imagelab and PyTorch, fastai, ONNX Runtime, Pillow and imagehash do each of these in turn,
// on the same files of clothing, in 5 rounds; scikit-learn, on frozen features, takes part in the
// whole way. Run nothing else at the same time.
//
//	go run ./experiments/speed [-peers VENV] [-only PARTS] [-size N] [-whole] [-epochs N] [-json FILE]
//	go run ./experiments/speed -forward 1,8,32 -step 32 [-precision bfloat16]   (this engine alone)
//
// Result (2 shared cores of an AMD EPYC with AVX-512, no GPU, 2026-11-27, commit 70396f2;
// speed.csv; how many times faster imagelab ("ours") is, median of the rounds; while all sides
// rested, 12 % of the cores were in use during the second line, perhaps by threads of peers that
// spin):
//
//	decode and resize  1.4 Pillow with draft   hash  0.42 imagehash, 0.14 with draft
//	forward            batch 1: 1.3 PyTorch, 0.45 ONNX Runtime   8: 1.4, 0.77   32: 4.0, 0.81   best: 1.5, 0.85
//	training step      PyTorch, all layers 1.4, from stage5 on 1.4, stage6 2.0, stage7 5.4
//	our step with this cut against our step on all layers: stage5 3.0, stage6 5.5, stage7 22
//
// Our hash compares colours and places too, and finds copies that imagehash's misses
// (experiments/copies); it takes longer. ONNX Runtime computes the forward pass faster than XLA.
//
// The whole way: Result (2 shared cores of an Intel Xeon, no GPU, 2026-11-26, commit d22c7e4;
// whole.csv; -only whole -whole -size 128; top-1 on 341 validation photos, mean of the seeds and
// their range; fits of a head have no use for seeds):
//
//	imagelab, default recipe         90.4 % (90.0 to 90.9)
//	imagelab, cut stage7             87.2 % (86.8 to 87.7)
//	imagelab, cut head               84.8 %
//	scikit-learn on frozen features  83.6 %
//	fastai, best epoch               76.6 % (75.1 to 78.0)
//
// All sides have the same photos, split, network, weights and normalisation. fastai's fine_tune
// trains its head first and then all layers, for 8 epochs. Its seeds ran side by side, on a thread
// each, and all sides beside other programs, so that times are not compared. At 224 pixels, where
// our accuracies are higher (docs/measurements.md), fastai takes too long for this machine.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"

	"imagelab/experiments/speed/device"
	"imagelab/experiments/speed/race"
	"imagelab/lib/dataset"
	_ "imagelab/lib/engine/malloc" // before there are threads
	"imagelab/lib/lab"
	"imagelab/lib/report"
	"imagelab/lib/split"
)

func main() {
	var s speed
	lab.Main("speed", s.run, s.flags)
}

type speed struct {
	race.Options
	device device.Options
}

// flags adds the options of both ways to measure.
func (s *speed) flags(f *flag.FlagSet) {
	s.Options.Flags(f)
	s.device.Flags(f)
}

func (s *speed) run(ctx context.Context, l *lab.Lab) error {
	if s.device.Asked() {
		return s.onDevice(ctx, l)
	}
	plan, parts, err := s.Plan(l.Quick)
	if err != nil {
		return err
	}
	name, options := "clothing", split.Options{Val: 0.1, Seed: 1}
	if l.Quick {
		name = "foods"
	} else {
		plan = plan.At(s.device.Size)
	}
	set, err := l.Dataset(ctx, name, options)
	if err != nil {
		return err
	}
	e, err := l.Engine(ctx)
	if err != nil {
		return err
	}
	prepare := func(ctx context.Context, dir string) (*dataset.Set, error) {
		other := &lab.Lab{Dir: dir, Quick: l.Quick, Progress: l.Progress, Stderr: l.Stderr}
		return other.Dataset(ctx, name, options)
	}
	d := race.Race{Plan: plan, Engine: e, Set: set, Prepare: prepare, Venv: s.Venv, Dir: l.Dir, Progress: l.Progress}
	r, err := d.Run(ctx, parts)
	if err != nil {
		return err
	}
	fmt.Fprintf(l.Stdout, "%s\n%s\n", r.Table(), r.Verdict())
	if s.JSON != "" {
		write := func(w io.Writer) error { return json.NewEncoder(w).Encode(r.Ratios()) }
		if err := dataset.WriteFile(s.JSON, write); err != nil {
			return err
		}
	}
	for name, list := range map[string]func() ([]string, [][]string){"speed.csv": r.RoundRows, "whole.csv": r.WholeRows} {
		header, rows := list()
		if err := l.SaveCSV(name, header, rows); err != nil {
			return err
		}
	}
	f := race.Figure(r.Ratios())
	if err := l.Save("speed.svg", f); err != nil {
		return err
	}
	return l.Report(report.Sweep{
		Title: "How many times faster is imagelab?", Verdict: r.Verdict(), Tables: race.Tables(r),
		Figures: []report.Figure{{Title: "Times faster", Figure: f}},
	})
}

// onDevice times this machine's engine alone.
func (s *speed) onDevice(ctx context.Context, l *lab.Lab) error {
	e, err := l.Engine(ctx)
	if err != nil {
		return err
	}
	return device.Run(ctx, e, s.device, l.Stdout)
}
