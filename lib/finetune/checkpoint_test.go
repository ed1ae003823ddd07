package finetune

import (
	"os"
	"path/filepath"
	"testing"

	"imagelab/lib/backbone"
	"imagelab/lib/internal/safetensors"
)

// FuzzCheckpoint reads a checkpoint of any bytes.
func FuzzCheckpoint(f *testing.F) {
	whole := filepath.Join(f.TempDir(), "whole")
	state := map[string]backbone.Tensor{"a": {Shape: []int{2}, Data: []float32{1, 2}}}
	if err := safetensors.Write(whole, safetensors.File{Tensors: state,
		Metadata: map[string]string{"id": "x", "epochs": "[]"}}); err != nil {
		f.Fatal(err)
	}
	data, err := os.ReadFile(whole)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add(data[:len(data)-1])
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(t.TempDir(), "checkpoint")
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		state, _, ok := readCheckpoint(path, "x")
		for name, tensor := range state {
			if ok && tensor.Size() != len(tensor.Data) {
				t.Errorf("%s has %d values", name, len(tensor.Data))
			}
		}
	})
}
