package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// TestStopped: Ctrl-C ends with 130, and says of each verb what is true of it.
func TestStopped(t *testing.T) {
	photos := []input{{name: "a.jpg"}, {name: "it's b.jpg"}}
	for _, c := range []struct {
		name   string
		err    error
		says   string
		code   int
		reason string
	}{
		{"goes on", fmt.Errorf("ingest: %w", context.Canceled), "the same command continues", exitStopped, "most verbs"},
		{"says it itself", ifStopped(fmt.Errorf("eval: %w", context.Canceled), "no result was recorded"),
			"stopped; no result was recorded", exitStopped, "eval"},
		{"the innermost says it", ifStopped(ifStopped(context.Canceled, "1 of 2"), "none"), "stopped; 1 of 2",
			exitStopped, "it knows most"},
		{"no stop", ifStopped(errors.New("no model"), "no result was recorded"), "imagelab: no model", exitFailed,
			"another error stays what it is"},
		{"predict, nothing named", ifStopped(namedSoFar(context.Canceled, 0, photos), "no photo was named yet"),
			"no photo was named yet", exitStopped, "no line was printed"},
		{"predict, one named", namedSoFar(context.Canceled, 1, photos), "first 1 of 2 photos are whole", exitStopped,
			"its line may be used"},
		{"predict, where to go on", namedSoFar(context.Canceled, 1, photos), `'it'\''s b.jpg'`, exitStopped, "to be copied"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var says bytes.Buffer
			code := (&app{stderr: &says}).exitCode(&cobra.Command{}, c.err)
			if code != c.code || !strings.Contains(says.String(), c.says) {
				t.Errorf("exit code %d, %q; want %d and %q: %s", code, says.String(), c.code, c.says, c.reason)
			}
		})
	}
}

func TestVersion(t *testing.T) {
	says := mustRun(t, "--version")
	for _, want := range []string{"imagelab ", ", go1.", "/"} {
		if !strings.Contains(says, want) || strings.Count(says, "\n") != 1 {
			t.Errorf("it says %q, without %q", says, want)
		}
	}
}
