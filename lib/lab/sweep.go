package lab

import (
	"context"
	"errors"
	"fmt"

	"imagelab/lib/engine"
	"imagelab/lib/part"
	"imagelab/lib/runlog"
	"imagelab/lib/sweep"
)

// Sweep runs what is missing of the fits in Dir, as far as they are this process's, and returns
// all that is recorded of them. It writes to Stderr when other shards have still to do theirs;
// where this process does all fits, one that failed is an error, for results without it would
// answer another question.
func (l *Lab) Sweep(ctx context.Context, fits []sweep.Fit) (sweep.Result, error) {
	return l.SweepIn(ctx, l.Dir, fits)
}

// SweepIn is [Lab.Sweep] in another folder.
func (l *Lab) SweepIn(ctx context.Context, dir string, fits []sweep.Fit) (sweep.Result, error) {
	r, err := l.fit(ctx, fits, l.sweepOptions(dir))
	if err != nil {
		return r, err
	}
	return r, l.missing(r, fits)
}

// FailedError says that some fits of a sweep failed. The result is there, without them.
type FailedError struct{ Failed, Fits int }

// IsPartial reports whether err says that some fits failed: the result beside it is there, without
// them.
func IsPartial(err error) bool {
	var failed *FailedError
	return errors.As(err, &failed)
}

func (e *FailedError) Error() string {
	return fmt.Sprintf("%d of %d fits failed, and the notes above say why; to try them again, do the same again",
		e.Failed, e.Fits)
}

func (l *Lab) sweepOptions(dir string) sweep.Options {
	return sweep.Options{Dir: dir, Shard: l.Shard, Worker: l.Worker, Progress: l.Progress, Note: l.say}
}

func (l *Lab) fit(ctx context.Context, fits []sweep.Fit, o sweep.Options) (sweep.Result, error) {
	return Compute(ctx, l, func(e *engine.Engine) (sweep.Result, error) { return sweep.Run(ctx, e, fits, o) })
}

// missing is a [FailedError] where fits are missing. Where other processes share the work it is a
// note: the fits may be theirs.
func (l *Lab) missing(r sweep.Result, fits []sweep.Fit) error {
	switch {
	case r.Missing == 0:
		return nil
	case l.Shard == (part.Shard{}) && l.Worker == "":
		return &FailedError{r.Missing, len(fits)}
	}
	l.note("%d of %d fits are missing: they failed, or are another shard's", r.Missing, len(fits))
	return nil
}

// sweepInto runs what is missing of the fits in dir, tells what other shards have still to do,
// and lets draw write the page of all fits that are there then. One process draws at a time, so
// that no page of fewer fits comes last. A [FailedError] comes after the page. clean removes stored
// activations of a network whose fits are done.
func (l *Lab) sweepInto(ctx context.Context, dir string, kind Kind, fits []sweep.Fit, clean bool,
	draw func(context.Context, sweep.Result) error) error {
	o := l.sweepOptions(dir)
	o.Clean = clean
	ctx, release, err := sweep.Hold(ctx, o)
	if err != nil {
		return err
	}
	defer release()
	if err := l.check(dir, kind, ""); err != nil { // as it is now that it is held
		return err
	}
	if l.Trial != nil {
		return l.trial(ctx, fits, o)
	}
	if _, err := l.fit(ctx, fits, o); err != nil {
		return err
	}
	ctx, drawn, err := runlog.HoldPages(ctx, dir, l.Progress)
	if err != nil {
		return err
	}
	defer drawn()
	r, err := sweep.Recorded(fits, o)
	if err != nil {
		return err
	}
	if err := draw(ctx, r); err != nil {
		return err
	}
	return l.missing(r, fits)
}

// Trial is what one fit of a sweep took.
type Trial struct {
	Fits   int           // of the whole sweep that were missing
	Record runlog.Record // of the fit; the zero record where none was missing
}

// trial makes one fit that is missing, as a worker beside others.
func (l *Lab) trial(ctx context.Context, fits []sweep.Fit, o sweep.Options) error {
	before, err := sweep.Recorded(fits, o)
	if err != nil {
		return err
	}
	l.Trial.Fits = before.Missing
	if before.Missing == 0 {
		return nil
	}
	o.Most = 1
	after, err := l.fit(ctx, fits, o)
	if err != nil {
		return err
	}
	for _, r := range after.Records {
		if r.Time.After(l.Trial.Record.Time) {
			l.Trial.Record = r
		}
	}
	return nil
}
