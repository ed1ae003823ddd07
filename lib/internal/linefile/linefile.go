// Package linefile appends lines to files whose last line may have broken off, because a process
// was killed or the disk was full.
package linefile

import (
	"errors"
	"os"
	"path/filepath"

	"imagelab/lib/internal/atomicfile"
	"imagelab/lib/internal/filelock"
)

// Open opens the file of lines at path for appending, and makes it where there is none. A last line
// that broke off gets its end, so that it spoils no other. A link at path is an error.
func Open(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_RDWR|filelock.NoFollow, 0o644)
	if err != nil {
		return nil, err
	}
	if err := end(f); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// end writes a line feed where the last line has none.
func end(f *os.File) error {
	info, err := f.Stat()
	if err != nil || info.Size() == 0 {
		return err
	}
	last := make([]byte, 1)
	if _, err := f.ReadAt(last, info.Size()-1); err != nil || last[0] == '\n' {
		return err
	}
	_, err = f.WriteString("\n")
	return err
}

// Append adds whole lines to the file at path in one write, and returns when they are on the disk.
// If that fails, what it wrote is taken away again. Of several processes that append to one file,
// each must hold a lock.
func Append(path string, lines []byte) error {
	f, err := Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	_, err = f.Write(lines)
	if err == nil {
		err = atomicfile.Sync(f)
	}
	if err == nil {
		err = atomicfile.SyncFolder(filepath.Dir(path)) // the first line makes the file
	}
	if err != nil {
		return errors.Join(err, f.Truncate(info.Size()))
	}
	return nil
}
