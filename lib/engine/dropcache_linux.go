package engine

import (
	"os"

	"golang.org/x/sys/unix"
)

// dropCache asks the kernel to forget its copy of a file in memory.
func dropCache(f *os.File) error { return unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED) }
