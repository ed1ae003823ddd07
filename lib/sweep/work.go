package sweep

import (
	"context"
	"time"

	"imagelab/lib/runlog"
)

// work runs fits that no other worker has, until all are recorded. It takes over those of workers
// that died, so it waits for fits that others run. A fit that fails is not tried again by the
// workers that were there.
func (r *runner) work(ctx context.Context, fits []Fit, before []runlog.Record) error {
	failed := failures(before)
	for {
		records, err := r.read()
		if err != nil {
			return err
		}
		i, waiting, err := r.next(ctx, fits, records, failed)
		switch {
		case err != nil:
			return err
		case i >= 0 && r.recorded(r.ids[i]):
			err = r.claims.release(r.ids[i], claimRunning)
		case i >= 0:
			if err := r.claimed(ctx, fits[i], r.ids[i]); err != nil || r.ran+len(r.failures) == r.options.Most {
				return err
			}
		case waiting == 0:
			if len(complete(records)) == r.distinct() {
				r.claims.clear()
			}
			return r.allFailed(len(complete(records)))
		default:
			r.options.Progress.Report("waiting for fits of other workers", int64(len(fits)-waiting), int64(len(fits)))
			if err := pause(ctx, r.claims.every/2); err != nil {
				return err
			}
		}
		if err != nil {
			return err
		}
	}
}

// recorded reports whether a fit was finished since the records were read: its worker may have
// cleared the claims before this one claimed it.
func (r *runner) recorded(id string) bool {
	records, err := r.read()
	return err == nil && complete(records)[id]
}

// next takes the first fit that nobody has: its index, or -1. waiting is the number of fits that
// others have.
func (r *runner) next(ctx context.Context, fits []Fit, records []runlog.Record,
	before map[string]time.Time) (i, waiting int, err error) {
	over := complete(records)
	for _, rec := range records {
		if rec.State() == runlog.StateFailed && !rec.Time.Equal(before[rec.ID]) {
			over[rec.ID] = true
		}
	}
	for i := range fits {
		if over[r.ids[i]] {
			continue
		}
		taken, err := r.claims.take(ctx, r.ids[i])
		if err != nil || taken {
			return i, 0, err
		}
		waiting++
	}
	return -1, waiting, nil
}

// failures are the times of the failed fits among the records, by ID.
func failures(records []runlog.Record) map[string]time.Time {
	failed := map[string]time.Time{}
	for _, rec := range records {
		if rec.State() == runlog.StateFailed {
			failed[rec.ID] = rec.Time
		}
	}
	return failed
}

// claimed runs a fit that this worker has claimed.
func (r *runner) claimed(ctx context.Context, a Fit, id string) error {
	stop := r.claims.beat(id)
	failures := len(r.failures)
	err := r.fit(ctx, a, id)
	stop()
	state := claimDone
	switch {
	case err != nil:
		state = claimRunning
	case len(r.failures) > failures:
		state = claimFailed
	}
	if said := r.claims.release(id, state); err == nil {
		err = said
	}
	return err
}

// distinct is the number of different fits.
func (r *runner) distinct() int {
	ids := map[string]bool{}
	for _, id := range r.ids {
		ids[id] = true
	}
	return len(ids)
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
