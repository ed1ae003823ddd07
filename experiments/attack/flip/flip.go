//go:build linux

// Package flip damages each file that commands believe: flipped bits, lost ends, zeros. What
// follows must be the answer of a run without damage, or a refusal that names the file; another
// answer was believed.
package flip

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"imagelab/experiments/attack/campaign"
	"imagelab/experiments/attack/target"
)

// question is what is asked after files were damaged.
type question struct {
	name     string
	files    []string // patterns below the target's Root
	state    func(t *target.Target) error
	commands [][]string
}

// answer is what a question leads to.
type answer struct {
	state   target.State
	printed string   // by the last command, without times
	notes   []string // that all commands gave
	last    target.Outcome
}

// Campaign damages each file in each way.
func Campaign(ctx context.Context, t *target.Target) (campaign.Campaign, error) {
	c := campaign.Campaign{Name: "flip", What: "flips, truncations and zeroings of what is on disk: believed"}
	for _, q := range questions(t) {
		want, files, err := undamaged(ctx, t, q)
		if err != nil {
			return c, err
		}
		for _, file := range files {
			for _, kind := range slices.Sorted(maps.Keys(damages)) {
				c.Trials = append(c.Trials, trial(t, q, want, file, kind))
			}
		}
	}
	return c, nil
}

// questions are all that is asked. The order of commands is that in which a person would go on.
func questions(t *target.Target) []question {
	done := func(t *target.Target) error { return t.Restore(len(t.Steps)) }
	fresh, other := filepath.Join(t.Work, "fresh"), filepath.Join(t.Work, "other")
	body := t.Steps[t.Index("train body")].Args
	again := func(out string) []string {
		return append(slices.Clone(body[:3]), append([]string{out}, body[4:]...)...)
	}
	show := func(dir string) []string { return []string{"runs", dir, "--json"} }
	train, eval := t.Train(fresh), []string{"eval", fresh, t.Data(), "--json"}
	step := func(name string) []string { return t.Steps[t.Index(name)].Args }
	told := []string{"work/data/*.json*", "work/data/*.txt", "work/data/*.cache*"}
	return []question{
		{"train and eval", told, done, [][]string{train, eval}},
		{"all anew", told, done, [][]string{step("ingest"), step("dedup"), step("split"), train, eval}},
		{"train on packed photos", []string{"work/data/cache/*"}, done, [][]string{train, again(other), eval}},
		{"predict", []string{"work/body/model/*"}, done, [][]string{{"predict", t.Body(), t.Whole(), "--json"}}},
		{"look at records", []string{"work/body/records*"}, done, [][]string{body, step("eval"), show(t.Body())}},
		{"go on with a curve", []string{"work/curve/records*"}, done, [][]string{step("curve"), show(t.Curve())}},
		{"go on with training", []string{"work/body/checkpoint*"}, halfTrained, [][]string{body, show(t.Body())}},
		{"train from weights", []string{"cache/assets/*/*"}, withoutFeatures, [][]string{train, eval}},
	}
}

// halfTrained stops training behind its first checkpoint.
func halfTrained(t *target.Target) error {
	step := t.Index("train body")
	for writes := 1; writes <= t.Steps[step].Writes; writes++ {
		if err := t.Restore(step); err != nil {
			return err
		}
		t.Run(context.Background(), target.Disturbance{Step: writes}, t.Steps[step].Args...)
		if found, _ := filepath.Glob(filepath.Join(t.Body(), "checkpoint*")); len(found) > 0 {
			return nil
		}
	}
	return fmt.Errorf("flip: training leaves no checkpoint")
}

// withoutFeatures leaves nothing of what the weights were used for before.
func withoutFeatures(t *target.Target) error {
	if err := t.Restore(len(t.Steps)); err != nil {
		return err
	}
	return os.RemoveAll(filepath.Join(t.Data(), "cache"))
}

// undamaged asks a question before anything is damaged, and lists the files that will be.
func undamaged(ctx context.Context, t *target.Target, q question) (want answer, files []string, err error) {
	if err := prepare(t, q); err != nil {
		return want, nil, err
	}
	for _, pattern := range q.files {
		found, err := filepath.Glob(filepath.Join(t.Root, pattern))
		if err != nil {
			return want, nil, err
		}
		for _, file := range found {
			if info, err := os.Stat(file); err != nil || info.Size() > 0 {
				files = append(files, file)
			}
		}
	}
	if want, err = ask(ctx, t, q); err == nil && want.last.Code != 0 {
		err = fmt.Errorf("flip: undamaged, %s: %s", want.last.Command, want.last.Stderr)
	}
	return want, files, err
}

// prepare makes the state for a question; one that is slow to make is kept.
func prepare(t *target.Target, q question) error {
	kept := filepath.Join(t.Root, "stages", strings.ReplaceAll(q.name, " ", "-"))
	if _, err := os.Stat(kept); err == nil {
		if err := os.RemoveAll(t.Work); err != nil {
			return err
		}
		return target.Copy(kept, t.Work)
	}
	if err := q.state(t); err != nil {
		return err
	}
	return target.Copy(t.Work, kept)
}

// offline keeps a damaged download from being replaced over the network.
var offline = target.Disturbance{Env: []string{"PIP_NO_INDEX=1", "npm_config_offline=true"}}

// ask runs the commands until one fails.
func ask(ctx context.Context, t *target.Target, q question) (a answer, err error) {
	for _, args := range q.commands {
		a.last = t.Run(ctx, offline, args...)
		for line := range strings.Lines(a.last.Stderr) {
			if strings.HasPrefix(line, "note: ") {
				a.notes = append(a.notes, strings.TrimSpace(line))
			}
		}
		if a.last.Code != 0 {
			return a, nil
		}
	}
	a.printed = target.Timeless(a.last.Stdout)
	a.state, err = t.State()
	return a, err
}

func trial(t *target.Target, q question, want answer, file, kind string) campaign.Trial {
	name := fmt.Sprintf("%s, %s %s", q.name, filepath.Base(file), kind)
	return campaign.Trial{Name: name, Run: func(ctx context.Context, r *rand.Rand) (campaign.Verdict, error) {
		if err := prepare(t, q); err != nil {
			return campaign.Verdict{}, err
		}
		data, err := os.ReadFile(file)
		if err != nil {
			return campaign.Verdict{}, err
		}
		if err := os.WriteFile(file, damages[kind](slices.Clone(data), r), 0o644); err != nil {
			return campaign.Verdict{}, err
		}
		got, err := ask(ctx, t, q)
		if strings.HasPrefix(file, t.Cache) {
			defer os.WriteFile(file, data, 0o644)
		}
		if err != nil {
			return campaign.Verdict{}, err
		}
		return judge(t, want, got, file), nil
	}}
}

// judge tells an answer that is right from one that was believed. The damaged file itself may stay
// as it is.
func judge(t *target.Target, want, got answer, file string) campaign.Verdict {
	last := got.last
	if dead := last.Dead(); dead != "" {
		return campaign.Fell(dead+": "+last.Last(), last.Command)
	}
	if last.Code != 0 {
		if !named(file, last.Stderr) {
			return campaign.Fell("it is refused, but not named: "+last.Last(), last.Command)
		}
		return campaign.Held("refused", last.Last())
	}
	if rel, err := filepath.Rel(t.Work, file); err == nil {
		if same, ok := want.state[rel]; ok {
			got.state[rel] = same
		}
	}
	d := want.state.Diff(got.state)
	if got.printed != want.printed {
		return campaign.Fell("it was believed: another answer is printed; "+d, last.Command)
	}
	if d == "" {
		return campaign.Held("equal", "")
	}
	for _, note := range got.notes {
		if !slices.Contains(want.notes, note) {
			return campaign.Held("noted", note)
		}
	}
	return campaign.Fell("it was believed: "+d, last.Command)
}

// named reports whether an error names the damaged file, its folder, or the asset that it is of.
func named(file, text string) bool {
	folder := filepath.Base(filepath.Dir(file))
	asset, _, _ := strings.Cut(folder, "-")
	return strings.Contains(text, filepath.Base(file)) || strings.Contains(text, folder) || strings.Contains(text, asset)
}
