package lab

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"imagelab/lib/engine"

	"gonum.org/v1/plot"

	"imagelab/lib/figure"
	"imagelab/lib/part"
	"imagelab/lib/report"
	"imagelab/lib/runlog"
)

// start runs a script in a folder of its own and returns what it printed, and its exit code.
func start(t *testing.T, args []string, run func(context.Context, *Lab) error) (stdout, stderr string, code int) {
	t.Helper()
	var out, err bytes.Buffer
	t.Chdir(t.TempDir())
	code = Start(context.Background(), "question", args, &out, &err, run)
	return out.String(), err.String(), code
}

func TestRun(t *testing.T) {
	failure := errors.New("no photos")
	tests := []struct {
		name   string
		reason string
		args   []string
		err    error
		code   int
		want   *Lab // nil: the script must not start
		says   string
	}{
		{"plain", "the folder is named for the script", nil, nil, 0, &Lab{Dir: "runs/question"}, ""},
		{"quick", "records of quick and full runs must not mix", []string{"-quick"}, nil, 0,
			&Lab{Dir: "runs/question-quick", Quick: true}, ""},
		{"all flags", "a folder that is named is used as it is",
			[]string{"--quick", "--out", "a/b", "--shard", "2/3"}, nil, 0,
			&Lab{Dir: "a/b", Quick: true, Shard: part.Shard{Index: 2, Count: 3}}, ""},
		{"failure", "the error is shown", nil, failure, 1, &Lab{Dir: "runs/question"}, "question: no photos\n"},
		{"stopped", "Ctrl-C loses nothing, and the person is told", nil, fmt.Errorf("fit 3: %w", context.Canceled), 1,
			&Lab{Dir: "runs/question"}, "the same command continues"},
		{"help", "help is no failure", []string{"-help"}, nil, 0, nil, "-shard I/N"},
		{"unknown flag", "a misspelt flag must not start hours of work", []string{"-quik"}, nil, 2, nil, "-quik"},
		{"bad shard", "nor a shard that does not exist", []string{"-shard", "3/2"}, nil, 2, nil, "1/2 for the first half"},
		{"argument", "nor a forgotten dash", []string{"quick"}, nil, 2, nil, "takes no arguments"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got *Lab
			_, stderr, code := start(t, tt.args, func(_ context.Context, l *Lab) error {
				got = &Lab{Dir: l.Dir, Quick: l.Quick, Shard: l.Shard}
				if _, err := os.Stat(l.Dir); err != nil {
					t.Errorf("the folder: %v", err)
				}
				return tt.err
			})
			if code != tt.code || !strings.Contains(stderr, tt.says) {
				t.Errorf("exit code %d, want %d; it says %q, want %q: %s", code, tt.code, stderr, tt.says, tt.reason)
			}
			if (got == nil) != (tt.want == nil) || got != nil && fmt.Sprint(*got) != fmt.Sprint(*tt.want) {
				t.Errorf("the script got %+v, want %+v: %s", got, tt.want, tt.reason)
			}
		})
	}
}

func TestFlagsOfTheScript(t *testing.T) {
	peers := ""
	add := func(f *flag.FlagSet) { f.StringVar(&peers, "peers", "", "`folder`") }
	t.Chdir(t.TempDir())
	code := Start(t.Context(), "question", []string{"-quick", "-peers", "venv"}, io.Discard, io.Discard,
		func(_ context.Context, l *Lab) error {
			if peers != "venv" || !l.Quick {
				t.Errorf("the script got peers %q, quick %v", peers, l.Quick)
			}
			return nil
		}, add)
	if code != 0 {
		t.Errorf("exit code %d", code)
	}
}

func TestEngine(t *testing.T) {
	t.Setenv("GOMLX_BACKEND", "go")
	var used *engine.Engine
	_, stderr, code := start(t, nil, func(ctx context.Context, l *Lab) error {
		first, err := l.Engine(ctx)
		if err != nil {
			return err
		}
		second, err := l.Engine(ctx)
		if first != second {
			t.Error("a second engine was opened: each holds memory of its own")
		}
		used = first
		return err
	})
	if code != 0 {
		t.Fatal(stderr)
	}
	if !used.Backend.IsFinalized() {
		t.Error("the engine was left open")
	}
}

// TestFullGPU: where a GPU's memory does not suffice the CPU computes, and a note says so. Who
// asked for the GPU, and who has no other engine left, gets the error, which says what to do.
func TestFullGPU(t *testing.T) {
	full := fmt.Errorf("training step: RESOURCE_EXHAUSTED; %w", engine.ErrMemory)
	for _, c := range []struct {
		name, reason, engine, setting string
		fails                         error
		calls                         int
	}{
		{"full", "another program holds the memory", engine.XLACUDA, "", full, 2},
		{"asked for", "GOMLX_BACKEND allows no other engine", engine.XLACUDA, "xla:cuda", full, 1},
		{"another error", "the CPU would have it too", engine.XLACUDA, "", errors.New("shapes differ"), 1},
		{"no GPU", "there is nothing behind the CPU", engine.XLACPU, "", full, 1},
		{"fine", "nothing is done twice", engine.XLACUDA, "", nil, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Setenv("GOMLX_BACKEND", c.setting)
			t.Setenv("IMAGELAB_CACHE", t.TempDir())
			t.Setenv("PATH", t.TempDir()) // no pip: pure Go is what is left
			var said bytes.Buffer
			l := &Lab{Stderr: &said, engine: &engine.Engine{Name: c.engine}}
			defer l.Close()
			calls := 0
			computes, err := Compute(t.Context(), l, func(e *engine.Engine) (string, error) {
				if calls++; calls == 1 {
					return e.Name, c.fails
				}
				return e.Name, nil
			})
			again := c.calls > 1
			if calls != c.calls || (err == nil) != (again || c.fails == nil) || computes != l.engine.Name ||
				(computes == engine.Go) != again ||
				strings.Contains(said.String(), "note: go computes instead of the GPU: training step") != again {
				t.Errorf("%d calls, want %d; %v; now %s; it says %q: %s", calls, c.calls, err, l.engine.Name, said.String(),
					c.reason)
			}
		})
	}
}

func TestRecordsAndSave(t *testing.T) {
	_, stderr, code := start(t, nil, func(_ context.Context, l *Lab) error {
		for _, name := range []string{"records-1of2.jsonl", "records-2of2.jsonl"} {
			if err := runlog.Append(filepath.Join(l.Dir, name), runlog.Record{ID: name}); err != nil {
				return err
			}
		}
		if err := os.WriteFile(filepath.Join(l.Dir, "records.jsonl"), []byte(`{"vers`), 0o644); err != nil {
			return err
		}
		records, err := l.Records()
		if err != nil || len(records) != 2 {
			t.Errorf("%d records of two shards, %v", len(records), err)
		}
		if err := l.Save("empty.svg", figure.Figure{Plot: plot.New(), Width: 100, Height: 100}); err != nil {
			return err
		}
		_, err = os.Stat(filepath.Join(l.Dir, "empty.svg"))
		return err
	})
	if code != 0 || !strings.Contains(stderr, "passed over: 1\n") {
		t.Errorf("exit code %d: %s", code, stderr)
	}
}

func TestReport(t *testing.T) {
	stdout, stderr, code := start(t, []string{"-quick"}, func(_ context.Context, l *Lab) error {
		l.licenses = []string{"clothing: CC0-1.0", "foods: AGPL-3.0"}
		if err := runlog.Append(filepath.Join(l.Dir, "records.jsonl"),
			runlog.Record{ID: "abcd", Setting: "head"}); err != nil {
			return err
		}
		return l.Report(report.Sweep{Title: "Why?", Verdict: "Because."})
	})
	if code != 0 {
		t.Fatal(stderr)
	}
	page, err := os.ReadFile(strings.TrimSpace(strings.TrimPrefix(stdout, "look at")))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Because.", "abcd", "clothing: CC0-1.0; foods: AGPL-3.0", "its numbers mean nothing"} {
		if !strings.Contains(string(page), want) {
			t.Errorf("%q is missing from the page", want)
		}
	}
}

func TestOpen(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "runs", "01_a-quick")
	l, err := Open(dir)
	if err != nil || l.Name != "01_a-quick" || l.Progress == nil || l.Stdout == nil || l.Stderr == nil {
		t.Fatalf("got %+v, %v", l, err)
	}
	if records, err := l.Records(); err != nil || len(records) != 0 {
		t.Errorf("a new folder has records %v, %v", records, err)
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(filepath.Join(file, "a")); err == nil || !strings.Contains(err.Error(), "choose a folder") {
		t.Errorf("a folder that cannot be: %v", err)
	}
}
