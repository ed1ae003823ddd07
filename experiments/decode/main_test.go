package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"imagelab/lib/fulltest"

	"imagelab/lib/lab"
)

func TestQuick(t *testing.T) {
	fulltest.Needs(t, "XLA, weights and a data set")
	var out bytes.Buffer
	dir := t.TempDir()
	if code := lab.Start(context.Background(), "decode", []string{"-quick", "-out", dir}, &out, io.Discard,
		run); code != 0 {
		t.Fatalf("exit code %d", code)
	}
	csv, err := os.ReadFile(filepath.Join(dir, "decode.csv"))
	for _, want := range []string{"packed pixels,", "the forward pass,"} {
		if err != nil || !strings.Contains(string(csv), want) {
			t.Errorf("no %q in %q: %v", want, csv, err)
		}
	}
	for _, want := range []string{"packed pixels", "the forward pass", "Reading original files"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
}
