package dataset

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"imagelab/lib/internal/filelock"
	"imagelab/lib/progress"
	"imagelab/lib/text"
)

// Hold keeps other programs from writing to the dataset folder dir until release is called. Call it
// before you load a set that you will change, and release it after saving. It waits for a program
// that is writing there, and reports to p which one. Pass the returned context on: functions such
// as [Ingest] then know that the folder is held. The folder must exist.
func Hold(ctx context.Context, dir string, p progress.Func) (held context.Context, release func(), err error) {
	held, l, err := filelock.Hold(ctx, filepath.Join(dir, filelock.Name), p)
	if err != nil {
		return ctx, nil, explainLock(err)
	}
	return held, func() { l.Close() }, nil
}

// LoadHeld calls [Hold] and then [Load], for a set that will be changed.
func LoadHeld(ctx context.Context, dir string, p progress.Func) (held context.Context, s *Set, release func(),
	err error) {
	if _, err := readHeader(dir); err != nil { // nothing is written where there is no set
		if _, err = Load(dir); err != nil { // which says it better
			return ctx, nil, nil, err
		}
	}
	held, release, err = Hold(ctx, dir, p)
	if err != nil {
		return ctx, nil, nil, err
	}
	if s, err = Load(dir); err != nil {
		release()
		return ctx, nil, nil, err
	}
	return held, s, release, nil
}

// LoadQuiet is [Load] for a set that is only read. If another program is writing to the set, it
// waits until that is done, and reports the wait to p.
func LoadQuiet(ctx context.Context, dir string, p progress.Func) (*Set, error) {
	s, err := loadShared(ctx, dir, p)
	if err != nil && ctx.Err() == nil {
		return loadShared(ctx, dir, p) // where nobody wrote at first, one may have begun and ended meanwhile
	}
	return s, err
}

func loadShared(ctx context.Context, dir string, p progress.Func) (*Set, error) {
	l, err := filelock.Share(ctx, filepath.Join(dir, filelock.Name), p)
	if err != nil {
		return nil, explainLock(err)
	}
	defer l.Close()
	return Load(dir)
}

func explainLock(err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, filelock.ErrNoLocks) {
		return fmt.Errorf("dataset: %w", err)
	}
	return fmt.Errorf("dataset: %w; make the data set's folder writable", err)
}

// checkUnchanged returns an error if another program has saved the set since s was loaded: writing
// would lose its changes.
func (s *Set) checkUnchanged() error {
	if s.manifest == "" {
		return nil
	}
	f, err := os.Open(filepath.Join(s.Dir, manifestFile))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("dataset: %w", err)
	}
	defer f.Close()
	now := sha256.New()
	if _, err := io.Copy(now, f); err != nil {
		return fmt.Errorf("dataset: %w", err)
	}
	if string(now.Sum(nil)) != s.manifest {
		return fmt.Errorf("dataset: another program changed the data set %s since it was read, and nothing of that is "+
			"written over: run the same command again", text.Name(s.Dir))
	}
	return nil
}
