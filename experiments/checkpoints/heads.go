package main

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"gonum.org/v1/gonum/floats"

	"imagelab/lib/backbone"
	"imagelab/lib/classifier"
	"imagelab/lib/dataset"
	"imagelab/lib/embed"
	"imagelab/lib/finetune"
	"imagelab/lib/lab"
	"imagelab/lib/metric"
	"imagelab/lib/recipe"
	"imagelab/lib/runlog"
	"imagelab/lib/split"
)

// headRules say what the probabilities of the classifiers for the strengths that a fit tried, the
// strongest regularisation first, become. worth `[strengths]` is their likelihood on the validation
// images, divided by the best one's.
var headRules = []struct {
	name string
	mix  func(worth []float64) (weights []float64, logits bool)
}{
	{"chosen", func(worth []float64) ([]float64, bool) {
		weights := make([]float64, len(worth))
		weights[slices.Index(worth, slices.Max(worth))] = 1
		return weights, false
	}},
	{"mean probability", func(worth []float64) ([]float64, bool) { return equal(worth), false }},
	{"mean weights", func(worth []float64) ([]float64, bool) { return equal(worth), true }},
	{"mean by likelihood", func(worth []float64) ([]float64, bool) { return worth, false }},
}

func equal(worth []float64) []float64 { return slices.Repeat([]float64{1}, len(worth)) }

// headSet is a data set and the splits of it that [compareHeads] makes.
type headSet struct {
	photos lab.Photos
	shares []float64 // of the photos that are for validation
	splits int
	size   int // side of the input, pixels; 0: the backbone's own
}

// compareHeads asks whether strengths of regularisation should be averaged where validation is
// small: classifiers on frozen features, for each share of validation images and each split.
func compareHeads(ctx context.Context, l *lab.Lab, sets []string) error {
	for _, name := range sets {
		s := headSet{lab.Photos{Name: name, MinPerClass: 18}, []float64{0.04, 0.15}, 10, 0}
		if l.Quick {
			s.shares, s.splits, s.size = s.shares[1:], 1, 64
		}
		if err := s.compare(ctx, l); err != nil {
			return err
		}
	}
	records, err := l.Records()
	if err != nil {
		return err
	}
	if err := l.SaveCSV("heads.csv", headsHeader, headsRows(records)); err != nil {
		return err
	}
	return l.ShowSettings(lab.SettingsPage{Question: "Should strengths of regularisation be averaged?",
		Title:   "Should strengths of regularisation be averaged?",
		Caption: "Mean over splits with its 95 % interval, overlap allowed for; dots: splits.",
		Heading: "Test accuracy by rule", Table: "Rules"}, records)
}

// compare computes the features once, and fits on every split.
func (h headSet) compare(ctx context.Context, l *lab.Lab) error {
	set, err := l.Prepare(ctx, h.photos, split.Options{Val: 0.15, Test: 0.30, Seed: 1, Redo: true})
	if err != nil {
		return err
	}
	e, err := l.Engine(ctx)
	if err != nil {
		return err
	}
	c := recipe.Default()
	c.Cut, c.CachedViews, c.Size = backbone.CutHead, 0, h.size
	p, err := finetune.Prepare(ctx, e, finetune.Data{Set: set, EvaluateOnTest: true}, c,
		finetune.Observer{Progress: l.Progress})
	if err != nil {
		return err
	}
	defer p.Close()
	rows, err := embed.Images(ctx, e, set, set.Images, embed.Options{Size: c.Size}, l.Progress)
	if err != nil {
		return err
	}
	features := map[string][]float32{}
	for i, im := range set.Images {
		features[im.SHA256] = rows[i]
	}
	for _, share := range h.shares {
		for seed := 1; seed <= h.splits; seed++ {
			part, err := split.Copy(set, split.Options{Val: share, Test: 0.30, Seed: uint64(seed), Redo: true})
			if err != nil {
				return err
			}
			c.Seed = uint64(seed)
			name := fmt.Sprintf("%s, %.0f %% validation", h.photos.Name, 100*share)
			if err := judgeHeads(ctx, l, name, p, part, c, features); err != nil {
				return err
			}
		}
	}
	return nil
}

// judgeHeads fits to one split and appends a record for every rule, unless an earlier call did.
func judgeHeads(ctx context.Context, l *lab.Lab, name string, p *finetune.Prepared, set *dataset.Set, c recipe.Config,
	features map[string][]float32) error {
	records, err := l.Records()
	last := name + ", " + headRules[len(headRules)-1].name
	if err != nil || slices.ContainsFunc(records, func(r runlog.Record) bool {
		return r.Setting == last && r.Seed == c.Seed
	}) {
		return err
	}
	if p, err = p.WithSplit(set); err != nil {
		return err
	}
	var probs [][][]float64
	var losses []float64
	test := set.InSplit(dataset.Test)
	_, record, err := p.Fit(ctx, c, nil, finetune.Observer{Progress: l.Progress,
		Model: func(e runlog.Epoch, m *classifier.Model) {
			probs, losses = append(probs, predicted(m, test, features)), append(losses, e.ValLoss)
		}})
	if err != nil {
		return err
	}
	worth := make([]float64, len(losses))
	for i, loss := range losses {
		worth[i] = math.Exp(float64(record.Val.N) * (slices.Min(losses) - loss))
	}
	for _, rule := range headRules {
		weights, logits := rule.mix(worth)
		mixed := mix(probs, weights, logits)
		labels := record.Outcomes.Labels
		result, err := metric.Evaluate(record.Test.Classes, labels, mixed, nil)
		if err != nil {
			return err
		}
		r := record
		r.ID, r.Setting, r.Test = record.ID+" "+rule.name, name+", "+rule.name, &result
		r.Outcomes = &runlog.Outcomes{Side: dataset.Test, Labels: labels, Predicted: metric.Predicted(mixed)}
		if err := runlog.Append(filepath.Join(l.Dir, "records.jsonl"), r); err != nil {
			return err
		}
	}
	return nil
}

// predicted are the probabilities `[n][classes]` that a model's classifier gives images by their
// features.
func predicted(m *classifier.Model, images []dataset.Image, features map[string][]float32) [][]float64 {
	kernel, bias := m.Weights["head.kernel"].Data, m.Weights["head.bias"].Data
	out := make([][]float64, len(images))
	for i, im := range images {
		y := make([]float64, len(bias))
		for k, b := range bias {
			y[k] = float64(b)
		}
		for j, v := range features[im.SHA256] {
			for k, w := range kernel[j*len(bias) : (j+1)*len(bias)] {
				y[k] += float64(v) * float64(w)
			}
		}
		out[i] = softmax(y)
	}
	return out
}

func softmax(logits []float64) []float64 {
	total := floats.LogSumExp(logits)
	out := make([]float64, len(logits))
	for k, v := range logits {
		out[k] = math.Exp(v - total)
	}
	return out
}

// mix averages probabilities `[strengths][n][classes]` or, which is as averaging the classifiers'
// weights, their logarithms.
func mix(probs [][][]float64, weights []float64, logits bool) [][]float64 {
	out := make([][]float64, len(probs[0]))
	total := 0.0
	for _, w := range weights {
		total += w
	}
	for i := range out {
		y := make([]float64, len(probs[0][i]))
		for s, w := range weights {
			for k, p := range probs[s][i] {
				if logits {
					p = math.Log(max(p, 1e-300))
				}
				y[k] += w / total * p
			}
		}
		if logits {
			y = softmax(y)
		}
		out[i] = y
	}
	return out
}

var headsHeader = []string{"dataset", "validation_percent", "split", "rule", "validation_images", "test_top1",
	"test_images"}

// headsRows are a row for each record.
func headsRows(records []runlog.Record) [][]string {
	var rows [][]string
	for _, r := range records {
		parts := strings.SplitN(r.Setting, ", ", 3)
		if len(parts) < 3 {
			continue
		}
		rows = append(rows, []string{parts[0], strings.TrimSuffix(parts[1], " % validation"), strconv.FormatUint(r.Seed, 10),
			parts[2], strconv.Itoa(r.Val.N), strconv.FormatFloat(r.Test.Top1, 'f', 4, 64), strconv.Itoa(r.Test.N)})
	}
	slices.SortStableFunc(rows, func(a, b []string) int { return cmp.Compare(a[0], b[0]) })
	return rows
}
