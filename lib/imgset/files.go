package imgset

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"imagelab/lib/internal/layout"
)

// Files lists the files below a folder that are named like photos, of formats that cannot be read too, in the order of
// their paths, each beginning with dir. Hidden files and folders, and
// what systems leave in folders, are passed over.
func Files(ctx context.Context, dir string) ([]string, error) {
	var files []string
	err := fs.WalkDir(os.DirFS(dir), ".", func(path string, d fs.DirEntry, err error) error {
		hidden := path != "." && layout.LeaveOut(d.Name(), d.IsDir()) != ""
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			return err
		case hidden && d.IsDir():
			return fs.SkipDir
		case !hidden && !d.IsDir() && NamedLikePhoto(path):
			files = append(files, filepath.Join(dir, filepath.FromSlash(path)))
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("imgset: look for photos in %s: %w", dir, err)
	}
	return files, nil
}

// NamedLikePhoto reports whether a file name ends like that of a photo, of formats that cannot be read too.
func NamedLikePhoto(name string) bool { return photoExt[ext(name)] || foreignExt[ext(name)] != "" }
