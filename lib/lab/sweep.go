package lab

import (
	"context"
	"fmt"

	"imagelab/lib/sweep"
)

// Sweep runs what is missing of the arms in Dir, as far as they are this process's, and returns all that is recorded of
// them. It writes to Stderr when other shards have still to do theirs.
func (l *Lab) Sweep(ctx context.Context, arms []sweep.Arm) (sweep.Result, error) {
	e, err := l.Engine(ctx)
	if err != nil {
		return sweep.Result{}, err
	}
	note := func(text string) { fmt.Fprintln(l.Stderr, "note:", text) }
	r, err := sweep.Run(ctx, e, arms, sweep.Options{Dir: l.Dir, Shard: l.Shard, Progress: l.Progress, Note: note})
	if err == nil && r.Missing > 0 {
		note(fmt.Sprintf("%d of %d fits are missing: they failed, or are another shard's", r.Missing, len(arms)))
	}
	return r, err
}
