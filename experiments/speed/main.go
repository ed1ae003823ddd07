// Command speed asks: how many times faster is imagelab than what a person would reach for instead?
//
// Arms: JPEG files to pixels and to hashes, the forward pass and training steps of EfficientNet-Lite0, and with -whole all
// from JPEG files to a validated model, each done in turn by imagelab and by PyTorch, fastai, ONNX Runtime, Pillow and
// imagehash on the same files of clothing; 5 rounds, 1 of the whole way. Nothing else should run meanwhile.
//
//	go run ./experiments/speed [-peers VENV] [-json FILE] [-only PARTS] [-whole] [-epochs N] [-quick]
//
// Result (2 cores of an AMD EPYC without AVX-512, no GPU, 2026-11-25, commit b06b264; how many times faster ours is, median
// of the rounds; other programs took 6 to 9 % of the cores during the first two lines):
//
//	decode and resize  1.2 Pillow with draft   hash  2.0 imagehash, 0.66 with draft
//	forward            batch 1: 1.4 PyTorch, 0.48 ONNX Runtime   8: 2.1, 0.62   32: 3.6, 0.67   best: 1.5, 0.66
//	training step      PyTorch, all layers 2.1, from stage5 up 1.5, stage6 2.3, stage7 6.1
//	ours against all   stage5 2.7, stage6 5.0, stage7 18
//
// The same with AVX-512 (commit 8bf1293; other programs took 9 % of the cores during the second line):
//
//	decode and resize  1.6 Pillow with draft   hash  2.2 imagehash, 0.73 with draft
//	forward            batch 1: 1.4 PyTorch, 0.48 ONNX Runtime   8: 1.5, 0.58   32: 3.0, 0.62   best: 1.3, 0.55
//	training step      PyTorch, all layers 1.6, from stage5 up 1.5, stage6 2.1, stage7 6.3
//	ours against all   stage5 2.7, stage6 5.1, stage7 20
//
// The whole way against fastai is not yet measured.
package main

import (
	"context"
	"fmt"

	"imagelab/lib/duel"
	"imagelab/lib/figure"
	"imagelab/lib/imgset"
	"imagelab/lib/lab"
	"imagelab/lib/report"
	"imagelab/lib/split"
)

func main() {
	var s speed
	lab.Main("speed", s.run, s.Flags)
}

type speed struct{ duel.Options }

func (s *speed) run(ctx context.Context, l *lab.Lab) error {
	plan, parts, err := s.Plan(l.Quick)
	if err != nil {
		return err
	}
	name, options := "clothing", split.Options{Val: 0.1, Seed: 1}
	if l.Quick {
		name = "foods"
	}
	set, err := l.Dataset(ctx, name, options)
	if err != nil {
		return err
	}
	e, err := l.Engine(ctx)
	if err != nil {
		return err
	}
	prepare := func(ctx context.Context, dir string) (*imgset.Set, error) {
		other, err := lab.Open(dir, l.Quick, l.Progress)
		if err != nil {
			return nil, err
		}
		return other.Dataset(ctx, name, options)
	}
	d := duel.Duel{Plan: plan, Engine: e, Set: set, Prepare: prepare, Venv: s.Venv, Dir: l.Dir, Progress: l.Progress}
	r, err := d.Run(ctx, parts)
	if err != nil {
		return err
	}
	fmt.Fprintf(l.Stdout, "%s\n%s\n", r.Table(), r.Verdict())
	if s.JSON != "" {
		if err := imgset.WriteJSON(s.JSON, r.Ratios()); err != nil {
			return err
		}
	}
	f := figure.Contest(r.Ratios())
	w, h := figure.ContestSize(r.Ratios())
	if err := l.Save("speed.svg", f, w, h); err != nil {
		return err
	}
	return l.Report(report.Sweep{
		Title: "How many times faster is imagelab?", Verdict: r.Verdict(), Tables: report.Contest(r),
		Figures: []report.Figure{{Title: "Times faster", Plot: f, Width: w, Height: h}},
	})
}
