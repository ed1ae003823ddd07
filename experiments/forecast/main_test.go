package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"imagelab/experiments/internal/quick"
)

func TestQuick(t *testing.T) {
	dir, _ := quick.Run(t, "forecast", run, 26)
	if table, err := os.ReadFile(filepath.Join(dir, "forecast.csv")); err != nil ||
		!bytes.HasPrefix(table, []byte("curve,from,to,")) {
		t.Errorf("forecast.csv: %v, %q", err, table)
	}
}
