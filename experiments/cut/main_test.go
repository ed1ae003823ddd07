package main

import (
	"testing"

	"imagelab/experiments/internal/quick"
)

func TestQuick(t *testing.T) { quick.Run(t, "cut", run, 3, "report.html") }
