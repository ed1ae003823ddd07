package nbui

import (
	"encoding/base64"
	"fmt"
	"html"
	"image"
	"path/filepath"
	"slices"
	"strings"

	"github.com/janpfeifer/gonb/gonbui"
	"github.com/janpfeifer/gonb/gonbui/protocol"

	"imagelab/lib/dataset"
	"imagelab/lib/metric"
	"imagelab/lib/photo"
)

// side of thumbnails, pixels: with 1 to 3 kB each, about 80 fit into a notebook of a reasonable
// size.
const side = 112

// Photo is a photo to show: a file, or pixels in memory.
type Photo struct {
	Path    string
	Image   image.Image // pixels; nil: those of the file at Path
	Caption string      // one line of text
	Wrong   bool        // whether it has the frame of a mistake

	set  *dataset.Set // if set, Path must hold what the set says of image
	from dataset.Image
}

// Photos shows small copies of photos in a grid, with their captions. A file that cannot be read
// keeps its caption.
func Photos(photos ...Photo) {
	show(protocol.MIMETextHTML, photosPage(photos), plainPhotos(photos))
}

func photosPage(photos []Photo) string {
	var page strings.Builder
	page.WriteString(`<div style="display:flex;flex-wrap:wrap;gap:8px">`)
	for _, p := range photos {
		frame := "transparent"
		if p.Wrong {
			frame = "#d55e00"
		}
		fmt.Fprintf(&page, `<div style="width:%dpx;font-size:12px;line-height:1.3;overflow-wrap:anywhere"><div style="border:2px solid %s">%s</div>%s</div>`,
			side+4, frame, p.img(side), html.EscapeString(p.Caption))
	}
	page.WriteString(`</div>`)
	return page.String()
}

func plainPhotos(photos []Photo) string {
	var plain strings.Builder
	for _, p := range photos {
		fmt.Fprintf(&plain, "[photo] %s %s\n", p.Caption, filepath.Base(p.Path))
	}
	return plain.String()
}

// img is the photo as an HTML element at most `side` pixels high and wide; empty outside a
// notebook, where it is not shown.
func (p Photo) img(side int) string {
	if !gonbui.IsNotebook {
		return ""
	}
	return p.element(side)
}

func (p Photo) element(side int) string {
	img, err := p.Image, error(nil)
	switch {
	case img != nil:
	case p.set != nil:
		img, _, err = p.set.DecodeScaled(p.from, side)
	default:
		img, _, err = photo.DecodeScaled(p.Path, side)
	}
	var jpeg []byte
	if err == nil {
		jpeg, err = photo.Thumbnail(img, side)
	}
	if err != nil {
		return fmt.Sprintf(`<div style="height:%dpx">no picture</div>`, side)
	}
	return fmt.Sprintf(`<img alt="%s" src="data:image/jpeg;base64,%s">`, html.EscapeString(p.Caption), base64.StdEncoding.EncodeToString(jpeg))
}

// Files are the photos whose paths match a pattern, see [filepath.Glob], every n-th of them, with
// their names below. It ends the cell where none does.
func Files(pattern string, n int) []Photo {
	var photos []Photo
	for i, file := range Must(filepath.Glob(pattern)) {
		if i%max(n, 1) == 0 {
			photos = append(photos, Photo{Path: file, Caption: filepath.Base(file)})
		}
	}
	if len(photos) == 0 {
		Check(fmt.Errorf("no file matches %s", pattern))
	}
	return photos
}

// Samples are n photos of each class, in the order of the classes, evenly spaced over the set.
func Samples(s *dataset.Set, n int) []Photo {
	byClass := map[string][]dataset.Image{}
	for _, im := range s.Kept() {
		byClass[im.Class] = append(byClass[im.Class], im)
	}
	var photos []Photo
	for _, class := range s.Classes() {
		images := byClass[class]
		for i := range min(n, len(images)) {
			im := images[i*len(images)/min(n, len(images))]
			photos = append(photos, Photo{Path: s.File(im), Caption: class, set: s, from: im})
		}
	}
	return photos
}

// Mistakes shows the n most confident mistakes of a result on photos of the set: the label, and the
// predicted class with its probability. A result lists at most 24.
func Mistakes(s *dataset.Set, r metric.Result, n int) {
	var photos []Photo
	for _, m := range r.Mistakes[:min(n, len(r.Mistakes))] {
		photos = append(photos, mistake(s, m))
	}
	if len(photos) == 0 {
		Notice("No mistakes.")
		return
	}
	Photos(photos...)
}

func mistake(s *dataset.Set, m metric.Mistake) Photo {
	return photoOf(s, m.File, fmt.Sprintf("%s, taken for %s (%.0f\u00a0%%)", m.Label, m.Predicted, 100*m.Probability))
}

// photoOf is the photo with the name that a result gives it.
func photoOf(s *dataset.Set, name, caption string) Photo {
	i := slices.IndexFunc(s.Images, func(im dataset.Image) bool { return im.Path == name || s.File(im) == name })
	if i < 0 {
		return Photo{Path: name, Caption: caption, Wrong: true}
	}
	return Photo{Path: s.File(s.Images[i]), Caption: caption, Wrong: true, set: s, from: s.Images[i]}
}
