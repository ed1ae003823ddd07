package report

import (
	"cmp"
	"context"
	"html/template"

	"imagelab/lib/dataset"
	"imagelab/lib/progress"
)

// mostAlbum is the largest number of pictures in a page of an album.
const mostAlbum = 4000

// album is a [gallery] of photos that belong to findings, slices, groups or predictions: each is in
// the page once, however often it is seen, and opens large.
type album struct {
	gallery
	side   int // of the pictures, pixels, where there are too many for largeSide
	of     map[string]*shot
	images map[string]dataset.Image // by path
	set    *dataset.Set
	o      originals
}

// newAlbum is for the page at this path.
func newAlbum(page string, s *dataset.Set, side int) *album {
	a := &album{side: side, of: map[string]*shot{}, set: s, o: newOriginals(page, s.Root)}
	a.images = make(map[string]dataset.Image, len(s.Images))
	for _, im := range s.Images {
		a.images[im.Path] = im
	}
	return a
}

// photos are those of the set with these paths. back is the id of the place to go back to.
func (a *album) photos(back string, paths ...string) []*shot {
	var out []*shot
	for _, path := range paths {
		s := &shot{Name: path}
		if im, ok := a.images[path]; ok {
			s.Name, s.file, s.Link, s.Caption = im.Path, a.set.File(im), a.o.of(im.Path), label(im.Class)
		}
		out = append(out, a.take(back, s))
	}
	return out
}

// take adds a photo, or returns it as it was added before.
func (a *album) take(back string, s *shot) *shot {
	key := cmp.Or(s.file, s.Name)
	if known := a.of[key]; known != nil {
		return known
	}
	s.N, s.Back = len(a.Shots)+1, back
	s.Caption = cmp.Or(s.Caption, "Photo")
	a.of[key], a.Shots = s, append(a.Shots, s)
	return s
}

// make reads the photos. The first ones are large.
func (a *album) make(ctx context.Context, load int, p progress.Func) error {
	t := newThumbnails(photosOf(a.set, load), a.side, p)
	for _, s := range a.Shots {
		if s.file == "" || len(a.Shown) == mostAlbum {
			continue
		}
		s.side = largeSide
		if len(a.Shown) >= mostLarge {
			s.side = a.side
		}
		t.wantSide(s.file, s.side)
		a.Shown = append(a.Shown, s)
	}
	if err := t.make(ctx); err != nil {
		return err
	}
	a.addPictures(t)
	return nil
}

// frame is what every page with an album begins with.
type frame struct {
	Style         template.CSS
	Kind          pageKind // of pages that a person named a file for
	Title, Policy string
	Album         *album
}

func newFrame(title string, a *album) (frame, error) {
	css, err := style()
	return frame{Style: css, Title: title, Policy: policy(), Album: a}, err
}
