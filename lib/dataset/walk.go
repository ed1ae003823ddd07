package dataset

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"imagelab/lib/internal/layout"
	"imagelab/lib/photo"
)

// listFolder lists a folder per class, with folders of sides or without, or a flat folder, in the
// order of the path bytes.
func listFolder(ctx context.Context, root string, o Reading) (*listing, error) {
	w := walk{l: &listing{root: root}, root: root, ends: map[string]int{}}
	err := w.all(ctx, o.List)
	if err != nil {
		return nil, fmt.Errorf("dataset: look for photos in %s: %w", root, err)
	}
	w.pairs()
	w.otherFiles()
	lay := layout.Read(w.files, w.dirs, o.ClassDepth)
	w.l.kind, w.l.base = lay.Kind, lay.Base
	if lay.Kind == SourceUnlabeled && slices.ContainsFunc(slices.Collect(maps.Keys(w.ends)),
		func(e string) bool { return sheetExt[e] }) {
		w.l.note("spreadsheets are not read: for labels, save the table as CSV")
	}
	for i, p := range lay.Places {
		w.l.place(w.files[i], p)
	}
	slices.SortFunc(w.l.entries, func(a, b entry) int { return cmp.Compare(a.path, b.path) })
	w.l.notes = append(w.l.notes, lay.Notes...)
	w.l.noteLeft()
	return w.l, nil
}

// all visits what lies below the root, or what a list names.
func (w *walk) all(ctx context.Context, list string) error {
	if list != "" {
		return w.listed(ctx, list)
	}
	return filepath.WalkDir(w.root, func(p string, d fs.DirEntry, err error) error {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return w.visit(p, d, err)
	})
}

// place takes a photo into the listing, or says why not.
func (l *listing) place(file string, p layout.Place) {
	switch {
	case p.Left != "":
		l.leave(file, p.Left)
	case p.Stray:
		l.reject(file, "lies beside the class folders, so that its class is not known: move it into one")
	default:
		l.entries = append(l.entries, entry{path: file, class: p.Class, split: p.Side})
	}
}

// walk gathers the photo files and folders below a root; paths are relative, with slashes.
type walk struct {
	l           *listing
	root        string
	files, dirs []string
	foreign     []string       // photos that cannot be read here
	ends        map[string]int // files that are no photos, by their endings
	example     string         // one of these
	skip, why   string         // the folder that is left out now, with a slash at its end, and the reason
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
	skipped := w.skip != "" && strings.HasPrefix(rel, w.skip)
	reason := layout.LeaveOut(d.Name(), d.IsDir())
	switch {
	case err != nil:
		w.l.reject(strings.ToValidUTF8(rel, "\ufffd"), "the folder cannot be read: %v", photo.Reason(err))
		return fs.SkipDir
	case skipped && !d.IsDir():
		w.l.leave(rel, w.why)
	case skipped:
	case d.IsDir() && reason != "":
		w.skip, w.why = rel+"/", reason
	case d.IsDir() && checkName(rel) != "": // its files are refused one by one
	case d.IsDir():
		w.dirs = append(w.dirs, rel)
	case reason != "":
		w.l.leave(rel, reason)
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
	case isLink && !photo.HasReadableName(rel) && !linksToFolder(w.root, rel):
		w.other(rel)
	case isLink:
		if err := insideRoot(w.root, rel); err != nil {
			w.l.reject(rel, "%v", err)
			return
		}
		w.files = append(w.files, rel)
	case photo.HasForeignName(rel) && (!mode.IsRegular() || photo.ForeignReason(rel, w.start(rel)) != ""):
		w.foreign = append(w.foreign, rel)
	case photo.HasForeignName(rel):
		w.files = append(w.files, rel)
	case !photo.HasReadableName(rel) && (ext(rel) != "" && !savedExt.MatchString(rel) || !mode.IsRegular() ||
		!w.startsLikePhoto(rel)):
		w.other(rel)
	case !mode.IsRegular():
		w.l.reject(rel, "is not a regular file")
	default:
		w.files = append(w.files, rel)
	}
}

// savedExt are endings that a browser leaves: "1.jpg?w=300", "1.jpeg!d", "1.jpg_large".
var savedExt = regexp.MustCompile(`(?i)\.(jpe?g|png|gif|webp)[?!@:;_~&-][^/]*$`)

// startsLikePhoto looks into a file whose ending is none, which may be a photo all the same.
func (w *walk) startsLikePhoto(rel string) bool {
	_, err := photo.Sniff(w.start(rel))
	return err == nil
}

// start is the first bytes of a regular file; of one that cannot be read, none.
func (w *walk) start(rel string) []byte {
	f, err := os.Open(filepath.Join(w.root, filepath.FromSlash(rel)))
	if err != nil {
		return nil
	}
	defer f.Close()
	start := make([]byte, 512)
	n, _ := f.Read(start)
	return start[:n]
}

func (w *walk) other(rel string) {
	if w.example == "" {
		w.example = rel
	}
	w.ends[ext(rel)]++
	if asideExt[ext(rel)] {
		w.l.aside = append(w.l.aside, rel)
	}
}

const shownEnds = 6

// otherFiles leaves out what is no photo, in one line for all endings.
func (w *walk) otherFiles() {
	if len(w.ends) == 0 {
		return
	}
	ends := slices.SortedFunc(maps.Keys(w.ends), func(a, b string) int {
		return cmp.Or(cmp.Compare(w.ends[b], w.ends[a]), cmp.Compare(a, b))
	})
	var told []string
	n := 0
	for i, e := range ends {
		n += w.ends[e]
		switch {
		case i == shownEnds:
			told = append(told, "others")
		case i < shownEnds && e == "":
			told = append(told, fmt.Sprintf("without an ending %d", w.ends[e]))
		case i < shownEnds:
			told = append(told, fmt.Sprintf("%s %d", e, w.ends[e]))
		}
	}
	w.l.left = append(w.l.left, LeftOut{"no photos (" + strings.Join(told, ", ") + ")", n, w.example})
}

// pairs leaves out raw and HEIC files that lie beside a photo of the same name, as cameras and
// phones save them, and refuses the others: their owner believes that they are in the set.
func (w *walk) pairs() {
	stem := func(rel string) string { return strings.ToLower(strings.TrimSuffix(rel, filepath.Ext(rel))) }
	readable := map[string]bool{}
	for _, rel := range w.files {
		readable[stem(rel)] = true
	}
	var heif []string
	for _, rel := range w.foreign {
		if readable[stem(rel)] {
			w.l.leave(rel, "in a format that is not read, with a photo of the same name beside them")
			continue
		}
		start := w.start(rel)
		w.l.reject(rel, "%s", cmp.Or(photo.ForeignReason(rel, start), "is no regular file"))
		if photo.IsHEIF(start) {
			heif = append(heif, rel)
		}
	}
	w.l.noteHEIF(heif)
}
