// Package sweep runs many fits into one folder, each once: it can be stopped at any point and started again, and several
// processes may share it.
//
// Start with [Run] on a list of [Arm], such as [Curve] makes for a learning curve. The folder's records*.jsonl files are
// all the state there is: a fit whose record is there and complete is not run again.
package sweep

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"imagelab/lib/dataset"
	"imagelab/lib/engine"
	"imagelab/lib/finetune"
	"imagelab/lib/progress"
	"imagelab/lib/recipe"
	"imagelab/lib/runlog"
)

// Arm is one fit of a sweep.
type Arm struct {
	Name     string // of the arm; fits that differ in seed or training images only share it
	Data     finetune.Data
	Config   recipe.Config
	PerClass int   // what Subset is: training images per class, in the mean; 0: all
	Subset   []int // indices into the training images; nil: all
}

// Options say where a sweep's records go and who is told about it.
type Options struct {
	Dir      string // for the records; other files there are left alone
	Shard    Shard  // the part of the fits that this process does
	Progress progress.Func
	Note     func(text string) // a line for a person, such as why an arm failed; may be nil
	Clean    bool              // remove the cached activations of a set's network once its fits are done
}

// Result is what a sweep's folder holds of its arms.
type Result struct {
	Records []runlog.Record // of these arms, by time, failed ones included; other shards' too
	Ran     int             // fits that this call ran to their end
	Missing int             // fits that are not done yet: failed, or another shard's
}

// Run does what is missing of the arms and returns all that the folder holds of them. A fit that fails is recorded with
// its error, which a later call tries again, and the others go on; it is an error when all fail. Photos that are not what
// was ingested end it at once. When ctx ends, the fit under way is lost, and a later call does it anew. Records of other
// data or another split in the folder, and another process at the same shard, are refused.
func Run(ctx context.Context, e *engine.Engine, arms []Arm, o Options) (Result, error) {
	ctx, release, err := Hold(ctx, o)
	if err != nil {
		return Result{}, err
	}
	defer release()
	r, arms, err := newRunner(arms, o)
	if err != nil {
		return Result{}, err
	}
	r.engine = e
	defer r.close()
	before, err := r.read(arms)
	if err != nil {
		return Result{}, err
	}
	if err := r.fits(ctx, arms, complete(before)); err != nil {
		return Result{}, err
	}
	return r.result(arms)
}

// Hold makes the folder of a sweep, and this process the only one that does these fits until release is called, see
// [runlog.Hold]. Run does so too; it is for what comes before and after.
func Hold(ctx context.Context, o Options) (held context.Context, release func(), err error) {
	if err := os.MkdirAll(o.Dir, 0o755); err != nil {
		return ctx, nil, fmt.Errorf("sweep: %w; choose a folder that can be written to", err)
	}
	records := filepath.Join(o.Dir, o.Shard.records())
	if err := runlog.CheckFile(records); err != nil { // now, not after the first fit
		return ctx, nil, fmt.Errorf("sweep: %w", err)
	}
	if held, release, err = runlog.Hold(ctx, records, o.Progress); err != nil {
		return ctx, nil, o.Shard.refused(err)
	}
	return held, release, nil
}

// Recorded returns what the folder holds of the arms by now: other processes may have recorded fits since Run returned.
func Recorded(arms []Arm, o Options) (Result, error) {
	r, arms, err := newRunner(arms, o)
	if err != nil {
		return Result{}, err
	}
	return r.result(arms)
}

// newRunner also returns the arms as they are fitted.
func newRunner(arms []Arm, o Options) (*runner, []Arm, error) {
	arms = slices.Clone(arms)
	r := &runner{options: o, ids: make([]string, len(arms))}
	for i, a := range arms {
		arms[i].Data.EvaluateOnTest = true
		var err error
		if r.ids[i], err = finetune.FitID(a.Config, a.Data, a.Subset); err != nil {
			return nil, nil, fmt.Errorf("sweep: arm %s: %w", a.Name, err)
		}
	}
	return r, arms, nil
}

// runner is a sweep under way.
type runner struct {
	engine   *engine.Engine
	options  Options
	ids      []string // of the arms' records
	prepared *finetune.Prepared
	dealt    *finetune.Prepared // prepared, or what it is for the last arm's split
	last     *Arm               // that was prepared, or failed to be
	failed   error              // why it failed to be
	ran      int
	told     bool // of records that broke off
	failures []error
}

// read returns the folder's records of these arms.
func (r *runner) read(arms []Arm) ([]runlog.Record, error) {
	all, torn, err := runlog.ReadDir(r.options.Dir)
	if err != nil {
		return nil, fmt.Errorf("sweep: %w", err)
	}
	if torn > 0 && !r.told {
		r.told = true
		r.note(fmt.Sprintf("%d records that broke off when a process was killed are passed over", torn))
	}
	known, splits := map[string]bool{}, map[string]bool{}
	for i, a := range arms {
		known[r.ids[i]], splits[a.Data.Set.SplitDigest()] = true, true
	}
	var mine []runlog.Record
	for _, rec := range all {
		if !splits[rec.Split] {
			return nil, fmt.Errorf("sweep: %s holds records of other images: record %s is of data set %s, split %.12s; choose another folder, or put the set back as it was", r.options.Dir, rec.ID, rec.Dataset, rec.Split)
		}
		if known[rec.ID] {
			mine = append(mine, rec)
		}
	}
	return mine, nil
}

// complete are the IDs of the records that stand for a finished fit.
func complete(records []runlog.Record) map[string]bool {
	done := map[string]bool{}
	for _, rec := range records {
		if rec.State() == runlog.StateDone {
			done[rec.ID] = true
		}
	}
	return done
}

// overhead is what a fit costs beside its training images, in images: it makes the time left a better guess.
const overhead = 300

func cost(a Arm) int64 {
	n := len(a.Subset)
	if a.Subset == nil {
		n = len(a.Data.Set.InSplit("train"))
	}
	return int64(n + overhead)
}

// fits runs the arms that are this shard's and not done.
func (r *runner) fits(ctx context.Context, arms []Arm, done map[string]bool) error {
	var todo []int
	var total, finished int64
	for i, a := range arms {
		if r.options.Shard.Owns(i) && !done[r.ids[i]] {
			todo = append(todo, i)
			done[r.ids[i]] = true // an arm that is listed twice is one fit
			total += cost(a)
		}
	}
	for _, i := range todo {
		if err := r.fit(ctx, arms[i], r.ids[i]); err != nil {
			return err
		}
		finished += cost(arms[i])
		r.options.Progress.Report("fitting models, training images", finished, total)
	}
	if len(todo) > 0 && len(r.failures) == len(todo) {
		return fmt.Errorf("sweep: all %d fits failed, the first with: %w", len(todo), r.failures[0])
	}
	return nil
}

// fit runs one arm and appends its record. The error is that of ctx or of the records file, or says which photos are not
// what was ingested; what else goes wrong with the fit is recorded.
func (r *runner) fit(ctx context.Context, a Arm, id string) error {
	rec, err := r.try(ctx, a)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if errors.Is(err, dataset.ErrChanged) {
		return err // it is no fault of this arm, and the others would meet it too
	}
	if err != nil {
		rec = finetune.FailedRecord(r.engine, a.Data, a.Config, id, err)
		r.failures = append(r.failures, err)
		r.note(fmt.Sprintf("arm %s, seed %d failed: %v", a.Name, a.Config.Seed, err))
	} else {
		r.ran++
	}
	rec.Arm, rec.PerClass = a.Name, a.PerClass
	return runlog.Append(filepath.Join(r.options.Dir, r.options.Shard.records()), rec)
}

// try makes the arm's set ready, as far as the arm before did not, and fits.
func (r *runner) try(ctx context.Context, a Arm) (runlog.Record, error) {
	if r.last == nil || r.last.Data != a.Data || !finetune.SharePreparation(r.last.Config, a.Config) {
		if !r.resplit(a) {
			r.close()
			r.prepared, r.failed = finetune.Prepare(ctx, r.engine, a.Data, a.Config, finetune.Observer{Progress: r.options.Progress})
			r.dealt = r.prepared
		}
		r.last = &a
	}
	if r.failed != nil {
		return runlog.Record{}, r.failed
	}
	_, rec, err := r.dealt.Fit(ctx, a.Config, a.Subset, finetune.Observer{})
	return rec, err
}

// resplit serves the arm from what is prepared when it differs from the last one in how the photos are split, and reports
// whether it could.
func (r *runner) resplit(a Arm) bool {
	if r.prepared == nil || r.last.Data.AllowLeak != a.Data.AllowLeak || !finetune.SharePreparation(r.last.Config, a.Config) {
		return false
	}
	dealt, err := r.prepared.WithSplit(a.Data.Set)
	if err == nil {
		r.dealt = dealt
	}
	return err == nil
}

func (r *runner) close() {
	if r.prepared == nil {
		return
	}
	r.prepared.Close()
	if r.options.Clean {
		if err := r.prepared.RemoveActivations(); err != nil {
			r.note(err.Error())
		}
	}
	r.prepared, r.dealt = nil, nil
}

func (r *runner) note(text string) {
	if r.options.Note != nil {
		r.options.Note(text)
	}
}

func (r *runner) result(arms []Arm) (Result, error) {
	records, err := r.read(arms)
	if err != nil {
		return Result{}, err
	}
	wanted := map[string]bool{}
	for _, id := range r.ids {
		wanted[id] = true
	}
	return Result{Records: records, Ran: r.ran, Missing: len(wanted) - len(complete(records))}, nil
}

// records is the name of a shard's file.
func (s Shard) records() string {
	if s.Count <= 1 {
		return "records.jsonl"
	}
	return fmt.Sprintf("records-%dof%d.jsonl", s.Index, s.Count)
}
