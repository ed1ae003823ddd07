package asset

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"imagelab/lib/progress"
	"imagelab/lib/text"
)

// Holding is a part of the cache that can be removed on its own.
type Holding struct {
	Name  string `json:"name"` // of a download with its version, such as solar-1.0.0, or of a folder, such as jupyter
	Path  string `json:"path"`
	Bytes int64  `json:"bytes"` // of all files
}

// Holdings lists what the cache holds: each download, and the folders of other parts of imagelab.
// A cache that is not there holds nothing.
func Holdings() ([]Holding, error) {
	cache, err := CacheDir()
	if err != nil {
		return nil, err
	}
	var all []Holding
	for _, dir := range []string{filepath.Join(cache, "assets"), cache} {
		entries, err := os.ReadDir(dir)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("asset: %w", err)
		}
		for _, e := range entries {
			if path := filepath.Join(dir, e.Name()); e.IsDir() && path != filepath.Join(cache, "assets") {
				all = append(all, Holding{e.Name(), path, Size(path)})
			}
		}
	}
	return all, nil
}

// Remove deletes parts of the cache by name, or all of them if no name is given, and returns what
// it deleted. Whatever is needed again is fetched again. It waits for downloads that are under way.
func Remove(ctx context.Context, names []string, p progress.Func) ([]Holding, error) {
	all, err := Holdings()
	if err != nil || len(all) == 0 {
		return nil, err
	}
	var known []string
	for _, h := range all {
		known = append(known, h.Name)
	}
	for _, name := range names {
		if !slices.Contains(known, name) {
			return nil, fmt.Errorf("asset: the cache holds no %s%s", text.Name(name), text.DidYouMean(name, known))
		}
	}
	cache, err := CacheDir()
	if err != nil {
		return nil, err
	}
	unlock, err := Lock(ctx, cache, p)
	if err != nil {
		return nil, err
	}
	defer unlock()
	var gone []Holding
	for _, h := range all {
		if len(names) > 0 && !slices.Contains(names, h.Name) {
			continue
		}
		if err := removeAll(h.Path); err != nil {
			return gone, fmt.Errorf("asset: remove %s: %w", h.Name, err)
		}
		gone = append(gone, h)
	}
	return gone, nil
}

// removeAll also removes folders that may not be written, as Go makes them for modules.
func removeAll(dir string) error {
	_ = filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err == nil && e.IsDir() {
			_ = os.Chmod(path, 0o755) // what fails here fails again below
		}
		return nil
	})
	return os.RemoveAll(dir)
}
