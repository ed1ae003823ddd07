package lookalike

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"slices"

	"github.com/disintegration/imaging"

	"imagelab/lib/dedup"
	"imagelab/lib/dhash"
	"imagelab/lib/imgset"
	"imagelab/lib/progress"
)

// Altered is a photo after something that happens to photos on their way.
type Altered struct {
	Change string // what happened
	Image  image.Image
	dedup.Pair
}

// change is one thing that happens to photos.
type change struct {
	name string
	make func(img *image.NRGBA) (image.Image, error)
}

// changes come from the harmless to the ruinous, as a difference hash sees them.
var changes = []change{
	{"half the size", func(img *image.NRGBA) (image.Image, error) {
		return imgset.Resize(img, img.Rect.Dx()/2, img.Rect.Dy()/2), nil
	}},
	{"JPEG of quality 80", recode},
	{"brighter", func(img *image.NRGBA) (image.Image, error) { return imaging.AdjustGamma(img, 1.3), nil }},
	{"a caption across", caption},
	{"rim of 3 % cut off", func(img *image.NRGBA) (image.Image, error) {
		w, h := img.Rect.Dx(), img.Rect.Dy()
		return imaging.CropCenter(img, w-w*6/100, h-h*6/100), nil
	}},
	{"turned by 2 degrees", func(img *image.NRGBA) (image.Image, error) { return imaging.Rotate(img, 2, color.White), nil }},
	{"mirrored", func(img *image.NRGBA) (image.Image, error) { return imaging.FlipH(img), nil }},
	{"quarter turn", func(img *image.NRGBA) (image.Image, error) { return imaging.Rotate90(img), nil }},
}

func recode(img *image.NRGBA) (image.Image, error) {
	var file bytes.Buffer
	if err := jpeg.Encode(&file, img, &jpeg.Options{Quality: 80}); err != nil {
		return nil, err
	}
	return jpeg.Decode(&file)
}

// caption covers a tenth of the height above the lower rim by a dark bar, as wide as half the photo.
func caption(img *image.NRGBA) (image.Image, error) {
	out := imaging.Clone(img)
	w, h := img.Rect.Dx(), img.Rect.Dy()
	bar := image.Rect(w/4, h-h*15/100, w*3/4, h-h*5/100)
	draw.Draw(out, bar, image.NewUniform(color.Black), image.Point{}, draw.Src)
	return out, nil
}

// Alter makes every change to a photo, each from the photo itself, and compares the hashes: Pair.Distance says how far the
// hash moved, and Pair.Copies whether dedup would see through the change if it allowed that distance.
func Alter(img *image.NRGBA) ([]Altered, error) {
	before, err := dhash.Of(img)
	if err != nil {
		return nil, err
	}
	var out []Altered
	for _, c := range changes {
		changed, err := c.make(img)
		if err != nil {
			return nil, fmt.Errorf("lookalike: %s: %w", c.name, err)
		}
		after, err := dhash.Of(changed)
		if err != nil {
			return nil, err
		}
		pairs, err := dedup.Pairs([]imgset.Image{{Hash: before.String()}, {Hash: after.String()}}, 256)
		if err != nil {
			return nil, err
		}
		out = append(out, Altered{c.name, changed, pairs[0]})
	}
	return out, nil
}

// Trial is what one change did to many photos.
type Trial struct {
	Change string
	Pairs  []dedup.Pair // of each photo with its changed self
}

// Median is the median distance, bits of 256; the higher of the two in the middle of an even number.
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
func Try(ctx context.Context, s *imgset.Set, images []imgset.Image, n int, p progress.Func) ([]Trial, error) {
	trials := make([]Trial, len(changes))
	n = min(n, len(images))
	for i := range n {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		img, _, err := imgset.Decode(s.File(images[i*len(images)/n]))
		if err != nil {
			return nil, fmt.Errorf("lookalike: %w", err)
		}
		all, err := Alter(img)
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
