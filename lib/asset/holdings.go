package asset

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"imagelab/lib/progress"
	"imagelab/lib/text"
)

// Folders that parts of imagelab make in the cache. A new one needs a line in [parts], or
// [Holdings] does not know it.
const (
	AutotuneDir = "autotune" // XLA's choices for a GPU
	JupyterDir  = "jupyter"  // JupyterLab and the Go kernel
	ProgramsDir = "programs" // what XLA compiled
	VenvsDir    = "peer"     // Python environments that only tests need
	assetsDir   = "assets"   // downloads
	partialDir  = "partial"  // downloads that were stopped
	tempDir     = "tmp"      // downloads on their way
)

// part is a folder of the cache. A person may have named a folder of their own as the cache, where
// such a folder can be theirs: only files and folders with the names that imagelab gives are ours.
type part struct {
	folder string
	own    func(path string) bool
}

var parts = []part{
	{AutotuneDir, named(strings.Repeat("[0-9a-f]", 16))},
	{JupyterDir, named("config-*", "kernel-*.py", "kernels-*", "lock", "python3*-*", "runtime", "tools-*", unfinished)},
	{partialDir, isPartial},
	{VenvsDir, named("lock", "*venv")},
	{ProgramsDir, named("*.program", unfinished)},
	{tempDir, named(tempPrefix + "*")},
}

// unfinished are files that killed processes left, see package atomicfile.
const unfinished = ".part-imagelab-*"

// named holds for paths whose last element matches one of the patterns of [filepath.Match].
func named(patterns ...string) func(path string) bool {
	return func(path string) bool {
		return slices.ContainsFunc(patterns, func(pattern string) bool {
			ok, err := filepath.Match(pattern, filepath.Base(path))
			return ok && err == nil
		})
	}
}

// isPartial holds for a download that was stopped: it has its tag beside it, or the name of a file
// of the catalogue.
func isPartial(path string) bool {
	path = strings.TrimSuffix(path, ".etag")
	name := filepath.Base(path)
	return exists(path+".etag") || slices.ContainsFunc(Catalogue(), func(r Ref) bool { return r.File == name })
}

// isAsset holds for the folder of a download, which has the marker.
func isAsset(path string) bool {
	info, err := os.Lstat(path)
	return err == nil && info.IsDir() && exists(filepath.Join(path, markerName))
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// Holding is a part of the cache that can be removed on its own.
type Holding struct {
	Name  string `json:"name"` // of a download with its version, such as solar-1.0.0, or of a folder, such as jupyter
	Path  string `json:"path"`
	Bytes int64  `json:"bytes"` // of all files of imagelab's there
}

// Holdings lists what the cache holds: each download, and the folders of other parts of imagelab.
// Files and folders that imagelab did not make are not listed, and not counted. A cache that is not
// there holds nothing.
func Holdings() ([]Holding, error) {
	cache, err := CacheDir()
	if err != nil {
		return nil, err
	}
	var all []Holding
	downloads, err := part{assetsDir, isAsset}.paths(cache)
	if err != nil {
		return nil, err
	}
	for _, path := range downloads {
		all = append(all, Holding{filepath.Base(path), path, Size(path)})
	}
	for _, p := range parts {
		paths, err := p.paths(cache)
		if err != nil {
			return nil, err
		}
		if len(paths) == 0 {
			continue
		}
		h := Holding{Name: p.folder, Path: filepath.Join(cache, p.folder)}
		for _, path := range paths {
			h.Bytes += Size(path)
		}
		all = append(all, h)
	}
	return all, nil
}

// paths lists what imagelab made in the folder.
func (p part) paths(cache string) ([]string, error) {
	dir := filepath.Join(cache, p.folder)
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, syscall.ENOTDIR) {
		return nil, fmt.Errorf("asset: %w", err)
	}
	var out []string
	for _, e := range entries {
		if path := filepath.Join(dir, e.Name()); p.own(path) {
			out = append(out, path)
		}
	}
	return out, nil
}

// Remove deletes parts of the cache by name, or all of them if no name is given, and returns what
// it deleted. What imagelab did not make stays. Whatever is needed again is fetched again. It waits
// for downloads that are under way. A name that [Holdings] does not list is an error, and then
// nothing is deleted.
func Remove(ctx context.Context, names []string, p progress.Func) ([]Holding, error) {
	all, err := Holdings()
	if err != nil {
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
	if len(all) == 0 {
		return nil, nil
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
		if err := h.remove(cache); err != nil {
			return gone, fmt.Errorf("asset: remove %s: %w", h.Name, err)
		}
		gone = append(gone, h)
	}
	return gone, nil
}

// remove deletes what imagelab made at the holding's path, and the folder if nothing else is there.
func (h Holding) remove(cache string) error {
	i := slices.IndexFunc(parts, func(p part) bool { return filepath.Join(cache, p.folder) == h.Path })
	if i < 0 {
		return removeDownload(cache, h.Path)
	}
	paths, err := parts[i].paths(cache)
	if err != nil {
		return err
	}
	for _, path := range paths {
		if err := removeAll(path); err != nil {
			return err
		}
	}
	if info, err := os.Lstat(h.Path); err == nil && info.IsDir() { // a link to another disk stays
		_ = os.Remove(h.Path) // fails where something else is inside, which is right
	}
	return nil
}

// removeDownload moves the folder away first: where this is stopped, half a download is never taken
// for the whole, and the next fetch removes the rest.
func removeDownload(cache, dir string) error {
	tmp, err := freshTemp(cache)
	if err != nil {
		return err
	}
	if err := os.Rename(dir, filepath.Join(tmp, "old")); err != nil { // a link led to another disk
		return errors.Join(removeAll(dir), os.Remove(tmp))
	}
	return removeAll(tmp)
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
