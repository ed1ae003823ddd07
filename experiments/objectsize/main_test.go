package main

import (
	"strings"
	"testing"

	"imagelab/experiments/internal/quick"
)

func TestQuick(t *testing.T) {
	if _, printed := quick.Run(t, "objectsize", run, 4, "report.html", "objectsize.svg"); !strings.Contains(printed,
		"padded foods: ") {
		t.Errorf("no verdict:\n%s", printed)
	}
}
