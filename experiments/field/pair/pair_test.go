package pair

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestRead: what was kept is read, and a file of another kind is neither read nor overwritten.
func TestRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "field.csv")
	row := []string{"net", "224", "1", "5", "6", "1.5", "3", "2", "1", "2", "2", "7"}
	if err := write(path, [][]string{row}); err != nil {
		t.Fatal(err)
	}
	if rows, err := read(path); err != nil || len(rows) != 1 || !slices.Equal(rows[0], row) {
		t.Errorf("read %q, %v", rows, err)
	}
	for _, other := range []string{"", "network,accuracy\nnet,0.9\n", "\"cut off"} {
		if err := os.WriteFile(path, []byte(other), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := read(path); err == nil || !strings.Contains(err.Error(), "choose another folder") ||
			strings.Contains(err.Error(), "nil") {
			t.Errorf("%q gives %v", other, err)
		}
	}
}

// TestUsed: time on the CPU passes where something is computed.
func TestUsed(t *testing.T) {
	before, sum := used(), 0.0
	for i := 0; used() == before && i < 1e9; i++ {
		sum += float64(i)
	}
	if used() <= before {
		t.Errorf("%g s after %g s (%g)", used(), before, sum)
	}
}
