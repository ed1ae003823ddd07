package main

import (
	"testing"

	"imagelab/experiments/internal/quick"
)

func TestQuick(t *testing.T) { quick.Run(t, "tradeoff", run, 2, "report.html") }
