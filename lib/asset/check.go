package asset

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"imagelab/lib/progress"
)

// ErrNotCached says that an asset is not in the cache.
var ErrNotCached = errors.New("not in the cache")

// Check reads a cached asset whole and compares it with its pin: the hash of a file, the content of
// a data set's folders or the size of all its files. It returns [ErrNotCached], or what is wrong.
// It never downloads.
func Check(ctx context.Context, name string) error {
	ref, err := Lookup(name)
	if err != nil {
		return err
	}
	cache, err := CacheDir()
	if err != nil {
		return err
	}
	return ref.check(ctx, cache)
}

func (r Ref) check(ctx context.Context, cache string) error {
	path, _, ok := r.placedIn(cache)
	if !ok {
		return ErrNotCached
	}
	switch {
	case r.Layout == LayoutLinked:
		return checkLinks(r.home(cache))
	case r.Payload.SHA256 != "":
		sum, err := fileSHA256(path)
		if err != nil {
			return err
		}
		if !strings.HasPrefix(sum, r.Payload.SHA256) {
			return fmt.Errorf("%s is damaged: its sha256 is %s, not %s", filepath.Base(path), sum, r.Payload.SHA256)
		}
	case len(r.Folders) > 0:
		return r.verifyFolders(ctx, path)
	case r.Payload.Bytes > 0:
		if size := Size(path); size != r.Payload.Bytes {
			return fmt.Errorf("its files have %d bytes together, not %d: some are missing or were changed", size,
				r.Payload.Bytes)
		}
	}
	return ctx.Err()
}

// FetchChecked is like [Fetch], but reads a cached asset whole, see [Check], and downloads it again
// if it does not match its pin.
func FetchChecked(ctx context.Context, name string, p progress.Func) (string, error) {
	ref, err := Lookup(name)
	if err != nil {
		return "", err
	}
	cache, err := CacheDir()
	if err != nil {
		return "", err
	}
	if err := ref.check(ctx, cache); err != nil && !errors.Is(err, ErrNotCached) && ctx.Err() == nil {
		if err := os.Remove(filepath.Join(ref.home(cache), markerName)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", fmt.Errorf("asset: fetch %s anew: %w", name, err)
		}
	}
	return ref.fetch(ctx, cache, "", p)
}
