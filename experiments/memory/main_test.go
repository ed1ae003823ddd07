package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"imagelab/lib/fulltest"

	"imagelab/lib/lab"
)

func TestQuick(t *testing.T) {
	fulltest.Needs(t, "XLA, weights and a data set")
	dir := t.TempDir()
	for i, n := range []string{"40", "80"} {
		var out, err bytes.Buffer
		if code := lab.Start(t.Context(), "memory", []string{"-quick", "-photos", n, "-out", dir}, &out, &err, run,
			flags); code != 0 {
			t.Fatalf("exit code %d\n%s", code, err.String())
		}
		lines := strings.Split(strings.TrimSpace(out.String()), "\n")
		if len(lines) != 2+2*i || i == 1 && !strings.Contains(lines[3], "kB") {
			t.Errorf("not a line for each number of photos:\n%s", out.String())
		}
		csv, e := os.ReadFile(filepath.Join(dir, "memory.csv"))
		if lines := strings.Split(strings.TrimSpace(string(csv)), "\n"); e != nil || len(lines) != 1+4*(i+1) {
			t.Errorf("not a line for each step of each number of photos: %q %v", lines, e)
		}
	}
}
