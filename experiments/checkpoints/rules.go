package main

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"

	"imagelab/lib/backbone"
	"imagelab/lib/classifier"
	"imagelab/lib/dataset"
	"imagelab/lib/finetune"
	"imagelab/lib/lab"
	"imagelab/lib/metric"
	"imagelab/lib/recipe"
	"imagelab/lib/runlog"
)

// snapshot is the model as it is after an epoch.
type snapshot struct {
	epoch runlog.Epoch
	model *classifier.Model
}

// judge fits once and appends a record for every rule, unless an earlier call did: the fit's own,
// with what the test images say of the weights that the rule keeps.
func judge(ctx context.Context, l *lab.Lab, name string, d finetune.Data, c recipe.Config) error {
	records, err := l.Records()
	if err != nil {
		return err
	}
	last := fmt.Sprintf("%s, %s", name, lastRule)
	if slices.ContainsFunc(records, func(r runlog.Record) bool { return r.Setting == last && r.Seed == c.Seed }) {
		return nil
	}
	e, err := l.Engine(ctx)
	if err != nil {
		return err
	}
	p, err := finetune.Prepare(ctx, e, d, c, finetune.Observer{Progress: l.Progress})
	if err != nil {
		return err
	}
	defer p.Close()
	var seen []snapshot
	kept, record, err := p.Fit(ctx, c, nil, finetune.Observer{Progress: l.Progress,
		Model: func(e runlog.Epoch, m *classifier.Model) {
			seen = append(seen, snapshot{e, m})
		}})
	if err != nil {
		return err
	}
	rules := rulesOf(seen, kept)
	for _, rule := range rules {
		result, outcomes, err := score(ctx, l, rule.model, d.Set)
		if err != nil {
			return err
		}
		r := record
		r.ID, r.Setting, r.Test, r.Outcomes = record.ID+" "+rule.name, fmt.Sprintf("%s, %s", name, rule.name),
			&result, &outcomes
		if err := runlog.Append(filepath.Join(l.Dir, "records.jsonl"), r); err != nil {
			return err
		}
	}
	return p.RemoveActivations()
}

// score judges a model by the test images.
func score(ctx context.Context, l *lab.Lab, m *classifier.Model, set *dataset.Set) (metric.Result,
	runlog.Outcomes, error) {
	e, err := l.Engine(ctx)
	if err != nil {
		return metric.Result{}, runlog.Outcomes{}, err
	}
	p, err := m.Predictor(e)
	if err != nil {
		return metric.Result{}, runlog.Outcomes{}, err
	}
	defer p.Close()
	test := set.InSplit(dataset.Test)
	labels, probs, err := p.Classify(ctx, set, test, l.Progress)
	if err != nil {
		return metric.Result{}, runlog.Outcomes{}, err
	}
	result, err := metric.Evaluate(m.Classes, labels, probs, set.Files(test))
	return result, runlog.Outcomes{Side: dataset.Test, Labels: labels, Predicted: metric.Predicted(probs)}, err
}

type rule struct {
	name  string
	model *classifier.Model
}

// lastRule is the name of the rule that is judged last.
const lastRule = "the fit's own choice"

// rulesOf are the rules and the weights that each keeps.
func rulesOf(seen []snapshot, kept *classifier.Model) []rule {
	byPhase := map[string][]snapshot{}
	for _, s := range seen {
		byPhase[s.epoch.Phase] = append(byPhase[s.epoch.Phase], s)
	}
	least := func(s []snapshot) *classifier.Model {
		return slices.MinFunc(s, func(a, b snapshot) int { return cmp.Compare(a.epoch.ValLoss, b.epoch.ValLoss) }).model
	}
	body := byPhase[runlog.PhaseBody]
	n := len(body)
	return []rule{
		{"head alone", least(byPhase[runlog.PhaseHead])},
		{"least validation loss", least(body)},
		{"last epoch", body[n-1].model},
		{"mean of the last quarter", mean(body[n-max(n/4, 1):])},
		{"mean of the last half", mean(body[n-max(n/2, 1):])},
		{"mean of the last three quarters", mean(body[n-max(3*n/4, 1):])},
		{lastRule, kept},
	}
}

// mean is the model of the mean weights.
func mean(of []snapshot) *classifier.Model {
	m := *of[0].model
	m.Weights = maps.Clone(m.Weights)
	for name, first := range m.Weights {
		sum := backbone.Tensor{Shape: first.Shape, Data: make([]float32, len(first.Data))}
		for _, s := range of {
			for i, v := range s.model.Weights[name].Data {
				sum.Data[i] += v / float32(len(of))
			}
		}
		m.Weights[name] = sum
	}
	return &m
}
