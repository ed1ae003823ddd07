package sweep

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"imagelab/lib/internal/filelock"
	"imagelab/lib/runlog"
	"imagelab/lib/text"
)

// lock makes sure that no other process does fits of the shard: another one may have another part of the same number of
// parts only.
func (s Shard) lock(ctx context.Context, o Options) (*filelock.Lock, error) {
	door, err := filelock.Wait(ctx, filepath.Join(o.Dir, filelock.Name), o.Progress)
	if err != nil {
		return nil, fmt.Errorf("sweep: %w; choose a folder that can be written to", err)
	}
	defer door.Close()
	entries, err := os.ReadDir(o.Dir)
	if err != nil {
		return nil, fmt.Errorf("sweep: %w", err)
	}
	for _, e := range entries {
		if records, ok := runlog.Locks(e.Name()); ok && s.overlaps(records) {
			l, err := filelock.Try(filepath.Join(o.Dir, e.Name()))
			if err != nil {
				return nil, s.refused(o.Dir, err)
			}
			l.Close()
		}
	}
	l, err := filelock.Try(runlog.LockPath(filepath.Join(o.Dir, s.records())))
	if err != nil {
		return nil, s.refused(o.Dir, err)
	}
	return l, nil
}

// overlaps reports whether the shard that writes a file of records may do a fit of this one.
func (s Shard) overlaps(records string) bool {
	var other Shard
	_, err := fmt.Sscanf(records, "records-%dof%d.jsonl", &other.Index, &other.Count)
	return err != nil || s.Count <= 1 || other.Count != s.Count || other.Index == s.Index
}

func (s Shard) refused(dir string, err error) error {
	var held *filelock.HeldError
	if !errors.As(err, &held) {
		return fmt.Errorf("sweep: %w; choose a folder that can be written to", err)
	}
	part := "the sweep"
	if s.Count > 1 {
		part = "part " + s.String() + " of the sweep"
	}
	return fmt.Errorf("sweep: another process is doing fits of %s in %s: %s. Wait for it to end and run the same command "+
		"again, or share the work from the start with --shard, all of them with the same number of parts", part, text.Name(dir), held.By)
}
