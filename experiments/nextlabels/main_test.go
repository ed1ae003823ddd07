package main

import (
	"strings"
	"testing"

	"imagelab/experiments/internal/quick"
)

func TestQuick(t *testing.T) {
	_, printed := quick.Run(t, "nextlabels", run, 0, "nextlabels.svg")
	if strings.Count(printed, "gain over random") != 2 {
		t.Errorf("it prints\n%s", printed)
	}
}
