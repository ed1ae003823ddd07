// Package lookalike shows a person what dedup sees of a photo ([Explain]), and which changes of a
// photo it survives ([Alter], [Try]).
package lookalike

import (
	"fmt"
	"image"
	"image/color"

	"github.com/disintegration/imaging"

	"imagelab/lib/photo"
)

// Steps are the steps from a photo to its fingerprint as pictures, every pixel enlarged to a square
// of [Cell] pixels.
type Steps struct {
	Small   *image.Gray // the photo's brightness at 17 x 16 pixels
	Bits    *image.Gray // 16 x 16 pixels: white where the right neighbour is brighter, black where it is darker, else grey
	Summary string      // how many are which
}

// Cell is the side of an enlarged pixel.
const Cell = 6

// side of the hash, comparisons.
const side = 16

// Explain makes the steps of a photo.
func Explain(img image.Image) (Steps, error) {
	levels, err := photo.Levels(img)
	if err != nil {
		return Steps{}, err
	}
	f, _, err := photo.FingerprintOf(imaging.Clone(img))
	if err != nil {
		return Steps{}, err
	}
	s := Steps{
		Small: image.NewGray(image.Rect(0, 0, Cell*(side+1), Cell*side)),
		Bits:  image.NewGray(image.Rect(0, 0, Cell*side, Cell*side)),
	}
	for y, row := range levels {
		for x, level := range row {
			fill(s.Small, x, y, uint8(level+0.5))
		}
	}
	brighter, darker := 0, 0
	for i := range side * side {
		word, bit := i/64, uint64(1)<<(63-i%64)
		switch {
		case f.Hash[word]&bit != 0:
			brighter++
			fill(s.Bits, i%side, i/side, 255)
		case f.Hash[len(f.Hash)/2+word]&bit != 0:
			darker++
			fill(s.Bits, i%side, i/side, 0)
		default:
			fill(s.Bits, i%side, i/side, 128)
		}
	}
	s.Summary = fmt.Sprintf("%d brighter, %d darker, %d alike", brighter, darker, side*side-brighter-darker)
	return s, nil
}

func fill(img *image.Gray, x, y int, value uint8) {
	for dy := range Cell {
		for dx := range Cell {
			img.SetGray(Cell*x+dx, Cell*y+dy, color.Gray{Y: value})
		}
	}
}
