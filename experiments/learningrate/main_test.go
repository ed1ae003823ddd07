package main

import (
	"testing"

	"imagelab/experiments/internal/quick"
)

func TestQuick(t *testing.T) { quick.Run(t, "learningrate", run, 4, "report.html", "learningrate.svg") }
