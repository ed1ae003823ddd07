package main

import (
	"context"
	"io"
	"strings"
	"testing"

	"imagelab/experiments/internal/quick"
	"imagelab/lib/lab"
)

func TestQuick(t *testing.T) {
	var o options
	_, printed := quick.Run(t, "copies", o.run, 0, "copies.svg")
	if !strings.Contains(printed, "crop to 80 %") || !strings.Contains(printed, "false pairs, foods") {
		t.Errorf("it prints\n%s", printed)
	}
}

func TestScale(t *testing.T) {
	var out strings.Builder
	run := func(ctx context.Context, l *lab.Lab) error { return scale(ctx, l, 20_000) }
	if code := lab.Start(t.Context(), "copies", []string{"-out", t.TempDir()}, &out, io.Discard, run); code != 0 {
		t.Fatalf("exit code %d: %s", code, out.String())
	}
	if !strings.Contains(out.String(), "2000 of 2000 planted copies") || !strings.Contains(out.String(), ": 2 near") {
		t.Errorf("it prints\n%s", out.String())
	}
}

