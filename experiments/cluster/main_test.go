package main

import (
	"strings"
	"testing"

	"imagelab/experiments/internal/quick"
)

func TestQuick(t *testing.T) {
	var o options
	_, printed := quick.Run(t, "cluster", o.run, 0)
	if !strings.Contains(printed, "12 planted") || !strings.Contains(printed, "that dedup calls copies: 0") {
		t.Errorf("it prints\n%s", printed)
	}
}
