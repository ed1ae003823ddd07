package dataset

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"imagelab/lib/photo"
	"imagelab/lib/text"
)

// before are the images of the last ingest into the same folder, as long as its manifest is not
// replaced; none where there was no ingest, or its manifest cannot be read.
func (s *Set) before() []Image {
	f, err := os.Open(filepath.Join(s.Dir, manifestFile))
	if err != nil {
		return nil
	}
	defer f.Close()
	images, err := readManifest(f)
	if err != nil {
		return nil
	}
	return images
}

// MadeOf returns an error where the set was made of another CSV file for the same photos, which is
// still there. Of folders, [Ingest] finds out by what is in them.
func (s *Set) MadeOf(src string) error {
	now, err := resolved(src)
	if err != nil || now == s.From || filepath.Dir(now) != filepath.Dir(s.From) {
		return err
	}
	for _, file := range []string{now, s.From} {
		if info, err := os.Stat(file); err != nil || info.IsDir() {
			return nil
		}
	}
	return fmt.Errorf("dataset: %s was made of %s, and not of %s: choose another folder, or delete it",
		text.Path(s.Dir), text.Path(s.From), text.Path(now))
}

// Current reports whether src holds the photos that the set was made of, in the same classes,
// groups and sides, as far as their names tell, and none that could not be read then and can now.
func (s *Set) Current(ctx context.Context, src string) bool {
	h, err := readHeader(s.Dir)
	if err != nil {
		return false
	}
	reading, _ := Reading{}.asBefore(h, src)
	l, err := list(ctx, src, reading)
	rejected, damaged := s.Quarantine()
	if err != nil || damaged != nil || s.From != "" && l.from != s.From {
		return false
	}
	known, unread := map[string]Image{}, map[string]bool{}
	for _, im := range s.Images {
		known[im.Path] = im
	}
	for _, r := range rejected {
		unread[r.Path] = true
	}
	for _, e := range l.entries {
		im, there := known[e.path]
		switch {
		case !there && (!unread[e.path] || readable(filepath.Join(l.root, filepath.FromSlash(e.path)))):
			return false
		case there && (e.class != "" && im.GivenClass() != e.class || e.group != im.GroupColumn || e.split != im.GivenSplit):
			return false
		}
		delete(known, e.path)
	}
	return len(known) == 0
}

// readable reports whether the file at path is a photo.
func readable(path string) bool {
	data, err := photo.ReadFile(path)
	if err != nil {
		return false
	}
	e, err := photo.Open(data)
	if err != nil {
		return false
	}
	defer e.Close()
	_, _, err = e.Decode()
	return err == nil
}

// noteSince tells what became of the photos since the last ingest: which are new, gone, changed,
// moved, or in another class. A photo is known by its content; one whose content is nowhere any
// more has changed if a photo still bears its path, and is gone otherwise.
func (s *Set) noteSince(before []Image) {
	if len(before) == 0 {
		return
	}
	pairs, _ := pairUp(before, s.Images)
	known, paths := map[int]bool{}, map[string]bool{}
	var moved, relabelled, fresh, gone, changed []Image
	for i, j := range pairs {
		known[j] = true
		switch was, now := before[i], s.Images[j]; {
		case was.GivenClass() != now.GivenClass():
			relabelled = append(relabelled, was)
		case was.Path != now.Path:
			moved = append(moved, was)
		}
	}
	for j, im := range s.Images {
		if paths[im.Path] = true; !known[j] {
			fresh = append(fresh, im)
		}
	}
	for i, im := range before {
		_, there := pairs[i]
		switch {
		case there:
		case paths[im.Path]:
			changed = append(changed, im)
		default:
			gone = append(gone, im)
		}
	}
	var told []string
	for _, kind := range []struct {
		n    int
		of   []Image
		what string
	}{{len(fresh) - len(changed), nil, "new"}, {len(gone), gone, "gone"}, {len(changed), changed, "changed"},
		{len(moved), moved, "moved or renamed"}, {len(relabelled), relabelled, "in another class"}} {
		if kind.n > 0 {
			told = append(told, fmt.Sprintf("%d %s%s", kind.n, kind.what, bySide(kind.of)))
		}
	}
	if len(told) > 0 {
		s.Notes = append(s.Notes, fmt.Sprintf("since the last ingest, of %s: %s",
			text.Count(len(before), "photo"), strings.Join(told, ", ")))
	}
}
