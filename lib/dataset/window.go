package dataset

import (
	"fmt"
	"slices"

	"imagelab/lib/photo"
	"imagelab/lib/text"
)

// WindowOf returns the window of the photos with 16 bits among images; it is zero if there are
// none.
func WindowOf(images []Image) photo.Window {
	for _, im := range images {
		if im.Has(photo.FlagDeep) {
			return im.Window
		}
	}
	return photo.Window{}
}

// WithWindow returns the images, with window w for those with 16 bits. Use it for a model that was
// trained on other photos.
func WithWindow(images []Image, w photo.Window) []Image {
	out := slices.Clone(images)
	for i := range out {
		if out[i].Has(photo.FlagDeep) {
			out[i].Window = w
		}
	}
	return out
}

// setWindow gives all photos of the set with 16 bits their window, and says so.
func (s *Set) setWindow() {
	var levels []photo.Window
	for _, im := range s.Images {
		if im.Has(photo.FlagDeep) {
			levels = append(levels, im.Levels)
		}
	}
	w := photo.CommonWindow(levels)
	s.Images = WithWindow(s.Images, w)
	if w != (photo.Window{}) {
		s.Notes = append(s.Notes, fmt.Sprintf(
			"of 65,536 levels, the %s with 16 bits use %s to %s: these become black and white, the same in all, "+
				"and in photos that a model of this set is shown", text.Count(len(levels), "photo"),
			text.Thousands(int64(w.Low)), text.Thousands(int64(w.High))))
	}
}
