//go:build linux

// Package kill ends commands at any moment, with and without a failure of the power, and runs them
// again: the state that they end in must be that of a run that nobody disturbed.
package kill

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"time"

	"imagelab/experiments/attack/campaign"
	"imagelab/experiments/attack/target"
)

// moment is when a command is killed.
type moment string

// Moments.
const (
	atTime  moment = "killed at some time"
	atWrite moment = "killed while writing"
	atEnd   moment = "ended"
)

// Campaign kills each step of the main job so many times in each way.
func Campaign(t *target.Target, times int) campaign.Campaign {
	c := campaign.Campaign{Name: "kill",
		What: "kills at random moments, half with a power failure: the rerun ends elsewhere"}
	for range times {
		for step := range t.Steps {
			for _, way := range []struct {
				moment
				power bool
			}{{atTime, false}, {atWrite, false}, {atTime, true}, {atWrite, true}, {atEnd, true}} {
				c.Trials = append(c.Trials, trial(t, step, way.moment, way.power))
			}
		}
	}
	return c
}

func trial(t *target.Target, step int, m moment, power bool) campaign.Trial {
	name := fmt.Sprintf("%s %s", t.Steps[step].Name, m)
	if power {
		name += ", then the power fails"
	}
	return campaign.Trial{Name: name, Run: func(ctx context.Context, r *rand.Rand) (campaign.Verdict, error) {
		if err := t.Restore(step); err != nil {
			return campaign.Verdict{}, err
		}
		var story []string
		for range 1 + r.IntN(2) {
			told, err := strike(ctx, t, step, m, power, r)
			if err != nil {
				return campaign.Verdict{}, err
			}
			story = append(story, told)
		}
		return settle(ctx, t, step, m, strings.Join(story, "; "))
	}}
}

// strike runs a step, kills it, and tells what happened.
func strike(ctx context.Context, t *target.Target, step int, m moment, power bool, r *rand.Rand) (string, error) {
	s := t.Steps[step]
	d := target.Disturbance{Log: filepath.Join(t.Root, "steps.jsonl")}
	told := "not killed"
	switch m {
	case atTime:
		d.After = time.Duration(r.Int64N(int64(s.Wall))) + 1
		told = fmt.Sprintf("killed after %s", d.After.Round(time.Millisecond))
	case atWrite:
		d.Step = 1 + r.IntN(s.Writes)
		told = fmt.Sprintf("killed after step %d of writing", d.Step)
	}
	before := filepath.Join(t.Root, "before")
	for _, path := range []string{d.Log, before} {
		if err := os.RemoveAll(path); err != nil {
			return "", err
		}
	}
	if err := target.Copy(t.Work, before); err != nil {
		return "", err
	}
	disk, err := newDisk(t.Work, before)
	if err != nil {
		return "", err
	}
	if o := t.Run(ctx, d, s.Args...); !o.Killed {
		told += fmt.Sprintf(", but ended with exit code %d", o.Code)
	}
	if !power {
		return told, nil
	}
	lost, err := disk.fail(d.Log, r)
	if len(lost) == 0 {
		lost = []string{"nothing was lost"}
	}
	return told + ": " + strings.Join(lost, ", "), err
}

// settle runs the step to its end, and judges.
func settle(ctx context.Context, t *target.Target, step int, m moment, story string) (campaign.Verdict, error) {
	s := t.Steps[step]
	want := t.Took[step+1]
	if m == atEnd { // what was said to be done stays, without another run
		is, err := t.State()
		if d := want.Diff(is); err != nil || d != "" {
			return campaign.Fell(story+"; then "+d, t.Text(s.Args)), err
		}
	}
	o := t.Run(ctx, target.Disturbance{}, s.Args...)
	if dead := o.Dead(); dead != "" || o.Code != 0 {
		return campaign.Fell(fmt.Sprintf("%s; then exit code %d %s: %s", story, o.Code, dead, o.Last()), o.Command), nil
	}
	is, err := t.State()
	if err != nil {
		return campaign.Verdict{}, err
	}
	photos, err := t.PhotosChanged()
	if d := want.Diff(is) + photos; d != "" {
		return campaign.Fell(story+"; then "+d, o.Command), err
	}
	return campaign.Held("equal", story), err
}
