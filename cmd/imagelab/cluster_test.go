package main

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/gomlx/compute"

	"imagelab/lib/cluster"
	"imagelab/lib/engine"
	"imagelab/lib/fulltest"
	"imagelab/lib/runlog"
)

// TestClusterScripts: what is written runs the command as a worker that shares the work.
func TestClusterScripts(t *testing.T) {
	for _, c := range []struct {
		verb  []string
		wants []string
	}{
		{[]string{"curve", "data/mine", "--out", "runs/curve"}, []string{"--array", "--claim", "runs/curve"}},
		{[]string{"ingest", "photos", "--out", "data/mine"}, []string{"--array", "--shard", "data/mine"}},
	} {
		script := mustRun(t, append([]string{"cluster", "slurm", "--workers", "8", "--memory", "1", "--time", "1h", "--"},
			c.verb...)...)
		for _, want := range c.wants {
			if !strings.Contains(script, want) {
				t.Errorf("the script for %s has no %s:\n%s", c.verb[0], want, script)
			}
		}
	}
}

// TestTrialIsKept: the fit with which cluster measures what a worker needs is the first of the
// sweep, which workers then finish, each fit once.
func TestTrialIsKept(t *testing.T) {
	fulltest.Needs(t, "weights")
	t.Setenv(compute.ConfigEnvVar, engine.Go)
	work := t.TempDir()
	data, out := filepath.Join(work, "data"), filepath.Join(work, "curve")
	mustRun(t, "ingest", photos(t, 12), "--out", data)
	mustRun(t, "split", data, "--test", "0.3", "--val", "0.2")
	curve := []string{"curve", data, "--out", out, "--size", "64", "--views", "0", "--sizes", "2,all", "--seeds", "2"}

	fits := func() map[string]int {
		t.Helper()
		records, _, err := runlog.ReadDir(out)
		if err != nil {
			t.Fatal(err)
		}
		n := map[string]int{}
		for _, r := range records {
			n[r.ID]++
		}
		return n
	}
	var trial cluster.Trial
	unmarshal(t, mustRun(t, append(curve, "--trial")...), &trial)
	if trial.Fits != 3 || trial.Seconds <= 0 || trial.Own <= 0 || trial.Memory <= 0 || len(fits()) != 1 {
		t.Errorf("the trial is %+v, and %d fits are recorded; want 1 of 3 (with all photos, seeds give one model)", trial,
			len(fits()))
	}
	for range 2 {
		mustRun(t, append(curve, "--claim")...)
		for id, times := range fits() {
			if times != 1 {
				t.Errorf("fit %s is recorded %d times", id, times)
			}
		}
		if n := len(fits()); n != trial.Fits {
			t.Errorf("%d fits are recorded, want %d", n, trial.Fits)
		}
	}
}
