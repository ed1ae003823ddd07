package backbone

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/nlpodyssey/gopickle/pytorch"
)

// TestCheckpointThatEnds: files that a power failure leaves are refused at once.
func TestCheckpointThatEnds(t *testing.T) {
	for name, data := range map[string][]byte{"empty": nil, "zeros": make([]byte, 4096), "page": []byte("<html>"), "cut": {0x80, 2, 0x8a}} {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := readCheckpoint(path); err == nil {
			t.Errorf("%s was read", name)
		}
	}
}

// FuzzContiguous copies tensors of any shape and stride out of a small storage. The pickles around
// them are another library's to read, and only those whose digest is known get there.
func FuzzContiguous(f *testing.F) {
	f.Add(2, 3, 3, 1, 0)
	f.Add(-1, 1<<62, 1, -5, 9)
	f.Fuzz(func(t *testing.T, rows, columns, down, right, offset int) {
		storage := []float32{0, 1, 2, 3, 4, 5}
		got, err := contiguous(&pytorch.Tensor{Size: []int{rows, columns}, Stride: []int{down, right}, StorageOffset: offset}, storage)
		if err == nil && len(got.Data) != rows*columns {
			t.Errorf("%d values for %d x %d", len(got.Data), rows, columns)
		}
	})
}
