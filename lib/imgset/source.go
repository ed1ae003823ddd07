package imgset

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"
)

// entry is a photo to be read, before anything is known of its content.
type entry struct{ path, class, split, group string }

// listing is what a source holds.
type listing struct {
	root, kind string
	entries    []entry
	rejected   []Rejected
	notes      []string
}

func (l *listing) reject(path, format string, args ...any) {
	l.rejected = append(l.rejected, Rejected{path, fmt.Sprintf(format, args...)})
}

func (l *listing) note(format string, args ...any) {
	l.notes = append(l.notes, fmt.Sprintf(format, args...))
}

// list finds the photos of src: a CSV file, a folder with a labels.csv, or a folder of photos.
func list(ctx context.Context, src string) (*listing, error) {
	abs, err := filepath.Abs(src)
	if err == nil {
		abs, err = filepath.EvalSymlinks(abs)
	}
	if err != nil {
		return nil, fmt.Errorf("imgset: photos %s: %w", src, unwrapPath(err))
	}
	info, err := os.Stat(abs)
	if err != nil {
		return nil, fmt.Errorf("imgset: photos: %w", err)
	}
	if !info.IsDir() {
		if ext(abs) != ".csv" {
			return nil, fmt.Errorf("imgset: %s is neither a folder of photos nor a CSV file of path,label[,group]", src)
		}
		return listCSV(ctx, abs)
	}
	csvPath := filepath.Join(abs, "labels.csv")
	if _, err := os.Stat(csvPath); err != nil {
		return listFolder(ctx, abs)
	}
	l, err := listCSV(ctx, csvPath)
	if !errors.Is(err, errHeader) {
		return l, err
	}
	l, err = listFolder(ctx, abs)
	if err == nil {
		l.note("labels.csv was not used: its first line is not path,label or path,label,group")
	}
	return l, err
}

// listFolder lists a folder per class, train/val/test folders, or a flat folder, in the order of the path bytes.
func listFolder(ctx context.Context, root string) (*listing, error) {
	l := &listing{root: root}
	w := walk{l: l, root: root, dirs: map[string]bool{}}
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return w.visit(p, d, err)
	})
	if err != nil {
		return nil, fmt.Errorf("imgset: look for photos in %s: %w", root, err)
	}
	if w.passed > 0 {
		l.note("%s passed over: hidden or no photos", count(w.passed, "file"))
	}
	l.kind = w.layout()
	for _, file := range w.files {
		l.place(file)
	}
	slices.SortFunc(l.entries, func(a, b entry) int { return cmp.Compare(a.path, b.path) })
	w.noteEmpty()
	return l, nil
}

// walk gathers the photo files and folders below a root; paths are relative, with slashes.
type walk struct {
	l      *listing
	root   string
	files  []string
	dirs   map[string]bool
	passed int
}

func (w *walk) visit(p string, d fs.DirEntry, err error) error {
	if p == w.root {
		return err
	}
	rel, relErr := filepath.Rel(w.root, p)
	if relErr != nil {
		return relErr
	}
	rel = filepath.ToSlash(rel)
	hidden := strings.HasPrefix(d.Name(), ".") || d.Name() == "__MACOSX"
	switch {
	case err != nil:
		w.l.reject(rel, "the folder cannot be read: %v", unwrapPath(err))
		return fs.SkipDir
	case d.IsDir() && hidden:
		return fs.SkipDir
	case d.IsDir():
		w.dirs[rel] = true
	case hidden:
		w.passed++
	default:
		w.file(rel, d.Type())
	}
	return nil
}

func (w *walk) file(rel string, mode fs.FileMode) {
	if reason := checkName(rel); reason != "" {
		w.l.reject(strings.ToValidUTF8(rel, "\ufffd"), "%s", reason)
		return
	}
	isLink := mode&fs.ModeSymlink != 0
	switch {
	case isLink && !photoExt[ext(rel)] && !linksToFolder(w.root, rel):
		w.passed++
	case isLink:
		if err := insideRoot(w.root, rel); err != nil {
			w.l.reject(rel, "%v", err)
			return
		}
		w.files = append(w.files, rel)
	case foreignExt[ext(rel)]:
		w.l.reject(rel, "%s photos cannot be read: convert it to JPEG", strings.ToUpper(ext(rel)[1:]))
	case !photoExt[ext(rel)]:
		w.passed++
	case !mode.IsRegular():
		w.l.reject(rel, "is not a regular file")
	default:
		w.files = append(w.files, rel)
	}
}

// checkName refuses what JSON could not hold: a path that comes back changed would name another file.
func checkName(rel string) string {
	if !utf8.ValidString(rel) {
		return "its name is not valid UTF-8: rename it"
	}
	return ""
}

func linksToFolder(root, rel string) bool {
	info, err := os.Stat(filepath.Join(root, filepath.FromSlash(rel)))
	return err == nil && info.IsDir()
}

// insideRoot follows all links of rel and refuses what lies outside of root or is no file. root has no links in it.
func insideRoot(root, rel string) error {
	real, err := filepath.EvalSymlinks(filepath.Join(root, filepath.FromSlash(rel)))
	if errors.Is(err, fs.ErrNotExist) {
		return errors.New("no such file (or a link to nowhere)")
	}
	if err != nil {
		return unwrapPath(err)
	}
	to, err := filepath.Rel(root, real)
	if err != nil || !filepath.IsLocal(to) {
		return errors.New("is a link that leads out of the photo folder: copy the photo into the folder")
	}
	info, err := os.Stat(real)
	if err != nil {
		return unwrapPath(err)
	}
	if info.IsDir() {
		return errors.New("is a link to a folder, which is not followed: copy the folder")
	}
	return nil
}

// SplitOf returns the side a folder's name stands for, in any case: train or training; val, valid or validation;
// test or testing. It is empty for any other name.
func SplitOf(folder string) string {
	switch strings.ToLower(folder) {
	case "train", "training":
		return Train
	case "val", "valid", "validation":
		return Val
	case "test", "testing":
		return Test
	}
	return ""
}

// layout decides how labels are told from folders. A single folder named like a side may be a class among others
// ("train" beside "bus"), so it takes either two sides, or nothing but sides with class folders inside.
func (w *walk) layout() string {
	sides, others, nested := map[string]bool{}, 0, false
	for dir := range w.dirs {
		top, _, deep := strings.Cut(dir, "/")
		side := SplitOf(top)
		nested = nested || deep && side != ""
		if side != "" {
			sides[side] = true
		} else if !deep {
			others++
		}
	}
	inFolder := slices.ContainsFunc(w.files, func(f string) bool { return strings.Contains(f, "/") })
	switch {
	case len(sides) >= 2 || len(sides) == 1 && others == 0 && nested:
		return SourceSplits
	case inFolder:
		return SourceClasses
	}
	return SourceUnlabeled
}

// place gives a file its class and side by the folders it lies in. Deeper folders belong to their class folder.
func (l *listing) place(file string) {
	parts := strings.Split(file, "/")
	e := entry{path: file}
	switch l.kind {
	case SourceSplits:
		e.split = SplitOf(parts[0])
		if e.split == "" || len(parts) < 2 {
			l.reject(file, "lies outside of the train, val and test folders")
			return
		}
		if len(parts) > 2 {
			e.class = parts[1]
		}
	case SourceClasses:
		if len(parts) < 2 {
			l.reject(file, "lies beside the class folders, so that its class is not known: move it into one")
			return
		}
		e.class = parts[0]
	}
	l.entries = append(l.entries, e)
}

// noteEmpty tells of class folders without a photo.
func (w *walk) noteEmpty() {
	depth := map[string]int{SourceClasses: 1, SourceSplits: 2}[w.l.kind]
	filled := map[string]bool{}
	for _, e := range w.l.entries {
		for dir := path.Dir(e.path); dir != "."; dir = path.Dir(dir) {
			filled[dir] = true
		}
	}
	var empty []string
	for dir := range w.dirs {
		if strings.Count(dir, "/")+1 == depth && !filled[dir] {
			empty = append(empty, dir)
		}
	}
	slices.Sort(empty)
	for _, dir := range empty {
		w.l.note("class folder %q holds no photos", dir)
	}
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
