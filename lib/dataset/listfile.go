package dataset

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"imagelab/lib/photo"
	"imagelab/lib/text"
)

// listed visits the files that a list names, and the folders above them, in the order in which a
// walk would come to them. What a line says that is no file below the root is rejected.
func (w *walk) listed(ctx context.Context, file string) error {
	lines, err := readList(file)
	if err != nil {
		return err
	}
	var paths []string
	for _, line := range lines {
		if rel, ok := below(w.root, line); ok {
			paths = append(paths, rel)
		} else {
			w.l.reject(strings.ToValidUTF8(line, "\ufffd"), "is in the list, and lies outside of the photo folder")
		}
	}
	slices.SortFunc(paths, walkOrder)
	refused := map[string]bool{} // folders
	known := map[string]bool{".": true}
	for _, rel := range slices.Compact(paths) {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err := w.visitFolders(path.Dir(rel), known, refused); err != nil {
			return err
		}
		if err := w.visitListed(rel, refused); err != nil {
			return err
		}
	}
	return nil
}

// readList returns the lines of a list of photos that are not blank.
func readList(file string) ([]string, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, fmt.Errorf("list of photos: %w", err)
	}
	defer f.Close()
	var lines []string
	sc := bufio.NewScanner(f)
	sc.Buffer(nil, maxLine)
	for sc.Scan() {
		if line := strings.TrimPrefix(strings.TrimRight(sc.Text(), "\r"), "\ufeff"); strings.TrimSpace(line) != "" {
			lines = append(lines, line)
		}
	}
	if err := sc.Err(); err != nil {
		return nil, fmt.Errorf("list of photos %s: after line %d: %w", file, len(lines), err)
	}
	if len(lines) == 0 {
		return nil, fmt.Errorf("list of photos %s: it is empty: write a path in each line, relative to the photo "+
			"folder", file)
	}
	return lines, nil
}

// below is the path of a line relative to the root.
func below(root, line string) (string, bool) {
	name := filepath.FromSlash(line)
	if filepath.IsAbs(name) {
		rel, err := filepath.Rel(root, name)
		if err != nil {
			return "", false
		}
		name = rel
	}
	name = filepath.Clean(name)
	return filepath.ToSlash(name), filepath.IsLocal(name) && name != "."
}

// Relative is the path of a photo as in the manifest, of one that may be absolute or have dots in
// it; the path as it is where that is not below the root of the set.
func (s *Set) Relative(path string) string {
	if rel, ok := below(s.Root, path); ok {
		return rel
	}
	return path
}

// walkOrder compares paths as [filepath.WalkDir] orders them: name by name.
func walkOrder(a, b string) int {
	return cmp.Compare(strings.ReplaceAll(a, "/", "\x00"), strings.ReplaceAll(b, "/", "\x00"))
}

// visitFolders visits a folder and those above it, if they were not yet.
func (w *walk) visitFolders(dir string, known, refused map[string]bool) error {
	if known[dir] {
		return nil
	}
	known[dir] = true
	if err := w.visitFolders(path.Dir(dir), known, refused); err != nil {
		return err
	}
	full := filepath.Join(w.root, filepath.FromSlash(dir))
	info, err := os.Lstat(full)
	if refused[path.Dir(dir)] || err != nil || !info.IsDir() {
		refused[dir] = true // a link is not followed
		return nil
	}
	return w.visit(full, fs.FileInfoToDirEntry(info), nil)
}

func (w *walk) visitListed(rel string, refused map[string]bool) error {
	full, shown := filepath.Join(w.root, filepath.FromSlash(rel)), strings.ToValidUTF8(rel, "\ufffd")
	info, err := os.Lstat(full)
	switch {
	case err == nil && refused[path.Dir(rel)]:
		w.l.reject(shown, "lies below a link, which is not followed: copy the folder")
	case errors.Is(err, fs.ErrNotExist):
		w.l.reject(shown, "is in the list, but there is no such file")
	case err != nil:
		w.l.reject(shown, "cannot be read: %v", photo.Reason(err))
	case info.IsDir():
		w.l.reject(shown, "is in the list, and is a folder: name its photos")
	default:
		return w.visit(full, fs.FileInfoToDirEntry(info), nil)
	}
	return nil
}

// ReadList returns the lines of a list of photos, a path or sha256 in each; none for "".
func ReadList(file string) ([]string, error) {
	if file == "" {
		return nil, nil
	}
	lines, err := readList(file)
	if err != nil {
		return nil, fmt.Errorf("dataset: %w", err)
	}
	return lines, nil
}

// Listed returns those of images that lines name, by path, as in the manifest or absolute, or by
// sha256; all where there are no lines. A line that names no photo of s is an error.
func Listed(s *Set, images []Image, lines []string) ([]Image, error) {
	if len(lines) == 0 {
		return images, nil
	}
	named := map[string]bool{}
	for _, line := range lines {
		named[s.Relative(line)] = true
	}
	unknown := maps.Clone(named)
	for _, im := range s.Images {
		delete(unknown, im.Path)
		delete(unknown, im.SHA256)
	}
	if len(unknown) > 0 {
		return nil, fmt.Errorf("dataset: of %d lines of the list, %d name no photo of %s, for example %s: write the path of "+
			"a photo in each, as in %s, or its sha256", len(lines), len(unknown), text.Name(s.Name()),
			text.Name(slices.Min(slices.Collect(maps.Keys(unknown)))), manifestFile)
	}
	return slices.DeleteFunc(slices.Clone(images), func(im Image) bool {
		return !named[im.Path] && !named[im.SHA256]
	}), nil
}
