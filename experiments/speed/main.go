// Command speed asks: how many times faster is imagelab than what a person would reach for instead?
//
// Arms: JPEG files to pixels and to hashes, the forward pass and training steps of EfficientNet-Lite0, and with -whole all
// from JPEG files to a validated model, each done in turn by imagelab and by PyTorch, fastai, ONNX Runtime, Pillow and
// imagehash on the same files of clothing; 5 rounds, 3 seeds of the whole way, in which scikit-learn on frozen features takes
// part too. Nothing else should run meanwhile.
//
//	go run ./experiments/speed [-peers VENV] [-json FILE] [-only PARTS] [-whole] [-epochs N] [-quick]
//
// Result (2 cores of an AMD EPYC with AVX-512, no GPU, 2026-11-25, commit f28e4df, the whole way b55cf5d; how many times
// faster ours is, median of the rounds; other programs took 8 % of the cores during the second line):
//
//	decode and resize  1.5 Pillow with draft   hash  2.2 imagehash, 0.73 with draft
//	forward            batch 1: 1.4 PyTorch, 0.49 ONNX Runtime   8: 1.6, 0.81   32: 3.9, 0.81   best: 1.6, 0.78
//	training step      PyTorch, all layers 1.5, from stage5 up 1.5, stage6 2.1, stage7 5.9
//	ours against all   stage5 2.6, stage6 5.4, stage7 19
//
// The whole way is to be measured again. In one run fastai's best of 4 epochs had 83.0 % validation top-1 after 583 s, with
// ImageNet's statistics in place of those that the weights were trained with, which cost our own head 1.5 points; ours had
// 87.4 % (head) after 58 s, 90.9 % (stage7) after 130 s and 92.4 % (default) after 265 s.
//
// Without AVX-512, before inference was handed to oneDNN (commit b06b264): decode 1.2; hash 2.0 and 0.66; forward, best batch,
// 1.5 and 0.66; steps 2.1, 1.5, 2.3 and 6.1; ours against all 2.7, 5.0 and 18.
package main

import (
	"context"
	"fmt"

	"imagelab/experiments/speed/race"
	"imagelab/lib/dataset"
	"imagelab/lib/lab"
	"imagelab/lib/report"
	"imagelab/lib/split"
)

func main() {
	var s speed
	lab.Main("speed", s.run, s.Flags)
}

type speed struct{ race.Options }

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
		if err := dataset.WriteJSON(s.JSON, r.Ratios()); err != nil {
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
