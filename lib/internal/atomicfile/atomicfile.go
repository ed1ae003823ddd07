// Package atomicfile writes files that appear whole or not at all, also where the power fails, and
// clears away what killed processes left of theirs.
//
// [Write] is what to call; [Try] asks before long work, and [Unfinished] is for those who list
// folders.
package atomicfile

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"syscall"

	"imagelab/lib/internal/filelock"
)

// prefix of the names of unfinished files, which no other program gives to its own: sweep deletes
// them.
const prefix = ".part-imagelab-"

// Write makes the file at path, readable by all, in a folder that exists. fill writes its bytes to
// an unfinished file in the same folder, which takes the name when fill returns nil and its bytes
// are on the disk, and is deleted when fill fails. size is what the file will have, bytes, or 0
// where that is not known; an error for want of room names it. Errors of fill come back wrapped.
func Write(path string, size int64, fill func(f *os.File) error) error {
	f, lock, err := create(filepath.Dir(path))
	if err != nil {
		return explain(path, size, err)
	}
	defer lock.Close()
	defer os.Remove(f.Name()) // fails once renamed, which is the aim
	err = fill(f)
	if err == nil {
		err = f.Chmod(0o644)
	}
	if err == nil {
		err = Sync(f) // a name may reach the disk before the bytes do
	}
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
		witness(renamed, path)
	}
	if err == nil {
		err = SyncFolder(filepath.Dir(path))
	}
	if err != nil {
		return explain(path, size, err)
	}
	return nil
}

// Sync waits until the bytes of f are on the disk.
func Sync(f *os.File) error {
	witness(written, f.Name())
	err := f.Sync()
	if err == nil {
		witness(synced, f.Name())
	}
	return err
}

// SyncFolder waits until the names in dir are on the disk. It does nothing on Windows and on file
// systems that cannot do this.
func SyncFolder(dir string) error {
	if runtime.GOOS == "windows" { // it flushes files alone
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	if err := d.Sync(); err != nil && !errors.Is(err, syscall.EINVAL) && !errors.Is(err, syscall.ENOTSUP) {
		return err
	}
	witness(listed, dir)
	return nil
}

// Try reports whether files can be written in dir. Call it before long work whose result is written
// there at the end.
func Try(dir string) error {
	f, lock, err := create(dir)
	if err != nil {
		return fmt.Errorf("write into %s: %w", dir, err)
	}
	defer lock.Close()
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

// explain adds to a write error what a person can do about it.
func explain(path string, size int64, err error) error {
	switch {
	case errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || errors.Is(err, syscall.EFBIG):
		room := ""
		if size > 0 {
			room = fmt.Sprintf(", which takes %d MB", (size+1<<20-1)>>20)
		}
		return fmt.Errorf("write %s%s: %w; make room on its disk (folders named cache inside data sets may be "+
			"deleted) and run the same command again", path, room, err)
	case errors.Is(err, os.ErrPermission) || errors.Is(err, syscall.EROFS) || errors.Is(err, syscall.ENOTDIR):
		return fmt.Errorf("write %s: %w; make its folder writable or choose another", path, err)
	}
	return fmt.Errorf("write %s: %w", path, err)
}

// earlier matches the names that earlier versions gave to unfinished files. Other programs may use
// them too, so sweep leaves them alone.
var earlier = regexp.MustCompile(`^\.part-[0-9]+$`)

// Unfinished reports whether a file name is that of one being written, or of what a killed process
// left.
func Unfinished(name string) bool {
	return strings.HasPrefix(name, prefix) || earlier.MatchString(name)
}

// swept holds the folders that this process has cleared.
var swept sync.Map

// create opens an unfinished file in dir. It stays locked while its writer lives: the kernel
// releases the lock when the process dies.
func create(dir string) (f *os.File, lock *filelock.Lock, err error) {
	if _, done := swept.LoadOrStore(dir, true); !done {
		sweep(dir)
	}
	for {
		if f, err = os.CreateTemp(dir, prefix+"*"); err != nil {
			return nil, nil, err
		}
		lock, err = filelock.TryData(f.Name())
		var taken *filelock.HeldError
		switch _, gone := os.Lstat(f.Name()); {
		case errors.As(err, &taken), errors.Is(gone, os.ErrNotExist), errors.Is(err, os.ErrNotExist):
			// Another process found the file before it was locked, and sweeps it.
			lock.Close()
			f.Close()
		case err == nil, errors.Is(err, filelock.ErrNoLocks): // nothing is ever swept where there are no locks
			return f, lock, nil
		default:
			f.Close()
			os.Remove(f.Name())
			return nil, nil, err
		}
	}
}

// sweep deletes the unfinished files of dir whose writers are dead. Files that it cannot read or
// delete stay, which does no harm.
func sweep(dir string) {
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), prefix) || !e.Type().IsRegular() {
			continue
		}
		path := filepath.Join(dir, e.Name())
		if lock, err := filelock.TryData(path); err == nil {
			os.Remove(path)
			lock.Close()
		}
	}
}
