//go:build linux

// Package target is the program under attack: imagelab, built for it, with folders that may be
// damaged.
//
// [New] builds it and does the main job once undisturbed; [Target.Restore] goes back to the state
// before or after any step of that job, [Target.Run] runs one command, and [Target.State] says what
// a folder holds, without times.
package target

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"imagelab/experiments/internal/patches"
	"imagelab/lib/asset"
	"imagelab/lib/progress"
)

// Target is a built imagelab and its folders. It is for one goroutine, but for Run.
type Target struct {
	Binary string
	Root   string  // folder of all below
	Photos string  // originals; they must never change
	Work   string  // what the steps write; attacks damage it
	Cache  string  // imagelab's own; attacks damage it
	Steps  []Step  // of the main job, in their order
	Took   []State // after each step of the undisturbed job; Took[0] is before the first

	engine    string
	originals State
}

// Step is a command of the main job.
type Step struct {
	Name   string
	Args   []string
	Wall   time.Duration // undisturbed
	Writes int           // steps of writing files, undisturbed; see lib/internal/atomicfile
}

// weights is the network that all steps use.
const weights = "efficientnet_lite0"

// New builds imagelab, makes photos and a cache of its own in dir, and does the main job twice:
// what differs then is no state. engine is what GOMLX_BACKEND names, such as "go".
func New(ctx context.Context, dir, engine string, p progress.Func) (*Target, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("target: %w", err)
	}
	t := &Target{
		Root: dir, Binary: filepath.Join(dir, "imagelab"), Photos: filepath.Join(dir, "photos"),
		Work: filepath.Join(dir, "work"), Cache: filepath.Join(dir, "cache"), engine: engine,
	}
	for _, made := range []string{"photos", "work", "cache", "home", "stages"} { // of an earlier run
		if err := os.RemoveAll(filepath.Join(dir, made)); err != nil {
			return nil, fmt.Errorf("target: %w", err)
		}
	}
	if err := os.MkdirAll(filepath.Join(dir, "home"), 0o755); err != nil {
		return nil, fmt.Errorf("target: %w", err)
	}
	build := exec.CommandContext(ctx, "go", "build", "-tags", "attack", "-o", t.Binary, "imagelab/cmd/imagelab")
	if out, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("target: go build: %w\n%s", err, out)
	}
	if err := t.fillCache(ctx, p); err != nil {
		return nil, err
	}
	if err := drawPhotos(ctx, t.Photos, p); err != nil {
		return nil, err
	}
	t.Steps = t.job()
	return t, t.rehearse(ctx, p)
}

// fillCache copies what the job needs from the person's own cache, where it is fetched to.
func (t *Target) fillCache(ctx context.Context, p progress.Func) error {
	names := []string{weights}
	if t.engine != "go" {
		names = append(names, "xla-cpu")
	}
	for _, name := range names {
		file, err := asset.Fetch(ctx, name, p)
		if err != nil {
			return err
		}
		home := filepath.Dir(file)
		if err := Copy(home, filepath.Join(t.Cache, "assets", filepath.Base(home))); err != nil {
			return err
		}
	}
	return nil
}

// Data, Head, Body and Curve are the folders that the job writes.
func (t *Target) Data() string  { return filepath.Join(t.Work, "data") }
func (t *Target) Head() string  { return filepath.Join(t.Work, "head") }  // a classifier alone
func (t *Target) Body() string  { return filepath.Join(t.Work, "body") }  // the last stage trained too
func (t *Target) Curve() string { return filepath.Join(t.Work, "curve") } // a learning curve

// Whole is a folder of originals that can all be read.
func (t *Target) Whole() string { return filepath.Join(t.Photos, patches.Classes[1]) }

// small are the flags that make a fit take a second.
var small = []string{"--size", "32", "--views", "0"}

// Train is the command that fits the classifier alone into out, on the job's data.
func (t *Target) Train(out string) []string {
	return append([]string{"train", t.Data(), "--out", out, "--cut", "head"}, small...)
}

func (t *Target) job() []Step {
	with := func(args ...string) []string { return append(args, small...) }
	return []Step{
		{Name: "ingest", Args: []string{"ingest", t.Photos, "--out", t.Data()}},
		{Name: "dedup", Args: []string{"dedup", t.Data()}},
		{Name: "split", Args: []string{"split", t.Data()}},
		{Name: "train head", Args: t.Train(t.Head())},
		{Name: "train body", Args: with("train", t.Data(), "--out", t.Body(), "--cut", "stage7", "--epochs", "3")},
		{Name: "curve", Args: with("curve", t.Data(), "--out", t.Curve(), "--seeds", "2", "--sizes", "2,all")},
		{Name: "eval", Args: []string{"eval", t.Body(), t.Data(), "--json"}},
	}
}

// rehearse does the job twice and keeps a copy of what each step leaves.
func (t *Target) rehearse(ctx context.Context, p progress.Func) error {
	var err error
	if t.originals, err = Look(t.Photos); err != nil {
		return err
	}
	for round := range 2 {
		if err := t.Clear(); err != nil {
			return err
		}
		for i := range len(t.Steps) + 1 {
			p.Report("rehearsing the main job", int64(round*len(t.Steps)+i), int64(2*len(t.Steps)))
			if i > 0 {
				if err := t.measure(ctx, &t.Steps[i-1]); err != nil {
					return err
				}
			}
			state, err := t.State()
			if err == nil && round == 0 {
				t.Took = append(t.Took, state)
				err = Copy(t.Work, t.stage(i))
			}
			if err != nil {
				return err
			}
			if d := t.Took[i].Diff(state); d != "" {
				return fmt.Errorf("target: the undisturbed job ends differently each time: %s", d)
			}
		}
	}
	return nil
}

// measure runs a step undisturbed, and says how long it takes and how often it writes.
func (t *Target) measure(ctx context.Context, s *Step) error {
	log := filepath.Join(t.Root, "steps.jsonl")
	if err := os.RemoveAll(log); err != nil {
		return fmt.Errorf("target: %w", err)
	}
	o := t.Run(ctx, Disturbance{Log: log}, s.Args...)
	if o.Code != 0 {
		return fmt.Errorf("target: undisturbed %s: exit code %d: %s", s.Name, o.Code, o.Stderr)
	}
	steps, err := os.ReadFile(log)
	if err != nil {
		return fmt.Errorf("target: %s writes nothing: %w", s.Name, err)
	}
	s.Wall, s.Writes = o.Wall, bytes.Count(steps, []byte{'\n'})
	return nil
}

func (t *Target) stage(steps int) string { return filepath.Join(t.Root, "stages", fmt.Sprint(steps)) }

// Source is the path of a folder of imagelab's sources.
func (t *Target) Source(ctx context.Context, folder string) (string, error) {
	root, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}").Output()
	if err != nil {
		return "", fmt.Errorf("target: go list: %w", err)
	}
	return filepath.Join(strings.TrimSpace(string(root)), folder), nil
}

// Clear empties Work.
func (t *Target) Clear() error {
	if err := os.RemoveAll(t.Work); err != nil {
		return fmt.Errorf("target: %w", err)
	}
	if err := os.MkdirAll(t.Work, 0o755); err != nil {
		return fmt.Errorf("target: %w", err)
	}
	return nil
}

// Restore makes Work what it was after so many steps of the undisturbed job.
func (t *Target) Restore(steps int) error {
	if err := t.Clear(); err != nil {
		return err
	}
	return Copy(t.stage(steps), t.Work)
}

// Index is the position in Steps of the one with this name; it must be there.
func (t *Target) Index(name string) int {
	for i, s := range t.Steps {
		if s.Name == name {
			return i
		}
	}
	panic("target: no step " + name)
}

// State is that of Work.
func (t *Target) State() (State, error) { return Look(t.Work) }

// PhotosChanged says which originals are not what they were, or "".
func (t *Target) PhotosChanged() (string, error) {
	now, err := Look(t.Photos)
	return t.originals.Diff(now), err
}
