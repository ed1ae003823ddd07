package report

import (
	"context"
	"encoding/base64"
	"html/template"
	"image"

	"imagelab/lib/dataset"
	"imagelab/lib/photo"
	"imagelab/lib/progress"
)

// Sides of thumbnails, pixels.
const (
	thumbnailSide = 132
	duplicateSide = 116
)

// thumbnails makes small versions of photos, as data URIs, on all cores.
type thumbnails struct {
	load     func(path string) (image.Image, error)
	side     int // largest side, pixels, where none was asked for
	sides    map[string]int
	progress progress.Func
	wanted   []string
	made     map[string]template.URL // by file; empty for a file that cannot be read
}

func newThumbnails(load func(string) (image.Image, error), side int, p progress.Func) *thumbnails {
	return &thumbnails{load: load, side: side, progress: p, sides: map[string]int{}, made: map[string]template.URL{}}
}

// photosOf reads photo files for thumbnails. A file of the set must have the content that the
// manifest says, so that a page never shows another photo than the one it is about.
func photosOf(s *dataset.Set, side int) func(path string) (image.Image, error) {
	images := map[string]dataset.Image{}
	for _, im := range s.Images {
		images[s.File(im)] = im
	}
	return func(path string) (image.Image, error) {
		if im, ok := images[path]; ok {
			img, _, err := s.DecodeScaled(im, side)
			return img, err
		}
		img, _, err := photo.DecodeScaled(path, side)
		return img, err
	}
}

// want requests the thumbnail of a file; an empty name requests nothing.
func (t *thumbnails) want(file string) { t.wantSide(file, t.side) }

// wantSide is want with a side. Of several the largest counts.
func (t *thumbnails) wantSide(file string, side int) {
	t.sides[file] = max(t.sides[file], side)
	if _, known := t.made[file]; file != "" && !known {
		t.made[file] = ""
		t.wanted = append(t.wanted, file)
	}
}

func (t *thumbnails) make(ctx context.Context) error {
	made := make([]template.URL, len(t.wanted))
	err := progress.Each(ctx, len(t.wanted), "making thumbnails", t.progress, func(i int) error {
		made[i] = t.one(t.wanted[i])
		return nil
	})
	for i, file := range t.wanted {
		t.made[file] = made[i]
	}
	return err
}

// one is the thumbnail as a data URI; empty if the file cannot be read or encoded.
func (t *thumbnails) one(file string) template.URL {
	img, err := t.load(file)
	if err != nil {
		return ""
	}
	return dataURI(img, t.sides[file])
}

// dataURI is an image with this side at most, pixels; empty if it cannot be encoded.
func dataURI(img image.Image, side int) template.URL {
	thumbnail, err := photo.Thumbnail(img, side)
	if err != nil {
		return ""
	}
	return template.URL("data:image/jpeg;base64," + base64.StdEncoding.EncodeToString(thumbnail))
}
