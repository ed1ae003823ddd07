package main

import (
	"bytes"
	"encoding/csv"
	"os"
	"path/filepath"
	"testing"

	"imagelab/lib/asset/venvtest"
	"imagelab/lib/lab"
)

// TestQuick runs once: the second run of other experiments' tests finds fits done, which is what
// [lab.Lab.Train] tests for.
func TestQuick(t *testing.T) {
	o := options{python: venvtest.Environment(t, "onnxruntime==1.31.1", "onnx==1.23.2")}
	dir := t.TempDir()
	var out, notes bytes.Buffer
	if code := lab.Start(t.Context(), "int8", []string{"-quick", "-out", dir}, &out, &notes, o.run); code != 0 {
		t.Fatalf("exit code %d\n%s", code, notes.String())
	}
	file, err := os.ReadFile(filepath.Join(dir, "int8.csv"))
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(file)).ReadAll()
	if err != nil || len(rows) != 2 || rows[1][0] != "squeezenet1_1" || !bytes.HasPrefix(out.Bytes(), []byte(rows[1][0])) {
		t.Errorf("%v: %v\nprinted %s", err, rows, out.String())
	}
}
