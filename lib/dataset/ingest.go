package dataset

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"imagelab/lib/internal/atomicfile"
	"imagelab/lib/internal/filelock"
	"imagelab/lib/internal/seal"
	"imagelab/lib/part"
	"imagelab/lib/photo"
	"imagelab/lib/progress"
	"imagelab/lib/text"
)

// IngestOptions are the options of [Ingest].
type IngestOptions struct {
	// a photo with more is read from a downsized copy with at most as many; 0: never; -1: as before,
	// or the default
	MaxPixels int `json:"max_pixels"`
	// of a set whose photos moved, those that are not at the new place may go
	AllowMissing bool `json:"allow_missing,omitempty"`
	Reading
}

// DefaultIngest downsizes photos over 4 megapixels: networks use fewer pixels, and large photos
// take most of the reading time.
func DefaultIngest() IngestOptions { return IngestOptions{MaxPixels: 4_000_000} }

// maxPixelsAsBefore is MaxPixels, of which nothing is open any more, and a note where it is not
// what people expect.
func (o IngestOptions) maxPixelsAsBefore(h header) (maxPixels int, note string) {
	usual := DefaultIngest().MaxPixels
	switch {
	case o.MaxPixels >= 0:
		return o.MaxPixels, ""
	case h.MaxPixels == nil || *h.MaxPixels < 0 || *h.MaxPixels == usual:
		return usual, ""
	}
	return *h.MaxPixels, fmt.Sprintf("large photos are downsized as before, with IngestOptions.MaxPixels %d (%d "+
		"is usual)", *h.MaxPixels, usual)
}

// Ingest reads the photos of src into the dataset folder dir and returns the set.
//
// src is a folder per class; the same inside train, val and test folders (kept as the split); a CSV
// file of path,label[,group], or a folder with such a labels.csv; or a flat folder without labels.
// Files that cannot be used are quarantined with a reason each. Originals are only read.
//
// It runs on all cores. When ctx ends it stops, and the next call continues where it was. It
// refuses a dir inside the photo folder, a dir that holds anything but a dataset made from the same
// photos, and a source without one readable photo.
//
// The photos may have moved: where dir holds a set of the same contents from another place, its
// split, groups and marks of copies are kept. That photos of the set are missing there is an error,
// unless o.AllowMissing is set.
//
// Where [IngestPart] has read photos for dir, Ingest puts the parts together, and reads only what
// they lack; it is an error if a part is missing.
//
// One program at a time writes to dir: Ingest waits for another one, see [Hold].
func Ingest(ctx context.Context, src, dir string, o IngestOptions, p progress.Func) (*Set, error) {
	before, _ := readHeader(dir) // what is wrong with it, checkTarget says
	s, l, err := o.plan(ctx, src, dir, before)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, writeError(dir, err)
	}
	ctx, release, err := Hold(ctx, dir, p)
	if err != nil {
		return nil, err
	}
	defer release()
	if now, _ := readHeader(dir); !reflect.DeepEqual(now, before) { // another program was here
		if s, l, err = o.plan(ctx, src, dir, now); err != nil {
			return nil, err
		}
	}
	parts, err := s.parts(l, o)
	if err != nil {
		return nil, err
	}
	return s.ingest(ctx, src, l, parts, o, p)
}

// plan lists the photos of src for a set in dir, of which h is the header, and writes nothing.
func (o IngestOptions) plan(ctx context.Context, src, dir string, h header) (*Set, *listing, error) {
	reading, told := o.asBefore(h, src)
	maxPixels, kept := o.maxPixelsAsBefore(h)
	l, err := list(ctx, src, reading)
	if err != nil {
		return nil, nil, err
	}
	if err := o.fits(l); err != nil {
		return nil, nil, err
	}
	for _, note := range []string{kept, told} {
		if note != "" {
			l.notes = append([]string{note}, l.notes...)
		}
	}
	s := &Set{Dir: dir, Root: l.root, From: l.from, Source: l.kind, reading: reading.kept(), maxPixels: &maxPixels}
	s.id = h.ID
	_, err = s.checkTarget()
	return s, l, err
}

// ingest reads the listed photos into s, but for those that parts know, and saves it.
func (s *Set) ingest(ctx context.Context, src string, l *listing, parts map[string]Image, o IngestOptions,
	p progress.Func) (*Set, error) {
	old, err := s.prepare()
	if err != nil {
		return nil, err
	}
	removeOthers(s.Dir)
	cache, err := openCache(filepath.Join(s.Dir, cacheFile))
	if err != nil {
		return nil, err
	}
	defer cache.close()
	results, err := readOthers(ctx, l, parts, reader{root: l.root, dir: s.Dir, maxPixels: *s.maxPixels, cache: cache}, p)
	if err != nil {
		return nil, fmt.Errorf("dataset: ingest: %w", err)
	}
	s.collect(l, results)
	before := s.before()
	s.takeOrigins(before)
	if old == nil {
		s.noteSince(before)
	}
	if len(s.Images) == 0 && old != nil {
		return nil, s.nothing(src)
	}
	if old != nil {
		if err := s.takeOver(old, o); err != nil {
			return nil, err
		}
	}
	if err := s.takeIngested(before); err != nil {
		return nil, err
	}
	if err := s.saveQuarantine(); err != nil {
		return nil, err
	}
	if len(s.Images) == 0 {
		return nil, s.nothing(src)
	}
	if err := s.Save(); err != nil {
		return nil, err
	}
	return s, s.partsOf("").Remove()
}

// Open returns the set at path, whatever it is: a dataset folder is loaded, any other source is
// read like [Ingest] does, but into memory only: nothing is written, nothing downsized.
func Open(ctx context.Context, path string, p progress.Func) (*Set, error) {
	if _, err := os.Stat(filepath.Join(path, setFile)); err == nil {
		return Load(path)
	}
	l, err := list(ctx, path, Reading{})
	if err != nil {
		return nil, err
	}
	results, err := readAll(ctx, l, reader{root: l.root}, p)
	if err != nil {
		return nil, fmt.Errorf("dataset: read %s: %w", path, err)
	}
	s := &Set{Root: l.root, From: l.from, Source: l.kind}
	s.collect(l, results)
	s.takeOrigins(nil)
	if len(s.Images) == 0 {
		return nil, s.nothing(path)
	}
	return s, nil
}

// nothing explains an empty set by its first rejected files.
func (s *Set) nothing(src string) error {
	if len(s.rejected) == 0 && s.Source == SourceCSV {
		return fmt.Errorf("dataset: %s lists no photos: there is no line below the names of its columns", src)
	}
	if len(s.rejected) == 0 {
		return fmt.Errorf("dataset: no photos found in %s: expected a folder per class with JPEG, PNG, GIF, WebP, "+
			"BMP or TIFF files", src)
	}
	var lines []string
	for _, r := range s.rejected[:min(3, len(s.rejected))] {
		lines = append(lines, fmt.Sprintf("%q %s", r.Path, r.Reason))
	}
	return fmt.Errorf("dataset: none of the %s in %s can be used, for example: %s",
		text.Count(len(s.rejected), "file"), src, strings.Join(lines, "; "))
}

// prepare accepts the dataset folder, and marks it as unfinished. If it holds a set whose photos
// were elsewhere, that set is returned, and stays as it is.
func (s *Set) prepare() (old *Set, err error) {
	if old, err = s.checkTarget(); old != nil || err != nil {
		return old, err
	}
	return nil, s.saveHeader(-1)
}

func (s *Set) checkTarget() (old *Set, err error) {
	target, err := realPath(s.Dir)
	if err != nil {
		return nil, fmt.Errorf("dataset: dataset folder: %w", err)
	}
	if rel, err := filepath.Rel(s.Root, target); err == nil && filepath.IsLocal(rel) {
		return nil, fmt.Errorf("dataset: the dataset folder %s lies inside the photo folder %s: choose another folder",
			s.Dir, s.Root)
	}
	files, err := os.ReadDir(target)
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(files) == 0 {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("dataset: %s cannot be a dataset folder (%w): choose another folder", s.Dir, photo.Reason(err))
	}
	h, err := readHeader(target)
	if errors.Is(err, seal.ErrDamaged) || errors.Is(err, fs.ErrNotExist) {
		if old, ours := s.salvage(files); ours {
			return old, nil
		}
	}
	if errors.Is(err, errForeign) || errors.Is(err, fs.ErrNotExist) {
		inParts := part.IsFolder(target)
		if slices.ContainsFunc(files, func(f fs.DirEntry) bool {
			return !isNothing(f.Name()) && !(inParts && (f.Name() == part.Folder || f.Name() == downsizedFolder))
		}) {
			return nil, fmt.Errorf("dataset: %s holds other files and is no dataset: choose a new or empty folder", s.Dir)
		}
		return nil, nil // killed while set.json was written
	}
	if err != nil {
		return nil, err
	}
	return s.earlier(h)
}

// isNothing reports whether a file says nothing about what its folder is.
func isNothing(name string) bool { return atomicfile.Unfinished(name) || name == filelock.Name }

// realPath resolves the links in the part of path that exists.
func realPath(path string) (string, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	real, err := filepath.EvalSymlinks(abs)
	if err == nil || !errors.Is(err, fs.ErrNotExist) || filepath.Dir(abs) == abs {
		return real, err
	}
	parent, err := realPath(filepath.Dir(abs))
	return filepath.Join(parent, filepath.Base(abs)), err
}

// collect puts the results into the set in the order of the listing.
func (s *Set) collect(l *listing, results []result) {
	s.Notes, s.LeftOut = append(s.Notes, l.notes...), l.left
	s.rejected = l.rejected
	readable, listed := map[string]bool{}, map[string]bool{}
	for i, r := range results {
		listed[l.entries[i].class] = true
		if r.reason != "" {
			s.rejected = append(s.rejected, Rejected{l.entries[i].path, r.reason})
			continue
		}
		readable[r.image.Class] = true
		s.Images = append(s.Images, r.image)
	}
	var lost []string
	for class := range listed {
		if !readable[class] {
			lost = append(lost, fmt.Sprintf("class %q has no readable photo", class))
		}
	}
	slices.Sort(lost)
	s.Notes = append(s.Notes, lost...)
	slices.SortStableFunc(s.rejected, func(a, b Rejected) int { return cmp.Compare(a.Path, b.Path) })
	s.Quarantined = len(s.rejected)
	s.setWindow()
}

func (s *Set) saveQuarantine() error {
	return WriteFile(filepath.Join(s.Dir, quarantineFile), func(w io.Writer) error { return writeLines(w, s.rejected) })
}
