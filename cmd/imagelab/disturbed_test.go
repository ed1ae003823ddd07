//go:build unix

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/gomlx/compute"

	"imagelab/lib/engine"
	"imagelab/lib/metric"
	"imagelab/lib/progress"
)

// Environment of a test binary that stands in for another imagelab process.
const (
	envArgs  = "IMAGELAB_TEST_ARGS"  // its command line, a JSON list
	envDie   = "IMAGELAB_TEST_DIE"   // the stage in the middle of which it is killed
	envLimit = "IMAGELAB_TEST_LIMIT" // the most bytes it may write into a file, as if the disk were full
	envUser  = "IMAGELAB_TEST_USER"  // the number of the user it becomes, because modes of files do not bind root
)

func TestMain(m *testing.M) {
	text := os.Getenv(envArgs)
	if text == "" {
		os.Exit(m.Run())
	}
	var args []string
	if err := json.Unmarshal([]byte(text), &args); err != nil {
		panic(err)
	}
	if limit := os.Getenv(envLimit); limit != "" {
		var n uint64
		fmt.Sscan(limit, &n)
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: n, Max: n}); err != nil {
			panic(err)
		}
	}
	if user := os.Getenv(envUser); user != "" && os.Geteuid() == 0 {
		var id int
		fmt.Sscan(user, &id)
		if err := syscall.Setuid(id); err != nil {
			panic(err)
		}
	}
	a := &app{stdout: os.Stdout, stderr: os.Stderr, progress: dieIn(os.Getenv(envDie))}
	os.Exit(run(context.Background(), a, args))
}

// dieIn is a progress.Func that kills its own process, without a chance to tidy up, half-way
// through a stage. It tells for whom it waits.
func dieIn(victim string) progress.Func {
	return func(stage string, done, total int64) {
		if strings.HasPrefix(stage, "waiting for ") {
			fmt.Fprintln(os.Stderr, stage)
		}
		if victim != "" && stage == victim && done > 0 && 2*done >= total {
			if err := syscall.Kill(os.Getpid(), syscall.SIGKILL); err != nil {
				panic(err)
			}
		}
	}
}

// otherProcess runs a command line in a process of its own, with one more variable, and returns
// what it printed.
func otherProcess(t *testing.T, variable, value string, args ...string) (string, error) {
	t.Helper()
	text, err := json.Marshal(args)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), envArgs+"="+string(text), variable+"="+value)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// step is one command of the main job, and how it is disturbed.
type step struct {
	verb    string
	args    []string
	limit   string   // bytes a file may have, fewer than the command needs; empty: not tried
	die     []string // stages to be killed in, one process each
	after   []string // a command that must refuse what a killed one left; nil: there is nothing it could mistake
	refuses string   // what it says
}

// job is the main job on source, in files below work. Sizes are small, because it runs in pure Go.
func job(source, work string) []step {
	data, runDir := filepath.Join(work, "data"), filepath.Join(work, "run")
	return []step{
		{"ingest", []string{source, "--out", data}, "1500", []string{"reading photos"}, []string{"dedup", data},
			"did not finish"},
		{"dedup", []string{data}, "1500", []string{"comparing hashes"}, []string{"train", data, "--out", runDir},
			"imagelab split"},
		{"split", []string{data}, "1500", nil, nil, ""},
		{"train", []string{data, "--out", runDir, "--size", "32", "--cut", "stage7", "--views", "0", "--epochs", "3"},
			"10000",
			[]string{"decoding photos", "training epoch 2 of 3"}, []string{"predict", runDir, "x.jpg"}, "holds no model"},
		{"eval", []string{runDir, data, "--json"}, "10000", []string{"classifying photos", "making thumbnails"}, nil, ""},
	}
}

// TestDisturbedJob does the main job twice: undisturbed, and with every command running into a
// full disk and being killed before it may do its work. No original and no earlier result may
// suffer, nothing half-written may be believed, and the outcome must be the same.
func TestDisturbedJob(t *testing.T) {
	t.Setenv(compute.ConfigEnvVar, engine.Go) // compiles nothing: these photos are small and few
	source := photos(t, 8)
	originals := snapshot(t, source)
	undisturbed, work := t.TempDir(), t.TempDir()
	var want, got metric.Result
	for _, s := range job(source, undisturbed) {
		if out := mustRun(t, append([]string{s.verb}, s.args...)...); s.verb == "eval" {
			unmarshal(t, out, &want)
		}
	}
	for _, s := range job(source, work) {
		args := append([]string{s.verb}, s.args...)
		before := snapshot(t, work)
		if s.limit != "" {
			fillDisk(t, s, args)
			mustKeep(t, s.verb+" on a full disk", before, snapshot(t, work))
		}
		for _, stage := range s.die {
			kill(t, s, stage, args)
			mustKeep(t, s.verb+" killed while "+stage, before, snapshot(t, work))
		}
		if out := mustRun(t, args...); s.verb == "eval" {
			unmarshal(t, out, &got)
		}
	}
	same(t, filepath.Join(undisturbed, "data"), filepath.Join(work, "data"))
	if fmt.Sprint(got.Confusion) != fmt.Sprint(want.Confusion) || math.Abs(got.LogLoss-want.LogLoss) > 1e-3 {
		t.Errorf("the disturbed job ends with %v and log loss %.4f, the undisturbed one with %v and %.4f",
			got.Confusion, got.LogLoss, want.Confusion, want.LogLoss)
	}
	mustKeep(t, "the originals", originals, snapshot(t, source))
}

func fillDisk(t *testing.T, s step, args []string) {
	t.Helper()
	out, err := otherProcess(t, envLimit, s.limit, args...)
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != exitFailed || !strings.Contains(out, "file too large") {
		t.Errorf("%s on a full disk: %v, and says %q; want exit code %d and the kernel's reason", s.verb, err, out,
			exitFailed)
	}
}

func kill(t *testing.T, s step, stage string, args []string) {
	t.Helper()
	out, err := otherProcess(t, envDie, stage, args...)
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != -1 {
		t.Fatalf("%s was not killed while %s: %v\n%s", s.verb, stage, err, out)
	}
	if s.after == nil {
		return
	}
	if _, stderr, code := command(t, s.after...); code != exitFailed || !strings.Contains(stderr, s.refuses) {
		t.Errorf("%s after %s was killed while %s: exit code %d, and says %q; want %q", s.after[0], s.verb, stage,
			code, stderr, s.refuses)
	}
}

// mustKeep compares the files that were there before with those of today. Records may be added.
func mustKeep(t *testing.T, what string, before, now map[string]string) {
	t.Helper()
	for path, text := range before {
		if added := strings.HasPrefix(now[path], text) && filepath.Base(path) == "records.jsonl"; now[path] != text &&
			!added {
			t.Errorf("%s: %q was changed or lost", what, path)
		}
	}
}

// same compares what two dataset folders say about their photos.
func same(t *testing.T, a, b string) {
	t.Helper()
	for _, name := range []string{"manifest.jsonl", "duplicates.json", "quarantine.jsonl", "test_ids.txt", "set.json"} {
		x, err := os.ReadFile(filepath.Join(a, name))
		if err != nil {
			t.Fatal(err)
		}
		y, err := os.ReadFile(filepath.Join(b, name))
		if err != nil || !bytes.Equal(x, y) {
			t.Errorf("%s of the disturbed job is another (%v)", name, err)
		}
	}
}
