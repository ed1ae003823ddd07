package lab

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"imagelab/lib/part"
	"imagelab/lib/sweep"
)

func TestSchedule(t *testing.T) {
	stops := func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
	fails := errors.New("no photos")
	tests := []struct {
		name, reason string
		until        time.Duration // from now; 0: no limit
		units        float64
		do           func(context.Context) error
		left         string // prefix of what is said
		err          error
	}{
		{"no limit", "without a limit all is done", 0, 100, nil, "", nil},
		{"fits", "there is time", time.Hour, 2, nil, "", nil},
		{"does not fit", "a step that cannot end in time is not begun", time.Minute, 7, nil,
			"left out: reading, which takes about 1 min 10 s", nil},
		{"the test", "the test is always read: its model is there", time.Nanosecond, 0, nil, "", nil},
		{"takes longer", "the limit holds for estimates that are too low", time.Second, 1e-9, stops,
			"stopped: reading", nil},
		{"fails", "a failure is no lack of time", time.Hour, 1, func(context.Context) error { return fails }, "", fails},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, done := schedule{unit: 10 * time.Second}, false
			if tt.until > 0 {
				s.until = time.Now().Add(tt.until)
			}
			do := tt.do
			if do == nil {
				do = func(context.Context) error { done = true; return nil }
			}
			left, err := s.do(context.Background(), step{"reading", tt.units, do})
			if !errors.Is(err, tt.err) || len(left) < len(tt.left) || left[:len(tt.left)] != tt.left || left != "" &&
				tt.left == "" {
				t.Errorf("%q, %v: %s", left, err, tt.reason)
			}
			if tt.do == nil && done != (left == "") {
				t.Errorf("done %v, left %q: %s", done, left, tt.reason)
			}
		})
	}
}

// TestFailedFitsAreTold: a result without some of its fits is kept, and is an error, unless other
// processes may have the fits.
func TestFailedFitsAreTold(t *testing.T) {
	fits, r := make([]sweep.Fit, 5), sweep.Result{Missing: 2}
	err := new(Lab).missing(r, fits)
	if !IsPartial(err) || !strings.Contains(err.Error(), "2 of 5 fits failed") {
		t.Errorf("two fits failed: %v", err)
	}
	for _, l := range []*Lab{{Shard: part.Shard{Index: 1, Count: 2}}, {Worker: "a"}} {
		if err := l.missing(r, fits); err != nil {
			t.Errorf("%+v: %v", l, err)
		}
	}
	var kept *int
	if got := into(&kept, func(context.Context) (int, error) { return 7, err })(t.Context()); got != err || kept == nil {
		t.Errorf("the result is %v, with %v", kept, got)
	}
}

// TestAllStopped: Ctrl-C within a limit is a stop, and not a lack of time.
func TestAllStopped(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	s := schedule{until: time.Now().Add(time.Hour)}
	_, err := s.do(ctx, step{"reading", 1, func(ctx context.Context) error { cancel(); <-ctx.Done(); return ctx.Err() }})
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestCheckAll(t *testing.T) {
	for _, tt := range []struct {
		name, reason string
		files        []string
		ok           bool
	}{
		{"new", "the usual case", nil, true},
		{"stopped early", "a stopped call goes on", []string{"data/mine/set.json"}, true},
		{"finished", "a repeated call goes on", []string{"data/x", "head/x", "curve/x", "model/x", "tradeoff/x",
			"index.html"}, true},
		{"looked at", "a file browser leaves its marks", []string{"data/x", ".DS_Store"}, true},
		{"something else", "nothing is written among a person's files", []string{"data/x", "thesis.tex"}, false},
	} {
		l := &Lab{Dir: filepath.Join(t.TempDir(), "out")}
		for _, name := range tt.files {
			path := filepath.Join(l.Dir, filepath.FromSlash(name))
			if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, nil, 0o644)); err != nil {
				t.Fatal(err)
			}
		}
		if err := l.checkAll(""); (err == nil) != tt.ok {
			t.Errorf("%s: %v: %s", tt.name, err, tt.reason)
		}
	}
}
