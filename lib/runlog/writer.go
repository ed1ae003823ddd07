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

// Hold locks the file of records at path for this process until release is called: records.jsonl,
// or records-IofN.jsonl for one of N parts. It fails at once if another process writes records in
// the same folder, unless both are parts of the same number of parts. With a ctx that Hold
// returned, the lock is held already. The folder must exist.
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

// HoldNext is Hold that waits until the lock is free, and reports to p which process it waits for.
// If there is no such file, or no lock file can be written beside it, it takes no lock: there is
// nothing to lose.
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

// HoldPages locks the pages and figures in dir for this process until release is called.
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

// IsLock reports whether name is that of a lock file of Hold, HoldNext or HoldPages.
func IsLock(name string) bool {
	return name == filelock.Name || strings.HasPrefix(name, ".records") && strings.HasSuffix(name, ".lock")
}

// overlaps reports whether name is the lock of another file of records in conflict with this one.
func overlaps(name, records string) bool {
	if !IsLock(name) || name == filelock.Name || name == lockPath(records) {
		return false
	}
	mine, other := parts(records), parts(strings.TrimPrefix(name, "."))
	return mine == 0 || mine != other
}

// WorkerRecords is the name of the file of records of a worker among many that share a folder.
func WorkerRecords(worker string) string { return workerPrefix + worker + ".jsonl" }

const workerPrefix = "records-worker-"

// parts is the N of a name that begins with records-IofN, and -1 for a worker's; else 0.
func parts(records string) int {
	i, n := 0, 0
	if strings.HasPrefix(records, workerPrefix) {
		return -1
	}
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
