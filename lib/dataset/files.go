package dataset

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"imagelab/lib/internal/layout"
	"imagelab/lib/photo"
	"imagelab/lib/text"
)

// Found is a file, or a folder that cannot be read.
type Found struct {
	Path    string
	Problem string // why it cannot be read; empty for a file
}

// Files lists the photos below a folder in the order of their paths, each beginning with dir. A
// photo has the name of one, of formats that cannot be read too, or no ending and the content of
// one. Hidden files and folders, and what systems leave in folders, are passed over. A folder that
// cannot be read has its place in the list.
func Files(ctx context.Context, dir string) ([]Found, error) {
	w := walk{root: dir}
	found, err := search(ctx, dir, func(file string, d fs.DirEntry) bool {
		return !d.IsDir() && (photo.NamedLikePhoto(file) || endless(file) && d.Type().IsRegular() && w.startsLikePhoto(file))
	})
	if err != nil {
		return nil, fmt.Errorf("dataset: look for photos in %s: %w", text.Path(dir), err)
	}
	return found, nil
}

// Matching lists the files and folders that a pattern fits, in the order of their paths. * stands
// for a part of a name, ** for folders in folders, or none. Hidden files and folders, and what
// systems leave in folders, fit no * at their beginning. ** lists no file of a folder that fits
// itself.
func Matching(ctx context.Context, pattern string) ([]Found, error) {
	parts := strings.Split(filepath.ToSlash(pattern), "/")
	for _, part := range parts {
		if _, err := path.Match(part, ""); err != nil {
			return nil, fmt.Errorf("dataset: %s: %w", text.Path(pattern), err)
		}
	}
	deep := slices.Index(parts, "**")
	if deep < 0 {
		var found []Found
		for _, file := range glob(pattern) {
			found = append(found, Found{Path: file})
		}
		return found, nil
	}
	roots := []string{"."}
	if deep > 0 {
		roots = glob(filepath.FromSlash(cmp.Or(strings.Join(parts[:deep], "/"), "/")))
	}
	var found []Found
	for _, root := range roots {
		if info, err := os.Stat(root); err != nil || !info.IsDir() {
			continue
		}
		fitting, err := search(ctx, root, func(file string, _ fs.DirEntry) bool {
			return fits(parts[deep:], strings.Split(file, "/"))
		})
		if err != nil {
			return nil, fmt.Errorf("dataset: %s: %w", text.Path(pattern), err)
		}
		found = append(found, fitting...)
	}
	return found, nil
}

// glob is [filepath.Glob] without what people do not mean by a * at the beginning of a name.
func glob(pattern string) []string {
	files, _ := filepath.Glob(pattern) // its form was checked
	return slices.DeleteFunc(files, func(file string) bool {
		return strings.HasPrefix(filepath.Base(pattern), "*") && layout.LeaveOut(filepath.Base(file), false) != ""
	})
}

// fits reports whether a path fits a pattern, name by name.
func fits(pattern, names []string) bool {
	switch {
	case len(pattern) == 0 || len(names) == 0:
		return len(pattern) == len(names)
	case pattern[0] != "**":
		ok, err := path.Match(pattern[0], names[0])
		return err == nil && ok && fits(pattern[1:], names[1:])
	case len(pattern) == 1:
		return true
	}
	return fits(pattern[1:], names) || fits(pattern, names[1:])
}

// search lists what is wanted below a folder, and the folders that cannot be read or are links.
// What lies in a folder that is wanted is not looked at. Paths that want is asked for are relative
// to dir, with slashes.
func search(ctx context.Context, dir string, want func(file string, d fs.DirEntry) bool) ([]Found, error) {
	var found []Found
	err := fs.WalkDir(os.DirFS(dir), ".", func(file string, d fs.DirEntry, err error) error {
		full := filepath.Join(dir, filepath.FromSlash(file))
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil && file == ".":
			return err
		case err != nil:
			found = append(found, Found{full, fmt.Sprintf("the folder cannot be read: %v", photo.Reason(err))})
			return fs.SkipDir
		case file == ".":
		case layout.LeaveOut(d.Name(), d.IsDir()) != "" && d.IsDir():
			return fs.SkipDir
		case layout.LeaveOut(d.Name(), d.IsDir()) != "":
		case want(file, d):
			found = append(found, Found{Path: full})
			if d.IsDir() {
				return fs.SkipDir
			}
		case d.Type()&fs.ModeSymlink != 0 && linksToFolder(dir, file):
			found = append(found, Found{full, "is a link to a folder, which is not followed: name it too"})
		}
		return nil
	})
	return found, err
}

// endless reports whether a name has no ending, or one that a browser left behind that of a photo,
// so that the content says what the file is.
func endless(name string) bool { return ext(name) == "" || savedExt.MatchString(name) }

// ext returns the ending of a name in lower case, with its dot.
func ext(name string) string { return strings.ToLower(path.Ext(name)) }
