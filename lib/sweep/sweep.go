// Package sweep runs many fits and records them in one folder, each fit once. It can be stopped at
// any time and started again, and several processes can share the work.
//
// Start with [Run] on a list of [Fit], such as [Curve] returns for a learning curve. The
// records*.jsonl files of the folder say what is done: a fit with a complete record is not run
// again. Workers also keep claims in the folder, which say who is at which fit.
package sweep

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"imagelab/lib/dataset"
	"imagelab/lib/engine"
	"imagelab/lib/finetune"
	"imagelab/lib/part"
	"imagelab/lib/progress"
	"imagelab/lib/recipe"
	"imagelab/lib/runlog"
)

// Fit is one fit of a sweep.
type Fit struct {
	Name     string // name of the configuration; fits that differ only in seed or training photos share it
	Data     finetune.Data
	Config   recipe.Config
	PerClass int   // training photos per class (mean) in Subset; 0: all
	Subset   []int // indices into the training photos; nil: all
}

// Options say where the records go, and which part of the fits to run.
type Options struct {
	Dir      string     // folder of the records; other files there are not touched
	Shard    part.Shard // part of the fits that this process runs
	Worker   string     // see [NewWorker]; this process takes the next fit that no other worker has, whatever Shard says
	Most     int        // number of fits after which this process stops; 0: no limit
	Progress progress.Func
	Note     func(text string) // called with a line for a person, such as why a fit failed; may be nil
	Clean    bool              // remove the cached activations of a set's network once its fits are done

	beat time.Duration // between two signs of life of a worker; 0: 5 s
}

// Result is what the folder of a sweep has recorded of its fits.
type Result struct {
	Records []runlog.Record // records of these fits by time, also of failed ones and of other shards
	Ran     int             // number of fits that this call finished
	Missing int             // number of fits without a result: failed, or not yet run by another shard
}

// ErrOtherPhotos says that a folder holds the records of another data set, or of another split.
var ErrOtherPhotos = errors.New("records of other photos")

// Run runs the missing fits and returns all records of these fits in the folder. If a fit fails,
// Run records the error and continues with the others; a later call tries it again. It is an error
// if all fits fail and none is recorded, or if a photo is not what was ingested. If ctx ends, the
// present fit is lost, and a later call repeats it. Run refuses a folder with records of other data
// or another split, and a shard that another process is running.
func Run(ctx context.Context, e *engine.Engine, fits []Fit, o Options) (Result, error) {
	ctx, release, err := Hold(ctx, o)
	if err != nil {
		return Result{}, err
	}
	defer release()
	r, fits, err := newRunner(fits, o)
	if err != nil {
		return Result{}, err
	}
	r.engine = e
	defer r.close()
	before, err := r.read()
	if err != nil {
		return Result{}, err
	}
	if o.Worker != "" {
		err = r.work(ctx, fits, before)
	} else {
		err = r.fits(ctx, fits, complete(before))
	}
	if err != nil {
		return Result{}, err
	}
	return r.result()
}

// Hold creates the folder of a sweep and locks this part of the fits for this process until release
// is called, see [runlog.Hold]. Run does so itself; call Hold to keep the lock before and after
// Run.
func Hold(ctx context.Context, o Options) (held context.Context, release func(), err error) {
	if err := os.MkdirAll(o.Dir, 0o755); err != nil {
		return ctx, nil, fmt.Errorf("sweep: %w; choose a folder that can be written to", err)
	}
	records := filepath.Join(o.Dir, o.records())
	if err := runlog.CheckFile(records); err != nil { // checked now, not after the first fit
		return ctx, nil, fmt.Errorf("sweep: %w", err)
	}
	if held, release, err = runlog.Hold(ctx, records, o.Progress); err != nil {
		return ctx, nil, refused(o.Shard, err)
	}
	return held, release, nil
}

// Recorded returns the present records of these fits: other processes may have added some since Run
// returned.
func Recorded(fits []Fit, o Options) (Result, error) {
	r, _, err := newRunner(fits, o)
	if err != nil {
		return Result{}, err
	}
	return r.result()
}

// newRunner also returns the fits with the settings that they run with.
func newRunner(fits []Fit, o Options) (*runner, []Fit, error) {
	fits = slices.Clone(fits)
	r := &runner{options: o, ids: make([]string, len(fits)), splits: map[string]bool{}, claims: newClaims(o)}
	read := map[*dataset.Set]bool{}
	for i, a := range fits {
		fits[i].Data.EvaluateOnTest = true
		if set := a.Data.Set; !read[set] {
			read[set], r.splits[set.SplitDigest()] = true, true
		}
		var err error
		if r.ids[i], err = finetune.FitID(a.Config, a.Data, a.Subset); err != nil {
			return nil, nil, fmt.Errorf("sweep: fit %s: %w", a.Name, err)
		}
	}
	return r, fits, nil
}

// runner is the state of a running sweep.
type runner struct {
	engine   *engine.Engine
	options  Options
	claims   *claims
	ids      []string        // IDs of the fits' records
	splits   map[string]bool // digests of the fits' sets
	prepared *finetune.Prepared
	dealt    *finetune.Prepared // prepared, with the split of the last fit
	last     *Fit               // last fit that was prepared, or could not be
	failed   error              // reason why it could not be prepared
	ran      int
	told     bool // whether the note about incomplete records was given
	failures []error
}

// read returns the folder's records of these fits.
func (r *runner) read() ([]runlog.Record, error) {
	all, torn, err := runlog.ReadDir(r.options.Dir)
	if err != nil {
		return nil, fmt.Errorf("sweep: %w", err)
	}
	if torn > 0 && !r.told {
		r.told = true
		r.note(fmt.Sprintf("skipped: %d incomplete records, left when a process was killed", torn))
	}
	known := map[string]bool{}
	for _, id := range r.ids {
		known[id] = true
	}
	var mine []runlog.Record
	for _, rec := range all {
		if !r.splits[rec.Split] {
			return nil, fmt.Errorf("sweep: %s has %w: record %s is of data set %s, split %.12s; choose another folder, or "+
				"restore the set", r.options.Dir, ErrOtherPhotos, rec.ID, rec.Dataset, rec.Split)
		}
		if known[rec.ID] {
			mine = append(mine, rec)
		}
	}
	return mine, nil
}

// complete are the IDs of the records of finished fits.
func complete(records []runlog.Record) map[string]bool {
	done := map[string]bool{}
	for _, rec := range records {
		if rec.State() == runlog.StateDone {
			done[rec.ID] = true
		}
	}
	return done
}

// overhead is the time of a fit apart from its training photos, expressed in photos, to estimate
// the time left.
const overhead = 300

func cost(a Fit) int64 {
	n := len(a.Subset)
	if a.Subset == nil {
		n = len(a.Data.Set.InSplit("train"))
	}
	return int64(n + overhead)
}

// fits runs the missing fits of this shard.
func (r *runner) fits(ctx context.Context, fits []Fit, done map[string]bool) error {
	var todo []int
	var total, finished int64
	before := len(done)
	for i, a := range fits {
		if r.options.Shard.Owns(i) && !done[r.ids[i]] {
			todo = append(todo, i)
			done[r.ids[i]] = true // a fit that is listed twice runs once
			total += cost(a)
		}
	}
	for _, i := range todo {
		if err := r.fit(ctx, fits[i], r.ids[i]); err != nil {
			return err
		}
		finished += cost(fits[i])
		r.options.Progress.Report("fitting models, training images", finished, total)
	}
	return r.allFailed(before)
}

// allFailed is an error where this process made fits and none of them succeeded, nor did any
// before, of which there are done.
func (r *runner) allFailed(done int) error {
	if r.options.Worker != "" || r.options.Shard.Count > 0 {
		done = 0 // by others: a machine on which nothing works says so
	}
	if r.ran+done > 0 || len(r.failures) == 0 {
		return nil
	}
	return fmt.Errorf("sweep: all %d fits failed, the first with: %w", len(r.failures), r.failures[0])
}

// fit runs one fit and appends its record. It returns errors of ctx and of the records file, and
// errors about photos that are not what was ingested; it records all other errors.
func (r *runner) fit(ctx context.Context, a Fit, id string) error {
	rec, err := r.try(ctx, a)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if errors.Is(err, dataset.ErrChanged) {
		return err // not an error of this fit: the others would have it too
	}
	if err != nil {
		rec = finetune.FailedRecord(r.engine, a.Data, a.Config, id, err)
		r.failures = append(r.failures, err)
		r.note(fmt.Sprintf("fit %s, seed %d failed: %v", a.Name, a.Config.Seed, err))
	} else {
		r.ran++
	}
	if r.options.Worker != "" && !r.claims.holds(id) {
		return nil // this process slept, and another took the fit over
	}
	rec.Setting, rec.PerClass = a.Name, a.PerClass
	return runlog.Append(filepath.Join(r.options.Dir, r.options.records()), rec)
}

// try prepares the set, if the fit before has not, and fits.
func (r *runner) try(ctx context.Context, a Fit) (runlog.Record, error) {
	if r.last == nil || r.last.Data != a.Data || !finetune.SharePreparation(r.last.Config, a.Config) {
		if !r.resplit(a) {
			r.close()
			r.prepared, r.failed = finetune.Prepare(ctx, r.engine, a.Data, a.Config,
				finetune.Observer{Progress: r.options.Progress})
			r.dealt = r.prepared
		}
		r.last = &a
	}
	if r.failed != nil {
		return runlog.Record{}, r.failed
	}
	_, rec, err := r.dealt.Fit(ctx, a.Config, a.Subset, finetune.Observer{Note: r.note})
	return rec, err
}

// resplit reuses what is prepared if the fit differs from the last one only in how the photos are
// split, and reports whether it could.
func (r *runner) resplit(a Fit) bool {
	if r.prepared == nil || r.last.Data.AllowLeak != a.Data.AllowLeak ||
		!finetune.SharePreparation(r.last.Config, a.Config) {
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

func (r *runner) result() (Result, error) {
	records, err := r.read()
	if err != nil {
		return Result{}, err
	}
	return Result{Records: records, Ran: r.ran, Missing: r.distinct() - len(complete(records))}, nil
}

// records is the name of this process's file of records.
func (o Options) records() string {
	s := o.Shard
	if o.Worker != "" {
		return runlog.WorkerRecords(o.Worker)
	}
	if s.Count <= 1 {
		return "records.jsonl"
	}
	return fmt.Sprintf("records-%dof%d.jsonl", s.Index, s.Count)
}
