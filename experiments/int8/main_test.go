package main

import (
	"strings"
	"testing"

	"imagelab/experiments/internal/quick"
	"imagelab/lib/asset/venvtest"
)

func TestQuick(t *testing.T) {
	o := options{python: venvtest.Environment(t, "onnxruntime==1.31.1", "onnx==1.23.2")}
	if _, out := quick.Run(t, "int8", o.run, 1); !strings.Contains(out, "squeezenet1_1") {
		t.Errorf("printed %q", out)
	}
}
