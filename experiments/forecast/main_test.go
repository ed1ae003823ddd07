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
	if code := lab.Start(t.Context(), "forecast", []string{"-quick", "-out", dir}, &out, &err, run); code != 0 {
		t.Fatalf("exit code %d\n%s", code, err.String())
	}
	if table, err := os.ReadFile(filepath.Join(dir, "forecast.csv")); err != nil || !bytes.HasPrefix(table, []byte("curve,from,to,")) {
		t.Errorf("forecast.csv: %v, %q", err, table)
	}
}
