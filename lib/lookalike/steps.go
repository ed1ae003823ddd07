// Package lookalike shows a person what the difference hash of package dedup sees of a photo ([Explain]), and which
// changes of a photo it survives ([Alter], [Try]).
package lookalike

import (
	"errors"
	"image"
	"image/color"

	"imagelab/lib/dhash"
	"imagelab/lib/imgset"
)

// Steps are the steps from a photo to its hash as pictures, every pixel enlarged to a square of [Cell] pixels.
type Steps struct {
	Small *image.Gray // the photo's brightness at 17 x 16 pixels
	Bits  *image.Gray // 16 x 16 pixels: white where one is darker than its right neighbour in Small
	Hash  string      // Bits row by row, 64 hex digits
}

// Cell is the side of an enlarged pixel.
const Cell = 6

// Explain makes the steps of a photo.
func Explain(img image.Image) (Steps, error) {
	if img == nil || img.Bounds().Empty() {
		return Steps{}, errors.New("lookalike: an image without pixels has no hash")
	}
	const columns, rows = dhash.Columns, dhash.Rows
	s := Steps{Small: image.NewGray(image.Rect(0, 0, Cell*columns, Cell*rows)), Bits: image.NewGray(image.Rect(0, 0, Cell*(columns-1), Cell*rows))}
	levels := imgset.Levels(img)
	for i, level := range levels {
		x, y := i%columns, i/columns
		fill(s.Small, x, y, uint8(level/imgset.LevelUnit))
		if x < columns-1 && level < levels[i+1] {
			fill(s.Bits, x, y, 255)
		}
	}
	s.Hash = dhash.Of(levels).String()
	return s, nil
}

func fill(img *image.Gray, x, y int, value uint8) {
	for dy := range Cell {
		for dx := range Cell {
			img.SetGray(Cell*x+dx, Cell*y+dy, color.Gray{Y: value})
		}
	}
}
