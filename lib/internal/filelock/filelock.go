// Package filelock keeps programs from writing to one place at the same time.
//
// [Wait] waits until the lock is free. [Try] does not wait: when another program has the lock, it
// returns a [HeldError] that names the program. [Share] is for programs that only read. The kernel
// releases the locks of a program that dies, so nobody has to remove a lock by hand. Goroutines of
// one program exclude each other too. [Data] locks a data file itself, for a short time.
package filelock

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/gofrs/flock"

	"imagelab/lib/progress"
	"imagelab/lib/text"
)

// Name is the lock file of a folder whose content has one writer.
const Name = ".imagelab.lock"

// ErrNoLocks says that the file system has no locks, as some network shares have none.
var ErrNoLocks = errors.New("its file system has no file locks, so nothing keeps a second program from writing " +
	"there too; " +
	"choose a folder on a disk of this machine")

// ErrReadOnly says that nothing can be written on the file system.
var ErrReadOnly error = syscall.EROFS

// pause is the time between two attempts to take a lock.
const pause = 50 * time.Millisecond

// Lock is a lock that this program holds.
type Lock struct {
	flock *flock.Flock
	own   bool // the file is for the lock alone
}

// Try takes the lock of the file at path, and makes the file. It does not wait: the error is a
// [HeldError] when another program has the lock, and [ErrNoLocks] when the file system has no
// locks. The folder must exist. [Lock.Close] deletes the file.
func Try(path string) (*Lock, error) {
	for {
		l, err := open(path, os.O_CREATE|os.O_RDWR, (*flock.Flock).TryLock)
		if err != nil {
			return nil, err
		}
		if l.isNamed(path) {
			l.own = true
			sign(path)
			return l, nil
		}
		l.Close() // it was deleted before it was locked: those who come now lock another
	}
}

// Wait is like [Try], but waits until the lock is free and reports to p which program holds it.
func Wait(ctx context.Context, path string, p progress.Func) (*Lock, error) {
	return wait(ctx, p, func() (*Lock, error) { return Try(path) })
}

// Share waits until no program writes. Programs that read share one lock. It makes no file, so it
// works in read-only folders too; where nobody writes there is none, and then a writer does not
// wait for Close.
func Share(ctx context.Context, path string, p progress.Func) (*Lock, error) {
	return wait(ctx, p, func() (*Lock, error) {
		for {
			l, err := open(path, os.O_RDONLY, (*flock.Flock).TryRLock)
			switch {
			case errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrPermission), errors.Is(err, ErrNoLocks):
				return &Lock{}, nil
			case err != nil || l.isNamed(path):
				return l, err
			}
			l.Close()
		}
	})
}

// held is the context key for a lock that this program holds.
type held string

// Hold is like [Wait] and also returns a context. A call of Hold with that context and the same
// path succeeds at once, so functions that run under the lock may lock again.
func Hold(ctx context.Context, path string, p progress.Func) (context.Context, *Lock, error) {
	return hold(ctx, path, func() (*Lock, error) { return Wait(ctx, path, p) })
}

// HoldNow is like [Hold], but does not wait; its errors are those of [Try].
func HoldNow(ctx context.Context, path string) (context.Context, *Lock, error) {
	return hold(ctx, path, func() (*Lock, error) { return Try(path) })
}

func hold(ctx context.Context, path string, take func() (*Lock, error)) (context.Context, *Lock, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return ctx, nil, fmt.Errorf("lock %s: %w", path, err)
	}
	if ctx.Value(held(abs)) != nil {
		return ctx, &Lock{}, nil
	}
	l, err := take()
	if err != nil {
		return ctx, nil, err
	}
	return context.WithValue(ctx, held(abs), l), l, nil
}

// Data waits for the lock of a data file. It makes the file if it is missing and never deletes it.
// Programs must hold this lock for a short time only.
func Data(path string) (*Lock, error) {
	return open(path, os.O_CREATE|os.O_RDWR, func(f *flock.Flock) (bool, error) { return true, f.Lock() })
}

// TryData takes the lock of a data file that exists. It does not wait; its errors are those of
// [Try].
func TryData(path string) (*Lock, error) { return open(path, os.O_RDWR, (*flock.Flock).TryLock) }

// Close releases the lock.
func (l *Lock) Close() error {
	if l == nil || l.flock == nil {
		return nil
	}
	if l.own {
		os.Remove(l.flock.Path()) // one that stays does no harm
	}
	return l.flock.Close()
}

func open(path string, flags int, take func(*flock.Flock) (bool, error)) (*Lock, error) {
	f := flock.New(path, flock.SetFlag(flags|NoFollow), flock.SetPermissions(0o644))
	taken, err := take(f)
	switch {
	case err == nil && taken:
		return &Lock{flock: f}, nil
	case err == nil:
		return nil, &HeldError{Path: path, By: holderOf(path)}
	case errors.Is(err, syscall.ELOOP):
		return nil, fmt.Errorf("lock %s: it is a link, and what it leads to is not written: delete the link", path)
	case hasNone(err):
		return nil, fmt.Errorf("lock %s: %w (%w)", path, ErrNoLocks, err)
	}
	return nil, fmt.Errorf("lock %s: %w", path, err)
}

// hasNone reports whether err comes from a file system that has no locks.
func hasNone(err error) bool {
	for _, e := range []error{syscall.ENOLCK, syscall.ENOTSUP, syscall.EOPNOTSUPP, syscall.ENOSYS, syscall.EINVAL} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// isNamed reports whether the open file is still the one at path.
func (l *Lock) isNamed(path string) bool {
	held, err := l.flock.Stat()
	if err != nil {
		return false
	}
	named, err := os.Lstat(path)
	return err == nil && os.SameFile(held, named)
}

func wait(ctx context.Context, p progress.Func, try func() (*Lock, error)) (*Lock, error) {
	for tries := 0; ; tries++ {
		l, err := try()
		var taken *HeldError
		if !errors.As(err, &taken) {
			return l, err
		}
		if tries > 0 { // a lock is held a moment before its file says by whom
			stage := fmt.Sprintf("waiting for %s to end its work on %s", taken.By, text.Name(filepath.Dir(taken.Path)))
			p.Report(stage, 0, 0)
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(pause):
		}
	}
}
