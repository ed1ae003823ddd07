package lab

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"imagelab/lib/asset"
	"imagelab/lib/dataset"
	"imagelab/lib/dedup"
	"imagelab/lib/dedup/detail"
	"imagelab/lib/engine"
	"imagelab/lib/grouping"
	"imagelab/lib/split"
)

// Photos makes a data set of photos that can be trained on: it reads and checks the photos, marks
// copies, and deals them to training, validation and test. Each is done once, below Dir/data: a
// later call opens what is there, and reads photos that came since. photos is a folder with a
// folder per class, or a CSV file, as [dataset.Ingest] takes them; or the name of a data set of the
// catalogue; or the folder of a data set that was made before, which is opened as it is. The photos
// themselves are only read.
//
// Where a photo, a copy of it or a group stands on two sides, the set is returned together with a
// [split.LeakError].
func (l *Lab) Photos(ctx context.Context, photos string) (*dataset.Set, error) {
	if IsSet(photos) {
		s, err := dataset.LoadQuiet(ctx, photos, l.Progress)
		if err != nil {
			return nil, err
		}
		return l.gated(ctx, s)
	}
	photos, name, err := l.source(ctx, photos)
	if err != nil {
		return nil, err
	}
	return l.PhotosIn(ctx, photos, filepath.Join(l.Dir, "data", name), split.Default())
}

// PhotosIn is [Lab.Photos] with a data set in the folder dir that is split by o. A set that is
// split already keeps its split, and one to which photos were added is deduplicated and split by
// the options that it was before.
func (l *Lab) PhotosIn(ctx context.Context, photos, dir string, o split.Options) (*dataset.Set, error) {
	if err := CheckFolder(dir, SetFolder, photos); err != nil {
		return nil, err
	}
	s, err := l.prepared(ctx, photos, dir, o)
	if err != nil {
		return nil, err
	}
	return l.gated(ctx, s)
}

// source is where the photos are, after a data set of the catalogue was fetched, and the name for
// the set.
func (l *Lab) source(ctx context.Context, photos string) (path, name string, err error) {
	info, err := os.Stat(photos)
	if ref, unknown := asset.Dataset(photos); errors.Is(err, fs.ErrNotExist) && unknown == nil {
		path, err = asset.Fetch(ctx, ref.Name, l.Progress)
		return path, ref.Name, err
	}
	if err != nil {
		return "", "", fmt.Errorf("lab: %w; name a folder of photos, or a CSV file", err)
	}
	if path, err = filepath.Abs(photos); err != nil {
		return "", "", err
	}
	if name = filepath.Base(path); !info.IsDir() {
		name = filepath.Base(filepath.Dir(path))
	}
	return photos, name, nil
}

// prepared does what is missing of ingest, dedup and split.
func (l *Lab) prepared(ctx context.Context, photos, dir string, o split.Options) (*dataset.Set, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("lab: %w; choose a folder that can be written", err)
	}
	ctx, release, err := dataset.Hold(ctx, dir, l.Progress)
	if err != nil {
		return nil, err
	}
	defer release()
	s, err := dataset.Load(dir)
	if err == nil {
		if err := s.MadeOf(photos); err != nil {
			return nil, &FolderError{fmt.Errorf("lab: %w", err)}
		}
		if s.Current(ctx, photos) && dedup.Seen(s) && !dedup.Refuted(s) && isSplit(s) {
			return s, nil
		}
	}
	if s, err = dataset.Ingest(ctx, photos, dir, dataset.DefaultIngest(), l.Progress); err != nil {
		return nil, err
	}
	if err := l.asDecided(ctx, s, o); err != nil {
		return nil, err
	}
	l.sayAll(s.Notes)
	return s, nil
}

// asDecided runs dedup and split as the set was deduplicated and split before: photos may have
// come since. Where it was not, by the default and by o.
func (l *Lab) asDecided(ctx context.Context, s *dataset.Set, o split.Options) error {
	copies, ok, err := dedup.Kept(s.Dir)
	if err != nil {
		return err
	}
	if !ok {
		copies = dedup.Default()
	}
	if _, err := l.Dedup(ctx, s, copies); err != nil {
		return err
	}
	rules, ok, err := split.Kept(s.Dir)
	if err != nil {
		return err
	}
	if ok {
		o = rules
	}
	if err := l.GroupAgain(ctx, s, o.GroupRule); err != nil {
		return err
	}
	_, err = split.Run(s, o)
	return err
}

// GroupAgain is [grouping.Again], and opens the engine only for rules that need one. Without a rule
// it does nothing.
func (l *Lab) GroupAgain(ctx context.Context, s *dataset.Set, rule string) error {
	again := func(e *engine.Engine) (struct{}, error) {
		return struct{}{}, grouping.Again(ctx, e, s, rule, grouping.Default(), l.Progress)
	}
	known, err := split.GroupsKnown(s)
	switch {
	case rule == "" || known || err != nil:
	case rule == grouping.Bursts:
		_, err = again(nil)
	default:
		_, err = Compute(ctx, l, again)
	}
	return err
}

// Dedup marks the copies in s, as [dedup.RunWith] does, and opens the engine only for tiers that
// need one.
func (l *Lab) Dedup(ctx context.Context, s *dataset.Set, o dedup.Options) (dedup.Result, error) {
	if !o.Has(dedup.TierEmbedding) {
		return dedup.RunWith(ctx, s, o, nil, l.Progress)
	}
	return Compute(ctx, l, func(e *engine.Engine) (dedup.Result, error) {
		return dedup.RunWith(ctx, s, o, detail.Finder(e, s, detail.Default(), l.Progress), l.Progress)
	})
}

// gated is the set, with an error where it is split in a way that results on it would be too good.
func (l *Lab) gated(ctx context.Context, s *dataset.Set) (*dataset.Set, error) {
	if !isSplit(s) {
		return s, nil // training says that it has no sides
	}
	if err := dataset.TakeHashes(ctx, s, l.Progress); err != nil {
		return nil, err
	}
	return s, split.Gate(s)
}

func isSplit(s *dataset.Set) bool {
	for _, im := range s.Kept() {
		if im.Split == "" {
			return false
		}
	}
	return len(s.Images) > 0
}
