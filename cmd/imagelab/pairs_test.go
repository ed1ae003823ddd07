//go:build unix

package main

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gomlx/compute"

	"imagelab/lib/dataset"
	"imagelab/lib/dedup"
	"imagelab/lib/engine"
	"imagelab/lib/finetune"
)

// noVariable is for [otherProcess] where nothing is to be disturbed.
const noVariable = "IMAGELAB_TEST_NONE"

// TestPairsInASet: of two programs in one set the second waits, and all marks of both are there
// in the end.
func TestPairsInASet(t *testing.T) {
	source, data := photos(t, 8), filepath.Join(t.TempDir(), "data")
	ingest := []string{"ingest", source, "--out", data}
	files, err := filepath.Glob(filepath.Join(source, "across", "*.png"))
	if err != nil {
		t.Fatal(err)
	}
	photo, err := os.ReadFile(files[0])
	if err == nil {
		err = os.WriteFile(filepath.Join(source, "across", "copy.png"), photo, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		mustRun(t, ingest...) // forgets the marks
		var both sync.WaitGroup
		for _, verb := range []string{"dedup", "split"} {
			both.Go(func() {
				if out, err := otherProcess(t, noVariable, "", verb, data); err != nil {
					t.Errorf("%s: %v: %s", verb, err, out)
				}
			})
		}
		both.Wait()
		s, err := dataset.Load(data)
		if err != nil {
			t.Fatal(err)
		}
		if !dedup.Seen(s) || len(s.Kept()) == len(s.Images) {
			t.Error("marks of copies are lost")
		}
		if len(s.InSplit(dataset.Train)) == 0 {
			t.Error("the split is lost")
		}
	}
}

// TestTurns: what a program does that comes while another one writes in its folder.
func TestTurns(t *testing.T) {
	t.Setenv(compute.ConfigEnvVar, engine.Go)
	source, work := photos(t, 8), t.TempDir()
	data, run := filepath.Join(work, "data"), filepath.Join(work, "run")
	fit := []string{"train", data, "--size", "32", "--cut", "head", "--views", "0", "--out", run}
	mustRun(t, "ingest", source, "--out", data)
	mustRun(t, "dedup", data)
	mustRun(t, "split", data)
	mustRun(t, fit...)
	holdSet := func() (func(), error) { _, release, err := dataset.Hold(t.Context(), data, nil); return release, err }
	holdRun := func() (func(), error) { _, release, err := finetune.Hold(t.Context(), run, nil); return release, err }
	for _, c := range []struct {
		name, reason string
		hold         func() (func(), error)
		args         []string
		waits        bool
	}{
		{"ingest", "a set is made in a moment", holdSet, []string{"ingest", source, "--out", data}, true},
		{"dedup", "it would lose what the other one marks", holdSet, []string{"dedup", data}, true},
		{"split", "it would lose what the other one marks", holdSet, []string{"split", data}, true},
		{"train on the set", "it would read half of what is written", holdSet, fit, true},
		{"eval", "it adds to the record", holdRun, []string{"eval", run, data}, true},
		{"train", "hours may pass", holdRun, fit, false},
		{"train with other settings", "one model would go", holdRun, append(fit, "--seed", "9"), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			release, err := c.hold()
			if err != nil {
				t.Fatal(err)
			}
			start := time.Now()
			if c.waits {
				time.AfterFunc(3*time.Second, release)
			}
			out, err := otherProcess(t, noVariable, "", c.args...)
			switch {
			case c.waits && (err != nil || time.Since(start) < 3*time.Second || !strings.Contains(out, "to end its work on")):
				t.Errorf("%v after %s: %s; it should wait, for %s", err, time.Since(start), out, c.reason)
			case !c.waits && (err == nil || !strings.Contains(out, "is in use by `")):
				t.Errorf("%v: %s; it should be refused, for %s", err, out, c.reason)
			}
			if !c.waits {
				release()
			}
		})
	}
}
