package dataset

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"imagelab/lib/internal/atomicfile"
	"imagelab/lib/internal/seal"
)

// IsFolder reports whether dir holds a data set, whole, unfinished or damaged. Other programs have
// files named set.json and manifest.jsonl too: these make no data set.
func IsFolder(dir string) bool {
	_, err := readHeader(dir)
	switch {
	case err == nil:
		return true
	case !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, seal.ErrDamaged):
		return false
	}
	files, err := os.ReadDir(dir)
	return err == nil && (isManifest(filepath.Join(dir, manifestFile)) || isDamagedSet(files))
}

// isManifest reports whether the file at path is a manifest, or a damaged one: its first line is
// that of a photo, or is no JSON.
func isManifest(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, maxLine)
	lines.Scan()
	var first Image
	return json.Unmarshal(lines.Bytes(), &first) != nil || first.SHA256 != "" && first.Path != ""
}

// CacheFolder is the folder of a set with what was computed from its photos.
const CacheFolder = "cache"

// ClearCache removes what was computed from the photos of the set in dir, which the caller holds:
// see [Hold]. It returns how many bytes that was, and the names of the files in the cache folder
// that imagelab did not make, which stay.
func ClearCache(dir string) (removed int64, kept []string, err error) {
	cache := filepath.Join(dir, CacheFolder)
	info, err := os.Lstat(cache)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil, nil
	}
	if err == nil && !info.IsDir() {
		err = fmt.Errorf("%s is no folder, and is left alone", cache)
	}
	if err != nil {
		return 0, nil, fmt.Errorf("dataset: %w", err)
	}
	files, err := os.ReadDir(cache)
	if err != nil {
		return 0, nil, fmt.Errorf("dataset: %w", err)
	}
	for _, f := range files {
		info, err := f.Info()
		if err == nil && !(info.Mode().IsRegular() && isComputed(f.Name())) {
			kept = append(kept, f.Name())
			continue
		}
		if err == nil {
			err = os.Remove(filepath.Join(cache, f.Name()))
		}
		if err != nil {
			return removed, kept, fmt.Errorf("dataset: %w", err)
		}
		removed += info.Size()
	}
	if len(kept) == 0 {
		err = os.Remove(cache)
	}
	return removed, kept, err
}

// isComputed reports whether a file in the cache folder is imagelab's, by its name.
func isComputed(name string) bool {
	return atomicfile.Unfinished(name) || slices.Contains([]string{"agreements.json", "measures.json"}, name) ||
		slices.ContainsFunc([]string{"activations-", "embeddings-", "features-", "pixels-"}, func(kind string) bool {
			return strings.HasPrefix(name, kind)
		})
}
