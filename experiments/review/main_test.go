package main

import (
	"strings"
	"testing"

	"imagelab/experiments/internal/quick"
)

// TestQuick runs the experiment in its quick form: the page opens, keys are timed, and strokes
// lead to right labels.
func TestQuick(t *testing.T) {
	_, printed := quick.Run(t, "review", run, 0)
	for _, want := range []string{"open the page", "one photo: label, saved", "90 % are right", "with guesses"} {
		if !strings.Contains(printed, want) {
			t.Errorf("the result lacks %q:\n%s", want, printed)
		}
	}
}
