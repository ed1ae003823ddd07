package main

import (
	"bytes"
	"strings"
	"testing"

	"imagelab/lib/lab"
)

func TestQuick(t *testing.T) {
	dir := t.TempDir()
	for range 2 { // the second call finds everything done
		var out, err bytes.Buffer
		if code := lab.Run(t.Context(), "memory", []string{"-quick", "-out", dir}, &out, &err, run); code != 0 {
			t.Fatalf("exit code %d\n%s", code, err.String())
		}
		if lines := strings.Split(strings.TrimSpace(out.String()), "\n"); len(lines) != 4 || !strings.Contains(lines[3], "kB") {
			t.Errorf("not a line for each number of photos:\n%s", out.String())
		}
	}
}
