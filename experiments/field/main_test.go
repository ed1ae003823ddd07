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
	fulltest.Needs(t, "XLA and a data set")
	var out bytes.Buffer
	var o options
	dir := t.TempDir()
	path := filepath.Join(dir, "field.csv")
	for i, again := range []string{"timed", "read from the file"} {
		out.Reset()
		if i == 1 { // another name tells whether the file is read
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			text = bytes.Replace(text, []byte(",,"), []byte(",12345,"), 1)
			if err := os.WriteFile(path, text, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if code := lab.Start(context.Background(), "field", []string{"-quick", "-out", dir}, &out, io.Discard,
			o.run); code != 0 {
			t.Fatalf("%s: exit code %d", again, code)
		}
		if !strings.Contains(out.String(), "mobilenet_v3_small") {
			t.Errorf("%s: no row in\n%s", again, out.String())
		}
		if read := strings.Contains(out.String(), "12345"); read != (i == 1) {
			t.Errorf("%s: what the file says is shown: %v\n%s", again, read, out.String())
		}
	}
}
