package dataset

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"image"
	"math/rand/v2"
	"testing"

	"imagelab/lib/photo"
)

// TestHashPixels: the digest is that of the red, green and blue bytes, one by one: it stands in
// every manifest.
func TestHashPixels(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	whole := image.NewNRGBA(image.Rect(0, 0, 40, 9))
	for i := range whole.Pix {
		whole.Pix[i] = uint8(r.Uint32())
	}
	for width := range 20 {
		img := whole.SubImage(image.Rect(0, 0, width+1, 1+width%9)).(*image.NRGBA)
		want := sha256.New()
		fmt.Fprintf(want, "%dx%d\n", img.Rect.Dx(), img.Rect.Dy())
		for y := range img.Rect.Dy() {
			for x := range img.Rect.Dx() {
				c := img.NRGBAAt(x, y)
				want.Write([]byte{c.R, c.G, c.B})
			}
		}
		if got, want := hashPixels(img, photo.Window{}), hex.EncodeToString(want.Sum(nil)); got != want {
			t.Errorf("%v: %s, want %s", img.Rect, got, want)
		}
	}
}
