package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"imagelab/lib/lab"
)

func TestQuick(t *testing.T) {
	dir := t.TempDir()
	for range 2 { // the second call finds everything done
		var out, err bytes.Buffer
		if code := lab.Start(t.Context(), "complexity", []string{"-quick", "-out", dir}, &out, &err, run); code != 0 {
			t.Fatalf("exit code %d\n%s", code, err.String())
		}
		if !strings.Contains(out.String(), "both varied: ") {
			t.Errorf("no verdict:\n%s", out.String())
		}
	}
	for _, name := range []string{"report.html", "complexity.svg"} {
		if data, err := os.ReadFile(filepath.Join(dir, name)); err != nil || !bytes.Contains(data, []byte("<svg")) {
			t.Errorf("%s: %v, %d bytes without a figure", name, err, len(data))
		}
	}
}
