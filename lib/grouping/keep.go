package grouping

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"imagelab/lib/dataset"
	"imagelab/lib/engine"
	"imagelab/lib/progress"
	"imagelab/lib/split"
)

// Find returns the proposal of a name. The error lists the names there are.
func (r Result) Find(name string) (Proposal, error) {
	var names []string
	for _, p := range r.Proposals {
		if p.Name == name {
			return p, nil
		}
		names = append(names, p.Name)
	}
	if len(names) == 0 {
		return Proposal{}, fmt.Errorf("grouping: nothing speaks for groups in this set, so there is no proposal "+
			"%q to accept", name)
	}
	return Proposal{}, fmt.Errorf("grouping: there is no proposal %q; there are %q", name, names)
}

// Accept keeps a proposal's rule with the set s, for the next split.
func Accept(s *dataset.Set, p Proposal) error { return split.Accept(s, p.waiting(s)) }

// Save keeps the proposals in the folder of s, so that one can be accepted in the review page.
func Save(s *dataset.Set, r Result) error {
	var all []split.Proposal
	for _, p := range r.Proposals {
		all = append(all, p.waiting(s))
	}
	return split.SaveProposals(s, all)
}

// waiting is the proposal as it is kept.
func (p Proposal) waiting(s *dataset.Set) split.Proposal {
	out := split.Proposal{Name: p.Name, Text: p.Text, Pattern: p.Pattern, Run: p.Run, Rule: p.Rule, Groups: p.Groups,
		Photos: p.Photos, Largest: p.Largest, Inflation: p.Inflation, Interval: p.Interval, Strips: p.Strips}
	if p.Rule != "" {
		out.Members = members(s.Kept(), p.of)
	}
	return out
}

// members lists the groups by the contents of their photos; photos alone are groups of one.
func members(images []dataset.Image, of []string) [][]string {
	at := map[string]int{}
	var out [][]string
	for i, im := range images {
		k, ok := at[of[i]]
		if !ok || of[i] == "" {
			k = len(out)
			at[of[i]] = k
			out = append(out, nil)
		}
		out[k] = append(out[k], im.SHA256)
	}
	return out
}

// Again finds the groups of a kept rule once more where photos came after it was accepted, and
// keeps them. rule is that of [split.Options]; [Bursts] needs no engine.
func Again(ctx context.Context, e *engine.Engine, s *dataset.Set, rule string, o Options, p progress.Func) error {
	if known, err := split.GroupsKnown(s); known || err != nil {
		return err
	}
	f := &finder{Options: o, set: s, progress: p, images: s.Kept()}
	var err error
	if rule != Bursts {
		if f, err = open(ctx, e, s, o, p); err != nil {
			return fmt.Errorf("grouping: %w", err)
		}
	}
	find := map[string]func(context.Context) error{Bursts: f.bursts, Scenes: f.scenes, Alikes: f.alikes}[rule]
	if find == nil {
		return fmt.Errorf("grouping: this imagelab does not know the rule %q, which was accepted for %s: update it",
			rule, filepath.Base(s.Dir))
	}
	if err := find(ctx); err != nil {
		return fmt.Errorf("grouping: %w", err)
	}
	if len(f.found) == 0 && len(f.notes) > 0 { // it was not applied
		return fmt.Errorf("grouping: the rule %q, which was accepted for %s, cannot be applied to its photos of today: "+
			"%s; accept another proposal, or split by a pattern or by runs", rule, filepath.Base(s.Dir),
			strings.Join(f.notes, "; "))
	}
	of := make([]string, len(f.images)) // where the rule finds none, all are alone
	if len(f.found) > 0 {
		of = f.found[0].of
	}
	return Accept(s, Proposal{Rule: rule, of: of})
}
