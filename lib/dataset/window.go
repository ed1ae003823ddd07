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

// dim counts the photos whose levels in use are less than a tenth of the window: at most 25 of 256
// grey levels are left of them. One level alone is a blank photo, which nothing helps.
func dim(levels []photo.Window, w photo.Window) int {
	span, n := int(w.High)-int(w.Low), 0
	if w == (photo.Window{}) {
		span = 1<<16 - 1
	}
	for _, l := range levels {
		if own := int(l.High) - int(l.Low); own > 0 && 10*own < span {
			n++
		}
	}
	return n
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
	if n := dim(levels, w); n > 0 {
		s.Notes = append(s.Notes, fmt.Sprintf("%d of the %s with 16 bits use less than a tenth of the levels that "+
			"all are seen through, and become nearly one grey: are their counts of another camera or unit? convert them to "+
			"that of the others first, or leave one kind out", n, text.Count(len(levels), "photo")))
	}
	if w != (photo.Window{}) {
		s.Notes = append(s.Notes, fmt.Sprintf(
			"of 65,536 levels, the %s with 16 bits use %s to %s: these become black and white, the same in all, "+
				"and in photos that a model of this set is shown", text.Count(len(levels), "photo"),
			text.Thousands(int64(w.Low)), text.Thousands(int64(w.High))))
	}
}
