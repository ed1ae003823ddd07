package photo

import (
	"image"
	"testing"
)

// FuzzResize resizes pictures of extreme sizes.
func FuzzResize(f *testing.F) {
	f.Add(uint16(1), uint16(65535), uint16(224), uint16(1), byte(0))
	f.Add(uint16(3), uint16(2), uint16(1), uint16(1000), byte(1))
	f.Add(uint16(5000), uint16(1), uint16(2), uint16(2), byte(2))
	f.Fuzz(func(t *testing.T, w, h, toW, toH uint16, kind byte) {
		if int(w)*int(h) > 1<<18 || int(toW)*int(toH) > 1<<18 || w == 0 || h == 0 || toW == 0 || toH == 0 || int(w)*int(toH) > 1<<22 || int(h)*int(toW) > 1<<22 {
			return // so that a try takes milliseconds
		}
		r := image.Rect(0, 0, int(w), int(h))
		var img image.Image = image.NewNRGBA(r)
		switch kind % 4 {
		case 1:
			img = image.NewGray(r)
		case 2:
			img = image.NewYCbCr(r, image.YCbCrSubsampleRatio(kind>>2)%6)
		case 3:
			img = image.NewRGBA64(r)
		}
		if got := Resize(img, int(toW), int(toH)).Bounds(); got.Dx() != int(toW) || got.Dy() != int(toH) {
			t.Errorf("%v became %v, not %d x %d", r, got, toW, toH)
		}
	})
}
