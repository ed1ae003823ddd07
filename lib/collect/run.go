package collect

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"imagelab/lib/dataset"
	"imagelab/lib/internal/linefile"
	"imagelab/lib/progress"
	"imagelab/lib/text"
)

// finding is a photo that a query found.
type finding struct {
	Found
	query    int // index into run.queries
	provider Provider
}

// run is one call of [Run].
type run struct {
	Options
	plan     Plan
	queries  []Query
	found    []finding // in the order of the plan
	own      *records
	replayed *records // nil: the network is asked
	client   *client
	secrets  map[string]string // by environment variable
	had      map[string]bool   // photos of earlier runs, by class and content
	before   []Line            // of earlier runs
	notes    []string
	beyond   int // photos of local lists beyond the results of their query
	odd      int // results without a web address

	mu    sync.Mutex
	lines *os.File // collected.jsonl
}

// Run fetches what the plan asks for into o.Dir, and returns what became of it.
//
// When ctx ends it stops, and the next call continues: nothing that was answered or fetched is
// asked for again, but for what failed in a way that may pass. A photo that was deleted from the
// folder stays away. One program at a time works in a folder; Run waits for another one.
//
// A photo that queries of several classes found lies in the folder of each. Result.Conflicts counts
// them, and dedup leaves them out until their label is decided.
func Run(ctx context.Context, plan Plan, o Options, p progress.Func) (Result, error) {
	if err := plan.Validate(); err != nil {
		return Result{}, fmt.Errorf("collect: %w", err)
	}
	queries, err := plan.Queries()
	if err != nil {
		return Result{}, fmt.Errorf("collect: %w", err)
	}
	if o.Limits == (Limits{}) {
		o.Limits = DefaultLimits()
	}
	if err := os.MkdirAll(o.Dir, 0o755); err != nil {
		return Result{}, fmt.Errorf("collect: %w; choose another folder", err)
	}
	ctx, release, err := dataset.Hold(ctx, o.Dir, p)
	if err != nil {
		return Result{}, err
	}
	defer release()
	r := &run{Options: o, plan: plan, queries: queries, client: newClient(plan, o)}
	defer r.client.http.CloseIdleConnections()
	if err := r.open(); err != nil {
		return Result{}, err
	}
	defer r.close()
	return r.all(ctx, p)
}

// open reads what earlier runs left.
func (r *run) open() (err error) {
	if r.secrets, err = r.plan.secrets(r.Replay != ""); err != nil {
		return fmt.Errorf("collect: %w", err)
	}
	if r.Replay != "" {
		if _, err := os.Stat(filepath.Join(r.Replay, recordDir, answersDir)); err != nil {
			return fmt.Errorf("collect: %s holds no recorded answers: replay takes a folder that collect wrote",
				text.Name(r.Replay))
		}
		if r.replayed, err = openRecords(r.Replay, false); err != nil {
			return err
		}
	}
	if r.own, err = openRecords(r.Dir, true); err != nil {
		return err
	}
	path := filepath.Join(r.Dir, dataset.OriginFile)
	r.had = map[string]bool{}
	err = eachLine(path, func(l Line) {
		r.before = append(r.before, l)
		r.had[l.Class+"/"+l.SHA256] = true
	})
	if err == nil {
		r.lines, err = linefile.Open(path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("collect: %w", err), r.own.close())
	}
	return nil
}

func (r *run) close() {
	r.own.close()
	r.lines.Close()
}

func (r *run) all(ctx context.Context, p progress.Func) (Result, error) {
	if err := r.search(ctx, p); err != nil {
		return Result{}, err
	}
	err := r.fetch(ctx, p)
	if ended := r.finish(); ended != nil {
		return Result{}, errors.Join(err, ended)
	}
	if err != nil {
		return Result{}, fmt.Errorf("collect: %w", err)
	}
	return r.result(), nil
}

// fetch brings every address once.
func (r *run) fetch(ctx context.Context, p progress.Func) error {
	by := map[string][]finding{}
	var order []string
	for _, f := range r.found {
		if by[f.Address] == nil {
			order = append(order, f.Address)
		}
		by[f.Address] = append(by[f.Address], f)
	}
	// What failed before comes last, so that nothing new waits for a host that does not answer.
	slices.SortStableFunc(order, func(a, b string) int { return cmp.Compare(r.age(a), r.age(b)) })
	return progress.EachWorker(ctx, cmp.Or(r.Workers, 8), len(order), "fetching photos", p, func(_, i int) error {
		return r.one(ctx, by[order[i]])
	})
}

// age is 0 for an address that is new, 1 for one that was tried.
func (r *run) age(address string) int {
	if _, known := r.own.of(address); known {
		return 1
	}
	return 0
}

// one makes sure that a photo is where the queries that found it want it. A photo that cannot be
// had is no error.
func (r *run) one(ctx context.Context, by []finding) error {
	address := by[0].Address
	old, known := r.own.of(address)
	o := old
	_, isFile := r.file(by[0])
	var data []byte
	if !known || o.Later && r.replayed == nil || isFile && r.replayed == nil {
		var err error
		if o, data, err = r.bring(ctx, by[0]); err != nil {
			return err
		}
	}
	if !o.good() {
		if known && !old.Later { // what was known stays
			return nil
		}
		return r.own.add(o)
	}
	classes := r.classes(by)
	o.File = cmp.Or(o.File, name(classes[0], o.SHA256, o.Format))
	if data != nil {
		o.File = name(classes[0], o.SHA256, o.Format)
	}
	for _, class := range classes {
		if err := r.place(o, class, data); err != nil {
			return err
		}
	}
	if data == nil {
		return nil
	}
	if err := r.tell(o, by); err != nil {
		return err
	}
	return r.own.add(o)
}

// classes are those of the queries, each once.
func (r *run) classes(by []finding) []string {
	var out []string
	for _, f := range by {
		if class := r.queries[f.query].Class; !slices.Contains(out, class) {
			out = append(out, class)
		}
	}
	return out
}

// place puts a photo into its class, unless it is there, or was there and somebody deleted it.
func (r *run) place(o outcome, class string, data []byte) error {
	file := name(class, o.SHA256, o.Format)
	_, err := os.Stat(filepath.Join(r.Dir, filepath.FromSlash(file)))
	if err == nil || r.had[class+"/"+o.SHA256] {
		return nil
	}
	if data == nil {
		if data, err = r.own.load(o, r.Limits.Bytes); err != nil {
			return nil // it was deleted from its other class
		}
	}
	return r.own.put(file, data)
}

// tell appends the lines of a photo to collected.jsonl, so that a kill loses no origin.
func (r *run) tell(o outcome, by []finding) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, f := range by {
		if err := writeLine(r.lines, r.line(o, f)); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) line(o outcome, f finding) Line {
	q := r.queries[f.query]
	return Line{SHA256: o.SHA256, File: name(q.Class, o.SHA256, o.Format), Class: q.Class,
		Origin: dataset.Origin{Query: q.Text, Provider: f.provider.Name(), Page: f.Page, Address: f.Address, Author: f.Author,
			Licence: f.Licence},
		Title: f.Title, LicenceAddress: f.LicenceAddress, Width: o.Width, Height: o.Height, Bytes: o.Bytes, Time: o.Time}
}

// finish writes collected.jsonl anew, in the order of the plan, and what is made of it.
func (r *run) finish() error {
	var lines []Line
	seen := map[[3]string]bool{}
	add := func(l Line) {
		key := [3]string{l.SHA256, l.Class, l.Query}
		if !seen[key] {
			seen[key] = true
			lines = append(lines, l)
		}
	}
	for _, f := range r.found {
		if o, ok := r.own.of(f.Address); ok && o.good() {
			add(r.line(o, f))
		}
	}
	for _, l := range r.before { // of earlier plans
		add(l)
	}
	err := dataset.WriteFile(filepath.Join(r.Dir, dataset.OriginFile), func(w io.Writer) error {
		return writeSealed(w, lines)
	})
	if err != nil {
		return fmt.Errorf("collect: %w", err)
	}
	return writeAttribution(r.Dir, lines)
}
