package asset

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"imagelab/lib/internal/atomicfile"
	"imagelab/lib/progress"
)

// Digest is the sha256, in hex, over a line "relative/path sha256(file)\n" for every file of the
// named folders of root, sorted by path. Names that begin with a dot are left out. It also returns
// the number of files. Links and other things that are not plain files are errors.
func Digest(ctx context.Context, root string, folders []string) (digest string, files int, err error) {
	paths, err := listFolders(root, folders)
	if err != nil {
		return "", 0, err
	}
	h := sha256.New()
	for _, rel := range paths {
		if err := ctx.Err(); err != nil {
			return "", 0, err
		}
		sum, err := fileSHA256(filepath.Join(root, rel))
		if err != nil {
			return "", 0, err
		}
		fmt.Fprintf(h, "%s %s\n", filepath.ToSlash(rel), sum)
	}
	return hex.EncodeToString(h.Sum(nil)), len(paths), nil
}

// listFolders returns the sorted relative paths of the plain files in folders of root.
func listFolders(root string, folders []string) ([]string, error) {
	var paths []string
	for _, folder := range folders {
		err := filepath.WalkDir(filepath.Join(root, folder), func(path string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case strings.HasPrefix(d.Name(), ".") && d.IsDir():
				return filepath.SkipDir
			case d.IsDir() || strings.HasPrefix(d.Name(), "."):
				return nil
			case !d.Type().IsRegular():
				return fmt.Errorf("%s is not a plain file", path)
			}
			rel, err := filepath.Rel(root, path)
			paths = append(paths, rel)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	slices.SortFunc(paths, func(a, b string) int {
		return strings.Compare(filepath.ToSlash(a), filepath.ToSlash(b))
	})
	return paths, nil
}

// wants reports whether a path with forward slashes, relative to Member, is in a folder that is
// kept.
func (r Ref) wants(rel string) bool {
	top, rest, ok := strings.Cut(rel, "/")
	return ok && rest != "" && (slices.Contains(r.Folders, top) || slices.Contains(r.Optional, top))
}

// verifyFolders compares the content digest of an unpacked or copied data set with the pin.
func (r Ref) verifyFolders(ctx context.Context, data string) error {
	got, files, err := Digest(ctx, data, r.Folders)
	if err != nil {
		return err
	}
	if got != r.SHA256 {
		return fmt.Errorf("wrong content: %s hold %d files with content digest %s", strings.Join(r.Folders, " and "),
			files, got)
	}
	return nil
}

// copyFolders copies a data set that is at hand and checks the copy. Copies, not links: what a
// person later does to their folder must not reach the cache.
func (r Ref) copyFolders(ctx context.Context, from, data string, p progress.Func) error {
	folders := slices.Clone(r.Folders)
	for _, folder := range r.Optional {
		if _, err := os.Stat(filepath.Join(from, folder)); err == nil {
			folders = append(folders, folder)
		}
	}
	paths, err := listFolders(from, folders)
	if err != nil {
		return fmt.Errorf("%w; the folder must hold %s", err, strings.Join(r.Folders, " and "))
	}
	for i, rel := range paths {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := atomicfile.Copy(filepath.Join(from, rel), filepath.Join(data, rel)); err != nil {
			return err
		}
		p.Report("copying "+r.Name+", files", int64(i+1), int64(len(paths)))
	}
	return r.verifyFolders(ctx, data)
}
