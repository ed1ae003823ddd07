package main

import (
	"testing"

	"imagelab/experiments/internal/quick"
)

func TestQuick(t *testing.T) { quick.Run(t, "checkpoints", run, 7, "report.html") }
