// Package quick tests experiments in their quick form.
package quick

import (
	"bytes"
	"context"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"imagelab/lib/fulltest"
	"imagelab/lib/lab"
	"imagelab/lib/metric"
	"imagelab/lib/runlog"
)

// Run runs an experiment twice with -quick into one folder, where the second run finds every fit
// done, and returns the folder and what the second run printed. There must be a record of each of
// so many fits, without an error and with finite numbers, and a figure in each of the named files.
// What is drawn and printed must be numbers too.
func Run(t *testing.T, name string, run func(context.Context, *lab.Lab) error, fits int,
	figures ...string) (dir, printed string) {
	t.Helper()
	fulltest.Needs(t, "XLA, weights and a data set")
	dir = t.TempDir()
	var out bytes.Buffer
	for range 2 {
		out.Reset()
		var notes bytes.Buffer
		if code := lab.Start(t.Context(), name, []string{"-quick", "-out", dir}, &out, &notes, run); code != 0 {
			t.Fatalf("exit code %d\n%s", code, notes.String())
		}
		checkRecords(t, dir, fits)
	}
	checkNumbers(t, "the output", out.Bytes())
	for _, file := range figures {
		page, err := os.ReadFile(filepath.Join(dir, file))
		if err != nil || !bytes.Contains(page, []byte("<svg")) {
			t.Errorf("%s: %v, %d bytes without a figure", file, err, len(page))
		}
		checkNumbers(t, file, page)
	}
	return dir, out.String()
}

func checkRecords(t *testing.T, dir string, fits int) {
	t.Helper()
	records, torn, err := runlog.ReadDir(dir)
	if err != nil || torn > 0 || len(records) != fits {
		t.Errorf("%d records, %d of them torn, %v; want %d", len(records), torn, err, fits)
	}
	for _, r := range records {
		results := map[string]*metric.Result{"validation": &r.Val, "test": r.Test}
		for side, m := range results {
			if m != nil && !judged(m) {
				t.Errorf("%s: the %s result is %+v", r.Setting, side, *m)
			}
		}
		if r.Error != "" {
			t.Errorf("%s: %s", r.Setting, r.Error)
		}
	}
}

// judged reports whether a result is of photos, and its accuracy and interval are shares.
func judged(m *metric.Result) bool {
	low, high := m.Interval[0], m.Interval[1]
	return m.N > 0 && 0 <= low && low <= m.Top1 && m.Top1 <= high && high <= 1 && !math.IsNaN(m.LogLoss)
}

// noNumber matches what Go prints of a division by zero.
var noNumber = regexp.MustCompile(`(^|[^A-Za-z])([+-]Inf|NaN)([^A-Za-z]|$)`)

func checkNumbers(t *testing.T, where string, text []byte) {
	t.Helper()
	if at := noNumber.FindIndex(text); at != nil {
		t.Errorf("%s holds a number that is none: %q", where, text[max(0, at[0]-80):min(len(text), at[1]+40)])
	}
}
