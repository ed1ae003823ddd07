package main

import (
	"bytes"
	"context"
	"io"
	"strings"
	"testing"

	"imagelab/lib/fulltest"

	"imagelab/lib/lab"
)

func TestQuick(t *testing.T) {
	fulltest.Needs(t, "XLA, weights and a data set")
	var out bytes.Buffer
	if code := lab.Start(context.Background(), "decode", []string{"-quick", "-out", t.TempDir()}, &out, io.Discard,
		run); code != 0 {
		t.Fatalf("exit code %d", code)
	}
	for _, want := range []string{"packed pixels", "the forward pass", "Reading original files"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
}
