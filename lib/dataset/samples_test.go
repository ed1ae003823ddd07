package dataset

import (
	"image/color"
	"testing"

	"imagelab/lib/photo/phototest"
)

// numbered is a PNG that differs with its number.
func numbered(t testing.TB, n int) []byte {
	img := phototest.Sample()
	img.SetNRGBA(0, 0, color.NRGBA{uint8(n), uint8(n >> 8), 7, 255})
	return phototest.Encode(t, "png", img)
}
