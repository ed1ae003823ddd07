package dataset

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"imagelab/lib/internal/layout"
	"imagelab/lib/photo"
)

// Files lists the files below a folder that are named like photos, of formats that cannot be read
// too, in the order of their paths, each beginning with dir. Hidden files and folders, and what
// systems leave in folders, are passed over.
func Files(ctx context.Context, dir string) ([]string, error) {
	var files []string
	err := fs.WalkDir(os.DirFS(dir), ".", func(file string, d fs.DirEntry, err error) error {
		hidden := file != "." && layout.LeaveOut(d.Name(), d.IsDir()) != ""
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			return err
		case hidden && d.IsDir():
			return fs.SkipDir
		case !hidden && !d.IsDir() && photo.NamedLikePhoto(file):
			files = append(files, filepath.Join(dir, filepath.FromSlash(file)))
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("dataset: look for photos in %s: %w", dir, err)
	}
	return files, nil
}

// ext returns the ending of a name in lower case, with its dot.
func ext(name string) string { return strings.ToLower(path.Ext(name)) }
