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
	fulltest.Needs(t, "XLA and a data set")
	var out bytes.Buffer
	var o options
	dir := t.TempDir()
	for _, again := range []string{"timed", "read from the file"} {
		out.Reset()
		if code := lab.Start(context.Background(), "field", []string{"-quick", "-out", dir}, &out, io.Discard,
			o.run); code != 0 {
			t.Fatalf("%s: exit code %d", again, code)
		}
		if !strings.Contains(out.String(), "mobilenet_v3_small") {
			t.Errorf("%s: no row in\n%s", again, out.String())
		}
	}
}
