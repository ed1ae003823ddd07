package lookalike

import (
	"context"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/disintegration/imaging"

	"imagelab/lib/dataset"
	"imagelab/lib/dedup"
	"imagelab/lib/photo"
	"imagelab/lib/progress"
)

// Altered is a photo after something that happens to photos on their way.
type Altered struct {
	Change     string // what happened
	Image      image.Image
	dedup.Pair // of which Distance and Copies are set
}

// change is one thing that happens to photos. What comes of it is saved as quality says.
type change struct {
	name    string
	quality int // of the JPEG file; 0: PNG
	make    func(img *image.NRGBA) image.Image
}

// changes come from the harmless to the ruinous, as dedup sees them.
var changes = []change{
	{"saved as PNG", 0, same},
	{"half the size", 90, func(img *image.NRGBA) image.Image {
		return photo.Resize(img, img.Rect.Dx()/2, img.Rect.Dy()/2)
	}},
	{"JPEG of quality 80", 80, same},
	{"mirrored", 90, func(img *image.NRGBA) image.Image { return imaging.FlipH(img) }},
	{"grey", 90, func(img *image.NRGBA) image.Image { return imaging.Grayscale(img) }},
	{"brighter", 90, func(img *image.NRGBA) image.Image { return imaging.AdjustGamma(img, 1.3) }},
	{"a caption across", 90, caption},
	{"rim of 3 % cut off", 90, func(img *image.NRGBA) image.Image {
		w, h := img.Rect.Dx(), img.Rect.Dy()
		return imaging.CropCenter(img, w-w*6/100, h-h*6/100)
	}},
	{"turned by 2 degrees", 90, func(img *image.NRGBA) image.Image { return imaging.Rotate(img, 2, color.White) }},
	{"quarter turn", 90, func(img *image.NRGBA) image.Image { return imaging.Rotate90(img) }},
}

func same(img *image.NRGBA) image.Image { return img }

// caption covers a tenth of the height above the lower rim by a dark bar, as wide as half the
// photo.
func caption(img *image.NRGBA) image.Image {
	out := imaging.Clone(img)
	w, h := img.Rect.Dx(), img.Rect.Dy()
	bar := image.Rect(w/4, h-h*15/100, w*3/4, h-h*5/100)
	draw.Draw(out, bar, image.NewUniform(color.Black), image.Point{}, draw.Src)
	return out
}

// Alter makes every change to a photo in a file, each from the photo itself, and compares the files
// as dedup does after an ingest: Pair.Distance says how far a change moved the photo, and
// Pair.Copies whether dedup would see through it if it allowed that distance.
func Alter(path string) ([]Altered, error) {
	img, _, err := photo.Decode(path)
	if err != nil {
		return nil, fmt.Errorf("lookalike: %w", err)
	}
	dir, err := os.MkdirTemp("", "imagelab-lookalike-")
	if err != nil {
		return nil, fmt.Errorf("lookalike: %w", err)
	}
	defer os.RemoveAll(dir)
	before, blank, err := photo.FingerprintFile(path)
	if err != nil {
		return nil, fmt.Errorf("lookalike: %w", err)
	}
	var out []Altered
	for _, c := range changes {
		changed := c.make(img)
		after, nothing, err := c.save(filepath.Join(dir, "changed"), changed)
		if err != nil {
			return nil, fmt.Errorf("lookalike: %s: %w", c.name, err)
		}
		pair := dedup.Pair{Distance: before.Distance(after), Copies: !blank && !nothing}
		out = append(out, Altered{c.name, changed, pair})
	}
	return out, nil
}

// save writes the changed photo to a file and takes its hash from there.
func (c change) save(file string, changed image.Image) (f photo.Fingerprint, blank bool, err error) {
	err = dataset.WriteFile(file, func(w io.Writer) error {
		if c.quality == 0 {
			return png.Encode(w, changed)
		}
		return jpeg.Encode(w, changed, &jpeg.Options{Quality: c.quality})
	})
	if err != nil {
		return f, false, err
	}
	return photo.FingerprintFile(file)
}

// Trial is what one change did to many photos.
type Trial struct {
	Change string
	Pairs  []dedup.Pair // of each photo with its changed self; only Distance and Copies are set
}

// Median is the median distance; the higher of the two in the middle of an even number.
func (t Trial) Median() int {
	distances := make([]int, len(t.Pairs))
	for i, p := range t.Pairs {
		distances[i] = p.Distance
	}
	slices.Sort(distances)
	return distances[len(distances)/2]
}

// Found is how many of the photos dedup would find with this Options.Distance.
func (t Trial) Found(distance int) int {
	n := 0
	for _, p := range t.Pairs {
		if p.Copies && p.Distance <= distance {
			n++
		}
	}
	return n
}

// Try makes every change to at most n of the images, taken at even steps.
func Try(ctx context.Context, s *dataset.Set, images []dataset.Image, n int, p progress.Func) ([]Trial, error) {
	trials := make([]Trial, len(changes))
	n = min(n, len(images))
	for i := range n {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		all, err := Alter(s.File(images[i*len(images)/n]))
		if err != nil {
			return nil, err
		}
		for k, a := range all {
			trials[k].Change = a.Change
			trials[k].Pairs = append(trials[k].Pairs, a.Pair)
		}
		p.Report("changing photos", int64(i+1), int64(n))
	}
	return trials, nil
}
