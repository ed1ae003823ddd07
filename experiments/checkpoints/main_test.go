package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"imagelab/experiments/internal/quick"
)

func TestQuick(t *testing.T) { quick.Run(t, "checkpoints", (&options{}).run, 7, "report.html") }

func TestHeads(t *testing.T) {
	dir, _ := quick.Run(t, "checkpoints", (&options{heads: "foods"}).run, len(headRules), "report.html")
	rows, err := os.ReadFile(filepath.Join(dir, "heads.csv"))
	if err != nil || strings.Count(string(rows), "\n") != 1+len(headRules) {
		t.Errorf("%v\n%s", err, rows)
	}
}
