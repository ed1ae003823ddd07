package sweep

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"imagelab/lib/engine/enginetest"
	"imagelab/lib/fulltest"

	"imagelab/lib/dataset"
	"imagelab/lib/engine"
	"imagelab/lib/finetune"
	"imagelab/lib/part"
	"imagelab/lib/recipe"
	"imagelab/lib/runlog"
	"imagelab/lib/split"
)

// childEnv names the folder of a sweep that a child process of the tests runs.
const childEnv = "IMAGELAB_TEST_SWEEP"

// workerEnv makes the child a worker.
const workerEnv = "IMAGELAB_TEST_WORKER"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childEnv); dir != "" {
		if err := child(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// child runs the sweep of the tests on the set in dir/set into dir/run.
func child(dir string) error {
	set, err := dataset.Load(filepath.Join(dir, "set"))
	if err != nil {
		return err
	}
	e, err := engine.Open(context.Background(), nil)
	if err != nil {
		return err
	}
	defer e.Close()
	fits, _, err := Curve(finetune.Data{Set: set}, config(), Plan{Name: "stripes", Sizes: []int{2, 4, 0}, Seeds: 4})
	if err != nil {
		return err
	}
	o := Options{Dir: filepath.Join(dir, "run")}
	if os.Getenv(workerEnv) != "" {
		o.Worker, o.beat = NewWorker(), beat
	}
	_, err = Run(context.Background(), e, fits, o)
	return err
}

// config fits a head to small images.
func config() recipe.Config {
	c := recipe.Default()
	c.Cut, c.Size, c.CachedViews = "head", 64, 0
	return c
}

// generated ingests and splits made-up photos, stripes in the direction of their class with noise,
// into dir.
func generated(t *testing.T, dir string, seed uint64) *dataset.Set {
	t.Helper()
	photos := t.TempDir()
	r := rand.New(rand.NewPCG(seed, 1))
	for class, name := range []string{"across", "down", "slanted"} {
		for i := range 16 {
			writeStripes(t, filepath.Join(photos, name, fmt.Sprintf("%02d.png", i)), class, r)
		}
	}
	s, err := dataset.Ingest(t.Context(), photos, dir, dataset.DefaultIngest(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := split.Run(s, split.Options{Val: 0.25, Test: 0.25, Seed: 1}); err != nil {
		t.Fatal(err)
	}
	return s
}

func writeStripes(t *testing.T, path string, class int, r *rand.Rand) {
	t.Helper()
	img := image.NewNRGBA(image.Rect(0, 0, 72, 72))
	period, phase := 6+r.Float64()*8, r.Float64()*6
	for y := range 72 {
		for x := range 72 {
			along := []float64{float64(y), float64(x), float64(x + y)}[class]
			v := uint8(128 + 60*math.Sin((along+phase)*2*math.Pi/period) + 60*(r.Float64()-0.5))
			img.Set(x, y, color.NRGBA{v, uint8(r.IntN(256)), v, 255})
		}
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(path)
	if err == nil {
		err = errors.Join(png.Encode(f, img), f.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
}

func openEngine(t *testing.T) *engine.Engine {
	t.Helper()
	fulltest.Needs(t, "XLA and weights")
	return enginetest.Open(t)
}

// outcome is a record without what differs between two runs of the same fit.
func outcome(t *testing.T, r runlog.Record) string {
	t.Helper()
	r.Time, r.Timings, r.Shared, r.Own, r.PeakMemory, r.Command = time.Time{}, nil, nil, 0, 0, ""
	r.Environment.Commit = "" // which says whether files of the checkout are changed, as other tests may do meanwhile
	for i := range r.Epochs {
		r.Epochs[i].Seconds = 0
	}
	text, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func outcomes(t *testing.T, dir string) []string {
	t.Helper()
	records, _, err := runlog.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, r := range records {
		out = append(out, outcome(t, r))
	}
	slices.Sort(out)
	return out
}

// TestKilledTenTimes is the promise that a sweep may be killed at any moment: ten times at random
// ones, then it is left to end, and must hold exactly the records of an undisturbed run.
func TestKilledTenTimes(t *testing.T) {
	fulltest.Needs(t, "XLA and weights")
	dir := t.TempDir()
	generated(t, filepath.Join(dir, "set"), 1)
	run := func() *exec.Cmd {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), childEnv+"="+dir)
		return cmd
	}
	began := time.Now()
	if text, err := run().CombinedOutput(); err != nil {
		t.Fatalf("undisturbed: %v\n%s", err, text)
	}
	took := time.Since(began)
	want := outcomes(t, filepath.Join(dir, "run"))
	if len(want) != 9 {
		t.Fatalf("%d records, want one for each of 2 sizes and 4 seeds, and one on all images", len(want))
	}
	if err := errors.Join(os.RemoveAll(filepath.Join(dir, "run")),
		os.RemoveAll(filepath.Join(dir, "set", "cache"))); err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(2, 2))
	for range 10 {
		cmd := run()
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(r.Float64() * float64(took)))
		_ = cmd.Process.Kill() // it may have ended by itself
		_ = cmd.Wait()
	}
	if text, err := run().CombinedOutput(); err != nil {
		t.Fatalf("the last start: %v\n%s", err, text)
	}
	if got := outcomes(t, filepath.Join(dir, "run")); !slices.Equal(got, want) {
		for i := range min(len(got), len(want)) {
			if got[i] != want[i] {
				t.Errorf("record %d is\n%s\nnot\n%s", i, got[i], want[i])
				break
			}
		}
		t.Errorf("%d records differ from the %d of an undisturbed run", len(got), len(want))
	}
}

func TestRunOnce(t *testing.T) {
	set, e, dir := generated(t, filepath.Join(t.TempDir(), "set"), 1), openEngine(t), t.TempDir()
	data := finetune.Data{Set: set}
	fits, notes, err := Curve(data, config(), Plan{Name: "stripes", Sizes: []int{50, 2, 0, 4}, Seeds: 2})
	if err != nil {
		t.Fatal(err)
	}
	if len(fits) != 5 || len(notes) != 1 || !strings.Contains(notes[0], "50") {
		t.Fatalf("%d fits and notes %q; want sizes 2 and 4 for 2 seeds, all once, since the seed changes nothing "+
			"there, and a note that 50 is more than there are", len(fits), notes)
	}
	first, err := Run(t.Context(), e, fits, Options{Dir: dir, Shard: part.Shard{Index: 1, Count: 2}})
	if err != nil || first.Ran != 3 || first.Missing != 2 {
		t.Fatalf("half of 5 fits: ran %d, %d missing, %v", first.Ran, first.Missing, err)
	}
	second, err := Run(t.Context(), e, fits, Options{Dir: dir, Shard: part.Shard{Index: 2, Count: 2}})
	if err != nil || second.Ran != 2 || second.Missing != 0 || len(second.Records) != 5 {
		t.Fatalf("the other half: ran %d, %d missing, %d records, %v", second.Ran, second.Missing, len(second.Records), err)
	}
	again, err := Run(t.Context(), e, fits, Options{Dir: dir})
	if err != nil || again.Ran != 0 || len(again.Records) != 5 {
		t.Fatalf("again, unsharded: ran %d, %d records, %v; the shards' records must be seen", again.Ran,
			len(again.Records), err)
	}
	for _, r := range again.Records {
		if r.Setting != "stripes" || r.Outcomes == nil || r.Outcomes.Side != "test" || r.Test == nil ||
			r.PerClass == 2 && r.Counts["train"] != 6 {
			t.Errorf("record %s: fit %q, %d a class of %v, outcomes %v", r.ID, r.Setting, r.PerClass, r.Counts, r.Outcomes)
		}
	}

	// A torn last line, as a full disk or a power cut leaves it.
	f, err := os.OpenFile(filepath.Join(dir, "records-1of2.jsonl"), os.O_APPEND|os.O_WRONLY, 0)
	if err == nil {
		_, err = f.WriteString(`{"version":1,"id":"ab`)
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	torn, err := Run(t.Context(), e, fits, Options{Dir: dir, Note: func(text string) { said = append(said, text) }})
	if err != nil || torn.Ran != 0 || len(said) != 1 || !strings.Contains(said[0], "incomplete records") {
		t.Errorf("with a torn line: ran %d, said %q, %v", torn.Ran, said, err)
	}

	other := generated(t, filepath.Join(t.TempDir(), "other"), 2)
	if _, err := Run(t.Context(), e, []Fit{{Name: "x", Data: finetune.Data{Set: other}, Config: config()}},
		Options{Dir: dir}); err == nil || !strings.Contains(err.Error(), "other photos") {
		t.Errorf("records of another data set in the folder: %v", err)
	}
}

func TestFailuresAreRecorded(t *testing.T) {
	set, e, dir := generated(t, filepath.Join(t.TempDir(), "set"), 1), openEngine(t), t.TempDir()
	data := finetune.Data{Set: set}
	bad := Fit{Name: "bad", Data: data, Config: config(), Subset: []int{0, 1}} // of one class: cannot be fitted
	if _, err := Run(t.Context(), e, []Fit{bad}, Options{Dir: dir}); err == nil ||
		!strings.Contains(err.Error(), "one class") {
		t.Errorf("all fits fail: %v, want the first error", err)
	}
	good := Fit{Name: "good", Data: data, Config: config()}
	var said []string
	r, err := Run(t.Context(), e, []Fit{bad, good},
		Options{Dir: dir, Note: func(text string) { said = append(said, text) }})
	if err != nil || r.Ran != 1 || r.Missing != 1 || len(said) != 1 {
		t.Fatalf("one of two fails: ran %d, missing %d, said %q, %v", r.Ran, r.Missing, said, err)
	}
	states := map[string]string{}
	for _, rec := range r.Records {
		states[rec.Setting] = rec.State()
	}
	if states["bad"] != runlog.StateFailed || states["good"] != runlog.StateDone {
		t.Errorf("states %v", states)
	}

	_, release, err := runlog.Hold(t.Context(), filepath.Join(dir, "records.jsonl"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Run(t.Context(), e, []Fit{good}, Options{Dir: dir}); err == nil ||
		!strings.Contains(err.Error(), "another process") {
		t.Errorf("two processes on one shard: %v", err)
	}
	release()
	ctx, stop := context.WithCancel(t.Context())
	stop()
	more := good
	more.Config.Seed = 9
	if _, err := Run(ctx, e, []Fit{more}, Options{Dir: dir, Shard: part.Shard{Index: 1, Count: 3}}); !errors.Is(err,
		context.Canceled) {
		t.Errorf("a stopped sweep: %v", err)
	}
	records, _, err := runlog.ReadDir(dir)
	if err != nil || len(records) != 2 {
		t.Errorf("%d records after a stop, %v: the fit under way is not recorded", len(records), err)
	}
}

func TestCurvePlanIsChecked(t *testing.T) {
	for _, p := range []Plan{{Seeds: 0, Sizes: []int{0}}, {Seeds: 1, Sizes: []int{-5}}} {
		if _, _, err := Curve(finetune.Data{Set: &dataset.Set{}}, config(), p); err == nil {
			t.Errorf("%+v was accepted", p)
		}
	}
}

// TestRenamedPhotosAreNoNewFit: a fit is known by what the photos are, so that the records of a
// curve outlive new names.
func TestRenamedPhotosAreNoNewFit(t *testing.T) {
	set := generated(t, filepath.Join(t.TempDir(), "set"), 1)
	ids := func() (out []string) {
		fits, _, err := Curve(finetune.Data{Set: set}, config(), Plan{Sizes: []int{2, 4, 0}, Seeds: 2})
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range fits {
			id, err := finetune.FitID(a.Config, a.Data, a.Subset)
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, id)
		}
		return out
	}
	before := ids()
	slices.Reverse(set.Images) // as other names would order them
	if after := ids(); !slices.Equal(after, before) {
		t.Errorf("the fits were %v and are %v", before, after)
	}
	if n := len(slices.Compact(slices.Sorted(slices.Values(before)))); n != 5 {
		t.Errorf("%d different fits of %v, want two sizes of two seeds, and all", n, before)
	}
}

// TestPhotosGone: photos that are not there any more end a sweep at once, and are no failure of its
// fits.
func TestPhotosGone(t *testing.T) {
	set, e, dir := generated(t, filepath.Join(t.TempDir(), "set"), 1), openEngine(t), t.TempDir()
	if err := os.Remove(set.File(set.InSplit(dataset.Test)[0])); err != nil {
		t.Fatal(err)
	}
	data, said := finetune.Data{Set: set}, 0
	fits := []Fit{{Name: "one", Data: data, Config: config()}, {Name: "two", Data: data, Config: config()}}
	fits[1].Config.Seed = 5
	if _, err := Run(t.Context(), e, fits, Options{Dir: dir, Note: func(string) { said++ }}); !errors.Is(err,
		dataset.ErrChanged) || said > 0 {
		t.Errorf("%v after %d notes, want one error that names the photo", err, said)
	}
	if records, _, err := runlog.ReadDir(dir); err != nil || len(records) > 0 {
		t.Errorf("%d records, %v: nothing was fitted", len(records), err)
	}
	if _, err := data.JudgedFiles(t.Context(), nil); !errors.Is(err, dataset.ErrChanged) {
		t.Errorf("the files to time predictions on: %v", err)
	}
}

// TestAllFailed: who has no success to show says so, and a full GPU is told from other errors, so
// that the CPU can begin again.
func TestAllFailed(t *testing.T) {
	for _, c := range []struct {
		reason string
		r      runner
		before int
		want   error
	}{
		{"nothing was tried", runner{}, 0, nil},
		{"the GPU is full from the start", runner{failures: []error{engine.ErrMemory}}, 0, engine.ErrMemory},
		{"some fits went well", runner{failures: []error{engine.ErrMemory}, ran: 1}, 0, nil},
		{"some did in an earlier run", runner{failures: []error{engine.ErrMemory}}, 1, nil},
		{"others did, on other machines", runner{failures: []error{engine.ErrMemory}, options: Options{Worker: "w"}}, 3,
			engine.ErrMemory},
	} {
		if err := c.r.allFailed(c.before); !errors.Is(err, c.want) || c.want == nil && err != nil {
			t.Errorf("%s: %v, want %v", c.reason, err, c.want)
		}
	}
}
