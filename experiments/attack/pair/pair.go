//go:build linux

// Package pair runs two commands on one folder at the same time. They must end as one after the
// other would, in either order, or one is refused in words and the other ends as if it were alone.
package pair

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"time"

	"imagelab/experiments/attack/campaign"
	"imagelab/experiments/attack/target"
)

// verb is one side of a pair.
type verb struct {
	name string
	args []string
}

// Campaign tries every pair of verbs.
func Campaign(t *target.Target) campaign.Campaign {
	c := campaign.Campaign{Name: "pair", What: "pairs of programs on one folder: neither right nor refused"}
	verbs := verbs(t)
	for i := range verbs {
		for _, b := range verbs[i:] {
			c.Trials = append(c.Trials, trial(t, verbs[i], b))
		}
	}
	return c
}

// start is the step before which pairs begin: a model is there, a curve is not.
const start = "curve"

func verbs(t *target.Target) []verb {
	step := func(name string) []string { return t.Steps[t.Index(name)].Args }
	and := func(args []string, more ...string) []string { return append(slices.Clone(args), more...) }
	fresh := t.Train(filepath.Join(t.Work, "fresh"))
	return []verb{
		{"ingest", step("ingest")},
		{"ingest with fewer pixels", and(step("ingest"), "--max-pixels", "2000")},
		{"dedup", step("dedup")},
		{"split", step("split")},
		{"split by another seed", and(step("split"), "--redo", "--seed", "5")},
		{"train", fresh},
		{"train with another seed", and(fresh, "--seed", "5")},
		{"train the body", step("train body")},
		{"curve", step("curve")},
		{"curve, part 1", and(step("curve"), "--shard", "1/2")},
		{"curve, part 2", and(step("curve"), "--shard", "2/2")},
		{"eval", step("eval")},
		{"predict", []string{"predict", t.Head(), t.Whole(), "--csv"}},
	}
}

func trial(t *target.Target, a, b verb) campaign.Trial {
	name := a.name + " beside " + b.name
	return campaign.Trial{Name: name, Run: func(ctx context.Context, r *rand.Rand) (campaign.Verdict, error) {
		if err := t.Restore(t.Index(start)); err != nil {
			return campaign.Verdict{}, err
		}
		late := time.Duration(r.Int64N(int64(400 * time.Millisecond)))
		first, second := a, b
		if r.IntN(2) == 0 {
			first, second = b, a
		}
		beside := make(chan target.Outcome)
		go func() { beside <- t.Run(ctx, target.Disturbance{}, first.args...) }()
		time.Sleep(late)
		two := t.Run(ctx, target.Disturbance{}, second.args...)
		one := <-beside
		is, err := t.State()
		if err != nil {
			return campaign.Verdict{}, err
		}
		story := fmt.Sprintf("%s, and %s later %s: exit codes %d and %d",
			first.name, late.Round(time.Millisecond), second.name, one.Code, two.Code)
		return judge(ctx, t, [2]verb{first, second}, [2]target.Outcome{one, two}, is, story)
	}}
}

// judge compares the state with those of the orders that the exit codes allow.
func judge(
	ctx context.Context, t *target.Target, pair [2]verb, ended [2]target.Outcome, is target.State, story string,
) (campaign.Verdict, error) {
	for _, o := range ended {
		if dead := o.Dead(); dead != "" {
			return campaign.Fell(story+"; "+dead+": "+o.Last(), o.Command), nil
		}
	}
	how := "as one after the other"
	orders := [][]verb{{pair[0], pair[1]}, {pair[1], pair[0]}}
	for i, o := range ended {
		if o.Code != 0 {
			how = "refused: " + o.Last()
			orders = append(orders, []verb{pair[1-i]})
		}
	}
	if ended[0].Code != 0 && ended[1].Code != 0 {
		orders = append(orders, nil)
	}
	best := ""
	for _, order := range orders {
		want, err := serial(ctx, t, order)
		if err != nil {
			return campaign.Verdict{}, err
		}
		d := want.Diff(is)
		if d == "" {
			return campaign.Held(how, story), nil
		}
		if best == "" || len(d) < len(best) {
			best = d
		}
	}
	return campaign.Fell(story+"; in no order: "+best, t.Text(pair[0].args)+" & "+t.Text(pair[1].args)), nil
}

// serial is the state after commands one after the other, whatever their exit codes.
func serial(ctx context.Context, t *target.Target, order []verb) (target.State, error) {
	if err := t.Restore(t.Index(start)); err != nil {
		return nil, err
	}
	for _, v := range order {
		t.Run(ctx, target.Disturbance{}, v.args...)
	}
	return t.State()
}
