package imgset

import (
	"encoding/binary"
	"image"
	"image/color"
	"image/draw"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/disintegration/imaging"
)

// scenery is smooth with some texture, as photos are.
func scenery(w, h int) *image.NRGBA {
	img := imaging.Overlay(Resize(noise(13, 11), w, h), noise(w, h), image.Pt(0, 0), 0.06)
	return img
}

// difference is the mean over all bytes.
func difference(a, b []byte) float64 {
	sum := 0
	for i := range a {
		sum += max(int(a[i]), int(b[i])) - min(int(a[i]), int(b[i]))
	}
	return float64(sum) / float64(len(a))
}

// TestSquareOfJPEG: the short way through the channels gives what decoding, turning and resizing give one after the other.
func TestSquareOfJPEG(t *testing.T) {
	for _, c := range []struct {
		name, reason string
		size         image.Point
		side         int
		largest      float64 // mean difference, of 255
	}{
		{"photo", "as most are", image.Pt(400, 533), 224, 0.6},
		{"half", "decoded at 1/2", image.Pt(640, 480), 100, 0.6},
		{"half, odd", "the last square is only partly in the photo: nothing may shift", image.Pt(641, 481), 100, 0.6},
		{"quarter, odd", "the same", image.Pt(643, 485), 50, 0.6},
		{"eighth, odd", "the same", image.Pt(647, 489), 30, 0.6},
		{"enlarged", "smaller than the network's input", image.Pt(61, 83), 128, 0.8},
		{"tiny", "smaller than a block", image.Pt(5, 3), 16, 3},
		{"strip", "cut out of the middle", image.Pt(900, 40), 32, 0.8},
	} {
		t.Run(c.name, func(t *testing.T) {
			data := encode(t, "jpeg", scenery(c.size.X, c.size.Y))
			for orientation := range uint16(9) {
				turned := withSegment(data, append([]byte("Exif\x00\x00"), tiffBlock(binary.LittleEndian, orientation)...))
				got, want := make([]byte, c.side*c.side*3), make([]byte, c.side*c.side*3)
				p, err := decodePicture(turned, func(w, h int) int { return scaleFor(min(w, h), c.side) })
				if err != nil || p.pixels != nil {
					t.Fatalf("not decoded to channels: %v", err)
				}
				p.square(got, c.side)
				img, _, err := decodeBytes(turned)
				if err != nil {
					t.Fatal(err)
				}
				Square(want, img, c.side)
				if d := difference(got, want); d > c.largest {
					t.Errorf("%s: orientation %d: mean difference %.2f of 255", c.reason, orientation, d)
				}
			}
		})
	}
}

// TestSubsampling: whatever share of the colour samples a camera kept, the planes are as large as the standard library's.
func TestSubsampling(t *testing.T) {
	for _, ratio := range []image.YCbCrSubsampleRatio{
		image.YCbCrSubsampleRatio444, image.YCbCrSubsampleRatio422, image.YCbCrSubsampleRatio420, image.YCbCrSubsampleRatio440,
		image.YCbCrSubsampleRatio411, image.YCbCrSubsampleRatio410,
	} {
		x, y := subsampling(ratio)
		m := image.NewYCbCr(image.Rect(0, 0, 321, 243), ratio)
		if want := (321 + x - 1) / x; m.CStride != want || len(m.Cb) != want*((243+y-1)/y) {
			t.Errorf("%v: %d x %d pixels to a sample, but a plane has %d samples of %d a row", ratio, x, y, len(m.Cb), m.CStride)
		}
	}
}

// TestPictureOfOtherFiles: what is not an ordinary JPEG takes the long way; a grey one is ordinary.
func TestPictureOfOtherFiles(t *testing.T) {
	grey := image.NewGray(image.Rect(0, 0, 321, 243))
	draw.Draw(grey, grey.Rect, scenery(321, 243), image.Point{}, draw.Src)
	files := map[string][]byte{"grey.jpg": encode(t, "jpeg", grey), "a.png": encode(t, "png", scenery(30, 50))}
	for _, name := range []string{"cmyk.jpg", "ycck.jpg", "still.webp", "rotated.webp"} {
		files[name] = testdata(t, name)
	}
	for name, data := range files {
		img, meta, err := decodeBytes(data)
		if err != nil {
			t.Fatal(err)
		}
		p, err := decodePicture(data, fullSize)
		if err != nil || !reflect.DeepEqual(p.Meta, meta) || (p.pixels == nil) != (name == "grey.jpg") {
			t.Errorf("%s: %+v, %v; want %+v", name, p.Meta, err, meta)
			continue
		}
		got, want := make([]byte, 20*20*3), make([]byte, 20*20*3)
		p.square(got, 20)
		if Square(want, img, 20); difference(got, want) > 0.6 {
			t.Errorf("%s: mean difference %.2f of 255", name, difference(got, want))
		}
	}
	if _, err := decodePicture(encode(t, "jpeg", noise(99, 99))[:3000], fullSize); err == nil {
		t.Error("a file that is cut short was accepted")
	}
}

func TestDecodeWithin(t *testing.T) {
	for _, size := range []image.Point{{X: 640, Y: 480}, {X: 101, Y: 400}, {X: 60, Y: 80}, {X: 900, Y: 90}} {
		for _, kind := range []string{"jpeg", "png"} {
			file := put(t, t.TempDir(), "x", encode(t, kind, scenery(size.X, size.Y)))
			img, err := DecodeWithin(file, 80)
			if err != nil {
				t.Fatal(err)
			}
			whole, _, err := Decode(file)
			if err != nil {
				t.Fatal(err)
			}
			want := Resize(whole, img.Rect.Dx(), img.Rect.Dy())
			if d := meanDifference(img, want); max(img.Rect.Dx(), img.Rect.Dy()) != 80 || d > 1 {
				t.Errorf("%v as %s: %v, mean difference %.2f of 255", size, kind, img.Rect, d)
			}
		}
	}
	if _, err := DecodeWithin(filepath.Join(t.TempDir(), "none"), 80); err == nil || !strings.Contains(err.Error(), "none") {
		t.Errorf("no file: %v", err)
	}
}

// TestToRGB: within rounding of the standard library's conversion, the corners of the colour space included.
func TestToRGB(t *testing.T) {
	for _, y := range []uint8{0, 1, 77, 128, 254, 255} {
		for cb := range 256 {
			for cr := range 256 {
				var got [3]byte
				toRGB(got[:], []byte{y}, []byte{uint8(cb)}, []byte{uint8(cr)})
				r, g, b := color.YCbCrToRGB(y, uint8(cb), uint8(cr))
				for i, want := range []byte{r, g, b} {
					if d := int(got[i]) - int(want); d < -1 || d > 1 {
						t.Fatalf("Y %d Cb %d Cr %d: %v, want %v", y, cb, cr, got, []byte{r, g, b})
					}
				}
			}
		}
	}
}
