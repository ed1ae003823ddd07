package main

import (
	"bytes"
	"encoding/csv"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"imagelab/lib/asset/venvtest"
	"imagelab/lib/lab"
)

// TestQuick: EfficientNet-Lite0 keeps its answers on real photos when it is rounded, on a machine
// with VNNI or without.
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
	if err != nil || len(rows) != 2 {
		t.Fatalf("%v: %v", err, rows)
	}
	at := func(column string) float64 {
		v, err := strconv.ParseFloat(rows[1][slices.Index(rows[0], column)], 64)
		if err != nil {
			t.Fatalf("%s: %v", column, err)
		}
		return v
	}
	if at("float32_same_pixels") > 1e-5 || at("int8_same_class") < 0.9 || at("int8_top1_lost") > 0.05 ||
		at("int8_bytes") > 0.3*at("float32_bytes") || !strings.HasPrefix(out.String(), rows[1][0]) {
		t.Errorf("%v\nprinted %s", rows, out.String())
	}
}
