package main

import (
	"strings"
	"testing"

	"imagelab/experiments/internal/quick"
)

func TestQuick(t *testing.T) {
	if _, printed := quick.Run(t, "learningcurve", run, 10, "report.html"); !strings.Contains(printed, "solar") {
		t.Errorf("no verdict on solar:\n%s", printed)
	}
}
