package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"imagelab/lib/lab"
)

func TestQuick(t *testing.T) {
	dir := t.TempDir()
	for range 2 { // the second call finds everything done
		var out, err bytes.Buffer
		if code := lab.Start(t.Context(), "learningcurve", []string{"-quick", "-out", dir}, &out, &err, run); code != 0 {
			t.Fatalf("exit code %d\n%s", code, err.String())
		}
		if n := strings.Count(out.String(), "solar"); n == 0 {
			t.Errorf("no verdict on solar:\n%s", out.String())
		}
	}
	if page, err := os.ReadFile(filepath.Join(dir, "report.html")); err != nil || !bytes.Contains(page, []byte("<svg")) {
		t.Errorf("report.html: %v, %d bytes without a figure", err, len(page))
	}
}
