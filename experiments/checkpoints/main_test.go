package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"imagelab/lib/lab"
)

func TestQuick(t *testing.T) {
	dir := t.TempDir()
	var out, err bytes.Buffer
	if code := lab.Start(t.Context(), "checkpoints", []string{"-quick", "-out", dir}, &out, &err, run); code != 0 {
		t.Fatalf("exit code %d\n%s", code, err.String())
	}
	if page, err := os.ReadFile(filepath.Join(dir, "report.html")); err != nil || !bytes.Contains(page, []byte("<svg")) {
		t.Errorf("report.html: %v, %d bytes without a figure", err, len(page))
	}
}
