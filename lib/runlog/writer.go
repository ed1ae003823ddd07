package runlog

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"imagelab/lib/internal/filelock"
	"imagelab/lib/progress"
	"imagelab/lib/text"
)

// Hold makes this program the only one that makes records of the file at path until release is called: records.jsonl, or
// records-IofN.jsonl for one of N parts. It is refused at once while another program makes records in the same folder,
// unless both are parts of the same number of parts. Where a ctx that Hold returned is given, it is held already. The
// folder must be there.
func Hold(ctx context.Context, path string, p progress.Func) (held context.Context, release func(), err error) {
	dir := filepath.Dir(path)
	held, door, err := filelock.Hold(ctx, filepath.Join(dir, filelock.Name), p)
	if err != nil {
		return ctx, nil, refused(dir, err)
	}
	defer door.Close()
	entries, err := os.ReadDir(dir)
	if err != nil {
		return ctx, nil, fmt.Errorf("runlog: %w", err)
	}
	held, lock, err := filelock.HoldNow(ctx, lockPath(path))
	if err != nil {
		return ctx, nil, refused(dir, err)
	}
	for _, e := range entries {
		if !overlaps(e.Name(), filepath.Base(path)) {
			continue
		}
		_, other, err := filelock.HoldNow(held, filepath.Join(dir, e.Name()))
		if err != nil {
			lock.Close()
			return ctx, nil, refused(dir, err)
		}
		other.Close()
	}
	return held, func() { lock.Close() }, nil
}

// HoldNext is Hold that waits, where the file at path is held, until it is its turn, and tells p for whom. Where there is no
// such file, or none can be written beside it, it holds nothing: there is nothing to be lost.
func HoldNext(ctx context.Context, path string, p progress.Func) (held context.Context, release func(), err error) {
	if _, err := os.Stat(path); err != nil {
		return ctx, func() {}, nil
	}
	held, lock, err := filelock.Hold(ctx, lockPath(path), p)
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, filelock.ErrReadOnly) {
		return ctx, func() {}, nil
	}
	if err != nil {
		return ctx, nil, fmt.Errorf("runlog: %w", err)
	}
	return held, func() { lock.Close() }, nil
}

// HoldPages keeps other programs from writing, in dir, what is drawn from all of its records, until release is called.
func HoldPages(ctx context.Context, dir string, p progress.Func) (held context.Context, release func(), err error) {
	held, lock, err := filelock.Hold(ctx, filepath.Join(dir, filelock.Name), p)
	if err != nil {
		return ctx, nil, fmt.Errorf("runlog: %w", err)
	}
	return held, func() { lock.Close() }, nil
}

// lockPath is the lock file of a file of records.
func lockPath(path string) string {
	return filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+".lock")
}

// IsLock reports whether a file name is one that Hold and its sisters give to lock files.
func IsLock(name string) bool {
	return name == filelock.Name || strings.HasPrefix(name, ".records") && strings.HasSuffix(name, ".lock")
}

// overlaps reports whether a name is that of the lock of another file of records, which this one must not be made beside.
func overlaps(name, records string) bool {
	if !IsLock(name) || name == filelock.Name || name == lockPath(records) {
		return false
	}
	mine, other := parts(records), parts(strings.TrimPrefix(name, "."))
	return mine == 0 || mine != other
}

// parts is the N of a name that begins with records-IofN, or 0.
func parts(records string) int {
	i, n := 0, 0
	if _, err := fmt.Sscanf(records, "records-%dof%d", &i, &n); err != nil {
		return 0
	}
	return n
}

func refused(dir string, err error) error {
	var held *filelock.HeldError
	if !errors.As(err, &held) {
		return fmt.Errorf("runlog: %w; choose a folder that can be written to", err)
	}
	return fmt.Errorf("runlog: another process is writing in %s: %w. Wait for it to end and run the same command again, "+
		"or choose another folder", text.Name(dir), err)
}
