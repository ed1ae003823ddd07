package sweep

import (
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"imagelab/lib/engine"
	"imagelab/lib/finetune"
	"imagelab/lib/runlog"
)

// beat is that of the workers of the tests.
const beat = 100 * time.Millisecond

var kills = flag.Int("kills", 4, "number of workers that TestWorkersKilled kills")

func worker(dir, name string) *claims { return newClaims(Options{Dir: dir, Worker: name, beat: beat}) }

func take(t *testing.T, c *claims, id string) bool {
	t.Helper()
	taken, err := c.take(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return taken
}

// TestClaims: one worker has a fit, until it ends it or dies.
func TestClaims(t *testing.T) {
	tests := []struct {
		name, reason string
		before       func(t *testing.T, first *claims)
		at, later    bool // whether another takes the fit, at once and after the patience
	}{
		{"alive", "a fit may take hours", func(t *testing.T, c *claims) { t.Cleanup(c.beat("fit")) }, false, false},
		{"died", "its fit is taken over", func(*testing.T, *claims) {}, false, true},
		{"stopped", "Ctrl-C gives the fit back", func(t *testing.T, c *claims) { end(t, c, claimRunning) }, true, false},
		{"failed", "a new worker tries again", func(t *testing.T, c *claims) { end(t, c, claimFailed) }, true, false},
		{"done", "the record may be shown late, but not for ever",
			func(t *testing.T, c *claims) { end(t, c, claimDone) }, false, true},
		{"died, its clock ahead", "dates of files are never believed",
			func(t *testing.T, c *claims) { dated(t, c, 24*time.Hour) }, false, true},
		{"alive, its clock behind", "a claim from 1970 whose beat rises", func(t *testing.T, c *claims) {
			dated(t, c, -50*365*24*time.Hour)
			t.Cleanup(c.beat("fit"))
		}, false, false},
		{"torn", "a full disk left an empty claim", func(t *testing.T, c *claims) {
			if err := os.WriteFile(c.path("fit"), nil, 0o644); err != nil {
				t.Fatal(err)
			}
		}, false, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			first, second := worker(dir, "first"), worker(dir, "second")
			if !take(t, first, "fit") {
				t.Fatal("nobody has it, and it cannot be taken")
			}
			tt.before(t, first)
			if got := take(t, second, "fit"); got != tt.at {
				t.Errorf("taken at once: %v: %s", got, tt.reason)
			}
			if tt.at {
				return
			}
			time.Sleep(second.patience + 5*beat)
			if got := take(t, second, "fit"); got != tt.later {
				t.Errorf("taken later: %v: %s", got, tt.reason)
			}
		})
	}
}

// dated gives the claim's file a date that is so far from now, as a machine whose clock jumped
// does.
func dated(t *testing.T, c *claims, away time.Duration) {
	t.Helper()
	if err := os.Chtimes(c.path("fit"), time.Now(), time.Now().Add(away)); err != nil {
		t.Fatal(err)
	}
}

// TestClaimShownLate: where a shared folder shows a claim so late that a second worker makes its
// own, one of the two has the fit from then on, and the other does not write over it.
func TestClaimShownLate(t *testing.T) {
	dir := t.TempDir()
	first, second := worker(dir, "first"), worker(dir, "second")
	if !take(t, first, "fit") {
		t.Fatal("nobody has it, and it cannot be taken")
	}
	if err := os.Rename(first.path("fit"), filepath.Join(t.TempDir(), "late")); err != nil {
		t.Fatal(err)
	}
	if !take(t, second, "fit") || first.holds("fit") || !second.holds("fit") {
		t.Fatal("both have it, or nobody")
	}
	stop := first.beat("fit")
	time.Sleep(3 * beat)
	stop()
	end(t, first, claimDone)
	if now, err := second.read("fit"); err != nil || now.Worker != "second" || now.State != claimRunning {
		t.Errorf("the claim is %+v, %v", now, err)
	}
}

func end(t *testing.T, c *claims, state string) {
	t.Helper()
	if err := c.release("fit", state); err != nil {
		t.Fatal(err)
	}
}

// TestClaimsTogether: of many workers that find a dead one's fit, one takes it over, and the dead
// one, should it wake up, has lost it.
func TestClaimsTogether(t *testing.T) {
	dir := t.TempDir()
	dead := worker(dir, "dead")
	take(t, dead, "fit")
	var workers []*claims
	for i := range 8 {
		workers = append(workers, worker(dir, fmt.Sprint("worker", i)))
		take(t, workers[i], "fit")
	}
	time.Sleep(dead.patience + beat)
	var all sync.WaitGroup
	var mu sync.Mutex
	taken := 0
	for _, c := range workers {
		all.Go(func() {
			if ok, err := c.take(t.Context(), "fit"); err != nil {
				t.Error(err)
			} else if ok {
				mu.Lock()
				defer mu.Unlock()
				taken++
			}
		})
	}
	all.Wait()
	if taken != 1 || dead.holds("fit") {
		t.Errorf("%d took it over, the dead one still has it: %v", taken, dead.holds("fit"))
	}
}

// TestWorkersKilled: workers that are killed at any moment lose no fit, and the records are those
// of a single process.
func TestWorkersKilled(t *testing.T) {
	e := openEngine(t)
	dir := t.TempDir()
	set := generated(t, filepath.Join(dir, "set"), 5)
	fits, _, err := Curve(finetune.Data{Set: set}, config(), Plan{Name: "stripes", Sizes: []int{2, 4, 0}, Seeds: 4})
	if err != nil {
		t.Fatal(err)
	}
	want := undisturbed(t, e, fits)
	start := func() *exec.Cmd {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), childEnv+"="+dir, workerEnv+"=1")
		cmd.Stderr = os.Stderr
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		return cmd
	}
	workers := []*exec.Cmd{start(), start()}
	r := rand.New(rand.NewPCG(1, 2))
	for n := range *kills {
		time.Sleep(time.Duration(200+r.IntN(1500)) * time.Millisecond)
		i := r.IntN(len(workers))
		if n == 0 { // one kill at least meets a worker at its fit
			i = fitting(t, filepath.Join(dir, "run"), workers)
		}
		_ = workers[i].Process.Kill() // one that has ended is started again too
		_ = workers[i].Wait()
		workers[i] = start()
	}
	for _, w := range workers {
		if err := w.Wait(); err != nil {
			t.Error(err)
		}
	}
	got, err := Recorded(fits, Options{Dir: filepath.Join(dir, "run")})
	if err != nil || got.Missing > 0 || len(got.Records) != len(want) {
		t.Fatalf("%d records, %d missing, %v", len(got.Records), got.Missing, err)
	}
	for _, rec := range got.Records {
		if outcome(t, rec) != want[rec.ID] {
			t.Errorf("fit %s: %s", rec.ID, outcome(t, rec))
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "run", claimsFolder)); !os.IsNotExist(err) {
		t.Errorf("claims are left: %v", err)
	}
}

// TestSleeperDropsItsResult: a worker whose fit another one took over meanwhile records nothing.
func TestSleeperDropsItsResult(t *testing.T) {
	e := openEngine(t)
	set := generated(t, filepath.Join(t.TempDir(), "set"), 5)
	fits, _, err := Curve(finetune.Data{Set: set}, config(), Plan{Name: "stripes", Sizes: []int{2}, Seeds: 1})
	if err != nil {
		t.Fatal(err)
	}
	for reason, c := range map[string]struct {
		lost bool
		want int
	}{"it slept, and lost the fit": {true, 0}, "it kept the fit": {false, 1}} {
		o := Options{Dir: t.TempDir(), Worker: "first", beat: beat}
		r, fits, err := newRunner(fits[:1], o)
		if err != nil {
			t.Fatal(err)
		}
		r.engine = e
		take(t, r.claims, r.ids[0])
		if c.lost {
			err = r.claims.write(r.ids[0], claim{Worker: "second", State: claimRunning})
		}
		if err == nil {
			err = r.fit(t.Context(), fits[0], r.ids[0])
		}
		r.close()
		records, _, readErr := runlog.ReadDir(o.Dir)
		if err != nil || readErr != nil || len(records) != c.want {
			t.Errorf("%s: %d records, want %d; %v, %v", reason, len(records), c.want, err, readErr)
		}
	}
}

// fitting waits until one of the workers is at a fit, and returns which.
func fitting(t *testing.T, dir string, workers []*exec.Cmd) int {
	t.Helper()
	for until := time.Now().Add(2 * time.Minute); time.Now().Before(until); time.Sleep(20 * time.Millisecond) {
		files, err := filepath.Glob(filepath.Join(dir, claimsFolder, "*.json"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			var c claim
			if err != nil || json.Unmarshal(text, &c) != nil || c.State != claimRunning {
				continue // it is being written, or has ended
			}
			for i, w := range workers {
				if strings.Contains(c.Worker, fmt.Sprintf("-%d-", w.Process.Pid)) {
					return i
				}
			}
		}
	}
	t.Fatal("no worker began a fit")
	return 0
}

// undisturbed are the outcomes of the fits in one process.
func undisturbed(t *testing.T, e *engine.Engine, fits []Fit) map[string]string {
	t.Helper()
	r, err := Run(t.Context(), e, fits, Options{Dir: t.TempDir()})
	if err != nil || r.Missing > 0 {
		t.Fatalf("%d missing, %v", r.Missing, err)
	}
	outcomes := map[string]string{}
	for _, rec := range r.Records {
		if rec.State() == runlog.StateDone {
			outcomes[rec.ID] = outcome(t, rec)
		}
	}
	return outcomes
}
