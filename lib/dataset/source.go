package dataset

import (
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

	"imagelab/lib/internal/labelcsv"
	"imagelab/lib/internal/layout"
	"imagelab/lib/photo"
	"imagelab/lib/text"
)

// entry is a photo to be read, before anything is known of its content.
type entry struct{ path, class, split, group string }

// listing is what a source holds. files = len(entries) + len(rejected) + what was left out.
type listing struct {
	root, from string // the folder that paths are relative to, and what was asked for
	kind       string
	base       string // the folder below root from which on names matter
	plainCSV   bool   // a CSV whose columns are called path and label
	label      labelcsv.Label
	entries    []entry
	rejected   []Rejected
	left       []LeftOut
	notes      []string
	aside      []string // files that are no photos, but may say something about them
}

func (l *listing) reject(path, format string, args ...any) {
	l.rejected = append(l.rejected, Rejected{path, fmt.Sprintf(format, args...)})
}

func (l *listing) note(format string, args ...any) {
	l.notes = append(l.notes, fmt.Sprintf(format, args...))
}

// leave counts a file that is left out.
func (l *listing) leave(path, reason string) {
	i := slices.IndexFunc(l.left, func(o LeftOut) bool { return o.Reason == reason })
	if i < 0 {
		i = len(l.left)
		l.left = append(l.left, LeftOut{Reason: reason, Example: strings.ToValidUTF8(path, "\ufffd")})
	}
	l.left[i].Files++
}

const leftNote = "left out "

// noteLeft says what was left out, and why, in place of what it said before.
func (l *listing) noteLeft() {
	l.notes = slices.DeleteFunc(l.notes, func(note string) bool { return strings.HasPrefix(note, leftNote) })
	for _, o := range l.left {
		l.note(leftNote+"%s: %s, for example %q", text.Count(o.Files, "file"), o.Reason, o.Example)
	}
}

// resolved is src as an absolute path without links.
func resolved(src string) (string, error) {
	abs, err := withoutLinks(src)
	if err != nil {
		return "", fmt.Errorf("dataset: photos %s: %w; name a folder of photos, or a CSV file", src, photo.Reason(err))
	}
	return abs, nil
}

func withoutLinks(path string) (string, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	return filepath.EvalSymlinks(abs)
}

// list finds the photos of src: a CSV file, a folder with a labels.csv, or a folder of photos.
func list(ctx context.Context, src string, o Reading) (*listing, error) {
	abs, err := resolved(src)
	if err != nil {
		return nil, err
	}
	info, err := os.Stat(abs)
	if err != nil {
		return nil, fmt.Errorf("dataset: photos: %w", err)
	}
	var l *listing
	switch {
	case info.IsDir():
		l, err = listDir(ctx, abs, o)
	case csvExt[ext(abs)]:
		l, err = listCSV(ctx, abs, o)
	case sheetExt[ext(abs)]:
		err = fmt.Errorf("dataset: %s is a spreadsheet, which is not read: save its table as CSV", src)
	default:
		err = fmt.Errorf("dataset: %s is neither a folder of photos nor a CSV file of path,label[,group]", src)
	}
	if err != nil {
		return nil, err
	}
	l.from = abs
	return l, nil
}

// listDir lists a folder by its labels.csv, by its class folders, or, where there are none, by the
// CSV file that names its photos.
func listDir(ctx context.Context, root string, o Reading) (*listing, error) {
	if o.List != "" {
		return listFolder(ctx, root, o)
	}
	labels, why := filepath.Join(root, "labels.csv"), ""
	var named *listing
	if _, err := os.Stat(labels); err == nil && o.ClassDepth == 0 {
		named, err = listCSV(ctx, labels, o)
		switch {
		case err == nil && named.plainCSV && len(named.entries) > 0:
			return named, named.leaveOthers(ctx, o)
		case errors.Is(err, labelcsv.ErrHeader):
			named, why = nil, strings.TrimPrefix(err.Error(), "dataset: ")
		case err != nil:
			return nil, err
		}
	}
	l, err := listFolder(ctx, root, o)
	if err != nil {
		return nil, err
	}
	if named != nil {
		n := len(named.entries)
		most := 2*n > max(len(l.entries), n+len(named.rejected))
		if n > 0 && (most || l.kind == SourceUnlabeled) {
			return named, nil
		}
		why = fmt.Sprintf("of %s, it names %d", text.Count(len(l.entries), "photo"), n)
	}
	if why != "" {
		l.note("labels.csv was not used: %s", why)
	}
	if len(l.entries) == 0 || o.ClassDepth > 0 {
		return l, nil
	}
	if l.kind == SourceUnlabeled || l.oneClass() {
		c, err := l.csvBeside(ctx, o)
		if c == l {
			l.readAside()
		}
		return c, err
	}
	l.readAside()
	return l, l.noteContrary(ctx, o)
}

// leaveOthers counts the photos in folders of which labels.csv lists none, and says where the
// labels are from in folders that could be classes too.
func (l *listing) leaveOthers(ctx context.Context, o Reading) error {
	all, err := listFolder(ctx, l.root, o)
	if err != nil {
		return ctx.Err() // nothing can be told of folders that cannot be read
	}
	dirs := map[string]bool{}
	for _, e := range l.entries {
		dirs[path.Dir(e.path)] = true
	}
	for _, e := range all.entries {
		if !dirs[path.Dir(e.path)] { // of the others, leaveUnlisted has told
			l.leave(e.path, unlisted)
		}
	}
	l.noteLeft()
	if all.kind != SourceUnlabeled {
		l.note("labels are read from labels.csv, not from the folders")
	}
	return nil
}

// oneClass reports whether the folders tell nothing apart.
func (l *listing) oneClass() bool {
	return !slices.ContainsFunc(l.entries, func(e entry) bool { return e.class != l.entries[0].class })
}

// checkName refuses what JSON could not hold: a path that comes back changed would name another
// file.
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

// insideRoot follows all links of rel and refuses what lies outside of root or is no file. root has
// no links in it.
func insideRoot(root, rel string) error {
	real, err := filepath.EvalSymlinks(filepath.Join(root, filepath.FromSlash(rel)))
	if errors.Is(err, fs.ErrNotExist) {
		return errors.New("no such file (or a link to nowhere)")
	}
	if err != nil {
		return photo.Reason(err)
	}
	to, err := filepath.Rel(root, real)
	if err != nil || !filepath.IsLocal(to) {
		return errors.New("is a link that leads out of the photo folder: copy the photo into the folder")
	}
	info, err := os.Stat(real)
	if err != nil {
		return photo.Reason(err)
	}
	if info.IsDir() && filepath.ToSlash(to) == path.Clean(rel) {
		return errors.New("is a folder: name its photos")
	}
	if info.IsDir() {
		return errors.New("is a link to a folder, which is not followed: copy the folder")
	}
	return nil
}

// SplitOf returns the side a folder's name stands for: [Train], [Val] or [Test] for names such as
// "train", "Training", "test_set" or "dev". It is empty for any other name.
func SplitOf(folder string) string { return layout.Side(folder) }
