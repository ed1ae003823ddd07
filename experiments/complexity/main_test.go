package main

import (
	"strings"
	"testing"

	"imagelab/experiments/internal/quick"
)

func TestQuick(t *testing.T) {
	if _, printed := quick.Run(t, "complexity", run, 6, "report.html", "complexity.svg"); !strings.Contains(printed,
		"both varied: ") {
		t.Errorf("no verdict:\n%s", printed)
	}
}
