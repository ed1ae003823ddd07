//go:build linux

// Package limit takes room, rights, files, memory and cores away from commands. They must end right
// or say what is wrong, and the same command must end right when it has what it needs.
package limit

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os/exec"

	"imagelab/experiments/attack/campaign"
	"imagelab/experiments/attack/target"
)

// shortage is what a command lacks.
type shortage struct {
	name  string
	shell string // see target.Disturbance; %s is the folder Work
	spare bool   // it mounts
}

// full puts Work on a disk with so much room beside what is there, runs the command, and brings
// back what it left.
const full = `work=%%s; used=$(du -sk "$work" | cut -f1); mkdir -p "$work.full" &&
mount -t tmpfs -o size=$((used * 11 / 10 + %d))k none "$work.full" &&
cp -a "$work/." "$work.full/" && mount --bind "$work.full" "$work" &&
{ "$@"; code=$?; umount "$work"; rm -r "$work"; cp -a "$work.full" "$work"; exit $code; }`

const readOnly = `work=%s; mount --bind "$work" "$work" && mount -o remount,bind,ro "$work" && "$@"`

func shortages() []shortage {
	limit := func(what string) string { return "ulimit " + what + ` && : %s && "$@"` }
	all := []shortage{
		{"files of 10 kB at most", limit("-f 10"), false},
		{"files of 1 MB at most", limit("-f 1000"), false},
		{"8 open files", limit("-n 8"), false},
		{"16 open files", limit("-n 16"), false},
		{"64 open files", limit("-n 64"), false},
		{"1 GB of addresses", limit("-v 1000000"), false},
		{"2 GB of addresses", limit("-v 2000000"), false},
		{"one core", `: %s; GOMAXPROCS=1 "$@"`, false},
	}
	if canMount() {
		for _, room := range []int{0, 16, 1000, 8000, 20000, 40000} { // kB
			all = append(all, shortage{fmt.Sprintf("room for %d kB", room), fmt.Sprintf(full, room), true})
		}
		all = append(all, shortage{"a folder that is read-only", readOnly, true})
	}
	return all
}

// canMount reports whether this system lets a program mount in a namespace of its own.
func canMount() bool {
	cmd := exec.Command("mount", "-t", "tmpfs", "none", "/mnt")
	cmd.SysProcAttr = target.Namespaces()
	return cmd.Run() == nil
}

// Campaign tries every shortage on every step.
func Campaign(t *target.Target) campaign.Campaign {
	c := campaign.Campaign{Name: "limit",
		What: "full disk, read-only, limits on files, memory and cores: no clear error, or the rerun does not complete"}
	for _, s := range shortages() {
		for step := range t.Steps {
			c.Trials = append(c.Trials, trial(t, step, s))
		}
	}
	return c
}

func trial(t *target.Target, step int, s shortage) campaign.Trial {
	name := t.Steps[step].Name + " with " + s.name
	return campaign.Trial{Name: name, Run: func(ctx context.Context, _ *rand.Rand) (campaign.Verdict, error) {
		if err := t.Restore(step); err != nil {
			return campaign.Verdict{}, err
		}
		args := t.Steps[step].Args
		o := t.Run(ctx, target.Disturbance{Shell: fmt.Sprintf(s.shell, t.Work), Spare: s.spare}, args...)
		if dead := o.Dead(); dead != "" {
			return campaign.Fell(dead+": "+o.Last(), o.Command), nil
		}
		how := "completed"
		if o.Code != 0 {
			how = "refused"
		}
		if again := t.Run(ctx, target.Disturbance{}, args...); again.Code != 0 {
			story := fmt.Sprintf("exit code %d: %s; then the rerun: %s", o.Code, o.Last(), again.Last())
			return campaign.Fell(story, again.Command), nil
		}
		is, err := t.State()
		if d := t.Took[step+1].Diff(is); d != "" {
			return campaign.Fell(fmt.Sprintf("exit code %d: %s; after the rerun %s", o.Code, o.Last(), d), o.Command), err
		}
		return campaign.Held(how, o.Last()), err
	}}
}
