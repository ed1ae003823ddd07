//go:build unix

package feed

import (
	"os"
	"syscall"
)

// mapFile maps the first `size` bytes of a file read-only.
func mapFile(f *os.File, size int) ([]byte, error) {
	return syscall.Mmap(int(f.Fd()), 0, size, syscall.PROT_READ, syscall.MAP_SHARED)
}

func unmap(data []byte) error { return syscall.Munmap(data) }
