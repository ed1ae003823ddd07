package duel

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"imagelab/lib/contest"
	"imagelab/lib/finetune"
	"imagelab/lib/imgset"
	"imagelab/lib/peer"
)

// whole times the way from JPEG files to a validated model, once: ours from reading the photos on, with nothing cached but
// downloads, and fastai's from opening the folders to the end of its best epoch.
func (d Duel) whole(ctx context.Context, t *team, p *contest.Part) error {
	for _, r := range d.Recipes {
		ours, err := d.ours(ctx, r.Config)
		if err != nil {
			return err
		}
		p.Works = append(p.Works, contest.Work{Name: "whole way, " + r.Name, Unit: contest.Seconds, Results: []contest.Result{ours}})
	}
	if t.venv == "" || d.FastAI < 1 {
		return nil
	}
	theirs, err := d.fastai(ctx, t)
	for i := range p.Works {
		p.Works[i].Results = append(p.Works[i].Results, theirs)
	}
	return err
}

func (d Duel) ours(ctx context.Context, c finetune.Config) (contest.Result, error) {
	dir, err := os.MkdirTemp(d.Dir, "whole-*")
	if err != nil {
		return contest.Result{}, err
	}
	defer os.RemoveAll(dir)
	start := time.Now()
	set, err := d.Prepare(ctx, dir)
	if err != nil {
		return contest.Result{}, err
	}
	prepared := time.Since(start)
	_, record, err := finetune.Run(ctx, d.Engine, finetune.Data{Set: set}, c, filepath.Join(dir, "run"), finetune.Observer{Progress: d.Progress})
	if err != nil {
		return contest.Result{}, err
	}
	note := fmt.Sprintf("validation top-1 %.1f %%; %.0f s of it to ingest, find copies and split", 100*record.Val.Top1, prepared.Seconds())
	return contest.Result{Side: contest.Ours, Note: note, Values: []float64{time.Since(start).Seconds()}}, nil
}

func (d Duel) fastai(ctx context.Context, t *team) (contest.Result, error) {
	data, err := os.MkdirTemp(d.Dir, "fastai-*")
	if err != nil {
		return contest.Result{}, err
	}
	defer os.RemoveAll(data)
	if err := linkSides(d.Set, data); err != nil {
		return contest.Result{}, err
	}
	w, err := t.start(ctx, peer.FastAI)
	if err != nil {
		return contest.Result{}, err
	}
	d.Progress.Report("fastai's fine_tune", 0, 0)
	answer, err := w.Do(ctx, peer.Task{Work: peer.FineTune, Data: data, Size: d.Size, Batch: finetune.Default().Batch, Epochs: d.FastAI, Seed: 1})
	if err != nil {
		return contest.Result{}, err
	}
	best := slices.MaxFunc(answer.Epochs, func(a, b peer.Epoch) int { return cmp.Compare(a.Top1, b.Top1) })
	note := fmt.Sprintf("validation top-1 %.1f %% at its best epoch; all %d took %.0f s", 100*best.Top1, len(answer.Epochs), answer.Seconds)
	return contest.Result{Side: peer.FastAI, Note: note, Values: []float64{best.Seconds}}, nil
}

// linkSides makes folders train and val with a folder per class in dir, of links to the set's photos.
func linkSides(set *imgset.Set, dir string) error {
	for _, side := range []string{imgset.Train, imgset.Val} {
		images := set.InSplit(side)
		for i, im := range images {
			file, err := filepath.Abs(set.File(im))
			if err != nil {
				return err
			}
			link := filepath.Join(dir, side, im.Class, fmt.Sprintf("%05d%s", i, filepath.Ext(file)))
			if err := os.MkdirAll(filepath.Dir(link), 0o755); err != nil {
				return err
			}
			if err := os.Symlink(file, link); err != nil {
				return err
			}
		}
	}
	return nil
}
