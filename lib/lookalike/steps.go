// Package lookalike shows a person what the difference hash of package dedup sees of a photo ([Explain]), and which
// changes of a photo it survives ([Alter], [Try]).
package lookalike

import (
	"fmt"
	"image"
	"image/color"

	"github.com/corona10/goimagehash/transforms"
	"github.com/nfnt/resize"

	"imagelab/lib/dhash"
)

// Steps are the steps from a photo to its hash as pictures, every pixel enlarged to a square of [Cell] pixels.
type Steps struct {
	Small *image.Gray // the photo's brightness at 17 x 16 pixels
	Bits  *image.Gray // 16 x 16 pixels: white where one is darker than its right neighbour in Small
	Hash  string      // Bits row by row, 64 hex digits
}

// Cell is the side of an enlarged pixel.
const Cell = 6

// side of the hash, bits.
const side = 16

// Explain makes the steps of a photo.
func Explain(img image.Image) (Steps, error) {
	hash, err := dhash.Of(img)
	if err != nil {
		return Steps{}, err
	}
	grey := transforms.Rgb2Gray(resize.Resize(side+1, side, img, resize.Bilinear)) // as goimagehash does it
	if len(grey) != side || len(grey[0]) != side+1 {
		return Steps{}, fmt.Errorf("lookalike: %d rows instead of %d", len(grey), side)
	}
	s := Steps{Small: image.NewGray(image.Rect(0, 0, Cell*(side+1), Cell*side)), Bits: image.NewGray(image.Rect(0, 0, Cell*side, Cell*side)), Hash: hash.String()}
	for y, row := range grey {
		for x, value := range row {
			fill(s.Small, x, y, uint8(value))
			if x < side && value < row[x+1] {
				fill(s.Bits, x, y, 255)
			}
		}
	}
	return s, nil
}

func fill(img *image.Gray, x, y int, value uint8) {
	for dy := range Cell {
		for dx := range Cell {
			img.SetGray(Cell*x+dx, Cell*y+dy, color.Gray{Y: value})
		}
	}
}
