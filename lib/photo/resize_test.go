package photo

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"testing"

	"github.com/disintegration/imaging"
	"golang.org/x/sync/errgroup"

	"imagelab/lib/photo/phototest"
)

// TestJPEGIsResizedAsRGB: the colours of a JPEG are what its pixels have at full size, whatever the
// size to which a network wants it.
func TestJPEGIsResizedAsRGB(t *testing.T) {
	stripes := phototest.Noise(97, 63) // red and blue beside each other, clipped colours, an odd size
	for i := range 97 * 63 {
		if x := i % 97; x%3 == 0 {
			stripes.SetNRGBA(x, i/97, color.NRGBA{255, 0, uint8(x), 255})
		}
	}
	for ratio := image.YCbCrSubsampleRatio444; ratio <= image.YCbCrSubsampleRatio410; ratio++ {
		own := image.NewYCbCr(stripes.Rect, ratio)
		for y := range 63 {
			for x := range 97 {
				c := stripes.NRGBAAt(x, y)
				own.Y[own.YOffset(x, y)], own.Cb[own.COffset(x, y)], own.Cr[own.COffset(x, y)] = color.RGBToYCbCr(c.R, c.G, c.B)
			}
		}
		for _, img := range []*image.YCbCr{own, own.SubImage(image.Rect(8, 4, 88, 60)).(*image.YCbCr)} {
			for _, side := range []int{2, 15, 16, 40, 63, 224} {
				got, want := Resize(img, side, side+1), Resize(fromYCbCr(img), side, side+1)
				if !bytes.Equal(got.Pix, want.Pix) {
					t.Errorf("%v, %v to %d pixels: mean difference %.2f", ratio, img.Rect, side, meanDifference(got, want))
				}
			}
		}
	}
}

// TestResizeOfAnyShape holds the fast resize against another library's, which rounds between the
// axes in another way.
func TestResizeOfAnyShape(t *testing.T) {
	for _, tt := range []struct {
		name, reason string
		from, to     image.Point
	}{
		{"shrunk", "the common case", image.Pt(400, 533), image.Pt(256, 341)},
		{"small", "without vector instructions", image.Pt(15, 40), image.Pt(9, 13)},
		{"enlarged", "icons", image.Pt(20, 30), image.Pt(64, 96)},
		{"one axis", "the other is not touched", image.Pt(64, 90), image.Pt(64, 45)},
		{"the other axis", "and the reverse", image.Pt(64, 90), image.Pt(33, 90)},
		{"a panorama", "16-bit offsets of four-byte pixels end at 8,191", image.Pt(12000, 40), image.Pt(3000, 20)},
		{"a very long strip", "16-bit offsets of bytes end at 32,767", image.Pt(40000, 4), image.Pt(4000, 3)},
	} {
		img := phototest.Noise(tt.from.X, tt.from.Y)
		got, want := Resize(img, tt.to.X, tt.to.Y), imaging.Resize(img, tt.to.X, tt.to.Y, imaging.CatmullRom)
		if d := meanDifference(got, want); got.Rect != want.Rect || d > 0.75 || !got.Opaque() {
			t.Errorf("%s (%s): %v, mean difference %.2f", tt.name, tt.reason, got.Rect, d)
		}
	}
}

// TestResizeCopyOfAnyShape is the same for the copies that stand in for photos.
func TestResizeCopyOfAnyShape(t *testing.T) {
	for _, tt := range []struct {
		name     string
		from, to image.Point
	}{
		{"a photo", image.Pt(1200, 900), image.Pt(500, 375)},
		{"a panorama", image.Pt(12000, 40), image.Pt(3000, 10)},
		{"a very long strip", image.Pt(40000, 4), image.Pt(4000, 2)},
		{"a line", image.Pt(4000, 2), image.Pt(400, 1)},
	} {
		img := phototest.Noise(tt.from.X, tt.from.Y)
		got, want := ResizeCopy(img, tt.to.X, tt.to.Y), imaging.Resize(img, tt.to.X, tt.to.Y, imaging.Lanczos)
		if d := meanDifference(got, want); got.Rect != want.Rect || d > 0.75 || !got.Opaque() {
			t.Errorf("%s: %v, mean difference %.2f", tt.name, got.Rect, d)
		}
	}
}

// TestResizeTogether: goroutines share weights and memory, and get what one alone gets.
func TestResizeTogether(t *testing.T) {
	want := map[int]*image.NRGBA{}
	for n := range 4 {
		want[n] = Resize(phototest.Noise(60+n, 50), 32, 32+n)
	}
	var g errgroup.Group
	for i := range 64 {
		g.Go(func() error {
			n := i % 4
			if got := Resize(phototest.Noise(60+n, 50), 32, 32+n); !bytes.Equal(got.Pix, want[n].Pix) {
				return fmt.Errorf("picture %d differs", n)
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		t.Error(err)
	}
}

// FuzzResize resizes pictures of extreme sizes.
func FuzzResize(f *testing.F) {
	f.Add(uint16(1), uint16(65535), uint16(224), uint16(1), byte(0))
	f.Add(uint16(3), uint16(2), uint16(1), uint16(1000), byte(1))
	f.Add(uint16(5000), uint16(1), uint16(2), uint16(2), byte(2))
	f.Fuzz(func(t *testing.T, w, h, toW, toH uint16, kind byte) {
		if int(w)*int(h) > 1<<18 || int(toW)*int(toH) > 1<<18 || w == 0 || h == 0 || toW == 0 || toH == 0 ||
			int(w)*int(toH) > 1<<22 || int(h)*int(toW) > 1<<22 {
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
