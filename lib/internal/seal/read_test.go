//go:build unix

package seal

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

func TestReadEnds(t *testing.T) {
	dir := t.TempDir()
	pipe := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	large := filepath.Join(dir, "large") // all of it a hole
	if err := errors.Join(os.WriteFile(large, nil, 0o600), os.Truncate(large, most+1)); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/dev/zero", pipe, dir, large} {
		if _, err := Read(path); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: %v", path, err)
		}
	}
	if _, err := Read(filepath.Join(dir, "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file that is not there: %v", err)
	}
}
