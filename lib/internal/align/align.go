// Package align tells whether one picture shows what another one shows, after one of the two was
// cropped, turned, mirrored, framed, resized, encoded again or written on.
//
// [Thumb] makes pictures small, and [Best] lays one on the other as well as it can and says how
// well the details agree. Pictures of like things, which are near each other by their features, do
// not agree in detail; copies do.
package align

import (
	"image"
	"math"

	"github.com/disintegration/imaging"
)

// Side is the longer side of pictures that are compared, pixels.
const Side = 96

const (
	fine   = Side
	coarse = 20 // longer side of the pictures by which one is laid on the other at first, pixels
)

// Picture is the brightness of a picture, `[H][W]` row by row, levels of 255.
type Picture struct {
	W, H int
	Pix  []uint8
}

// Thumb is a picture with at most 96 pixels on its longer side. One without pixels is empty.
func Thumb(img image.Image) Picture {
	if img == nil || img.Bounds().Empty() {
		return Picture{}
	}
	if m, ok := img.(*image.YCbCr); ok { // its brightness stands in a plane of its own
		img = &image.Gray{Pix: m.Y, Stride: m.YStride, Rect: m.Rect}
	}
	b := img.Bounds()
	scale := min(1, float64(fine)/float64(max(b.Dx(), b.Dy())))
	w, h := max(1, int(math.Round(scale*float64(b.Dx())))), max(1, int(math.Round(scale*float64(b.Dy()))))
	small := imaging.Grayscale(imaging.Resize(img, w, h, imaging.Box))
	p := Picture{w, h, make([]uint8, w*h)}
	for i := range p.Pix {
		p.Pix[i] = small.Pix[4*i]
	}
	return p
}

// Turned is the picture after n quarter turns against the clock.
func (p Picture) Turned(n int) Picture {
	for range n & 3 {
		t := Picture{p.H, p.W, make([]uint8, len(p.Pix))}
		for y := range p.H {
			for x := range p.W {
				t.Pix[(p.W-1-x)*t.W+y] = p.Pix[y*p.W+x]
			}
		}
		p = t
	}
	return p
}

// Mirrored is the picture with left and right exchanged.
func (p Picture) Mirrored() Picture {
	m := Picture{p.W, p.H, make([]uint8, len(p.Pix))}
	for y := range p.H {
		for x := range p.W {
			m.Pix[y*p.W+p.W-1-x] = p.Pix[y*p.W+x]
		}
	}
	return m
}

// Best lays a, as it is and mirrored, on b, shifted, turned by up to 12 degrees and scaled so
// that one shows down to half of the sides of the other, and returns how well the details agree,
// in [0,1]: a quarter of the parts of the picture correlate less than that. Copies have 0.6 to 1.
// Pictures with too few details to tell give 0.
func Best(a, b Picture) float64 {
	if min(a.W, a.H, b.W, b.H) < leastSide {
		return 0
	}
	y, mirrored := newScales(b), newScales(a.Mirrored())
	best := upright(newScales(a), y)
	if best < sure {
		best = max(best, upright(mirrored, y))
	}
	return best
}

const (
	leastSide = 16   // of a picture, pixels
	sure      = 0.97 // agreement beyond which no other way is tried
	good      = 0.85 // agreement beyond which no other way without mirroring is tried
)

// upright is Best for a as it is. Either picture may be a part of the other.
func upright(x, y *scales) float64 {
	best := 0.0
	for _, s := range starts(x, y) {
		if way, ok := x.refine(y, s); ok {
			best = max(best, x.full.agree(y.full, way, leastParts))
		}
		if best > good {
			break
		}
	}
	return best
}
