package photo

import (
	"bytes"
	"encoding/binary"
	"image/color"
	"testing"

	"imagelab/lib/photo/phototest"
)

// marked puts segments of the given markers behind the start of a JPEG.
func marked(jpg []byte, segments ...string) []byte {
	out := bytes.Clone(jpg[:2])
	for _, s := range segments {
		out = append(out, 0xFF, s[0])
		out = binary.BigEndian.AppendUint16(out, uint16(len(s)+1))
		out = append(out, s[1:]...)
	}
	return append(out, jpg[2:]...)
}

// named gives the three colours of a JPEG other names, as programs do that store RGB.
func named(jpg []byte, names string) []byte {
	out := bytes.Clone(jpg)
	frame, scan := bytes.Index(jpg, []byte{0xFF, 0xC0}), bytes.Index(jpg, []byte{0xFF, 0xDA})
	for i := range 3 {
		out[frame+10+3*i], out[scan+5+2*i] = names[i], names[i]
	}
	return out
}

// TestColoursOfJPEG: who says what the samples are. The expectations are what Pillow makes of the
// same bytes.
func TestColoursOfJPEG(t *testing.T) {
	const jfif = "\xE0JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
	const adobeRGB = "\xEEAdobe\x00\x64\x00\x00\x00\x00\x00"
	jpg := phototest.Encode(t, "jpeg", phototest.Sample())
	asStored := func(c color.NRGBA) color.NRGBA {
		y, cb, cr := color.RGBToYCbCr(c.R, c.G, c.B)
		return color.NRGBA{R: y, G: cb, B: cr, A: 255}
	}
	for _, tt := range []struct {
		name, reason string
		data         []byte
		want         func(color.NRGBA) color.NRGBA
	}{
		{"plain", "nobody: YCbCr", jpg, nil},
		{"JFIF", "JFIF means YCbCr", marked(jpg, jfif), nil},
		{"Adobe", "Adobe's 0 means RGB", marked(jpg, adobeRGB), asStored},
		{"JFIF and Adobe", "JFIF wins", marked(jpg, jfif, adobeRGB), nil},
		{"Adobe and JFIF", "in any order", marked(jpg, adobeRGB, jfif), nil},
		{"names", "R, G and B mean RGB", named(jpg, "RGB"), asStored},
		{"JFIF and names", "JFIF wins", marked(named(jpg, "RGB"), jfif), nil},
	} {
		img, _, err := decodeBytes(tt.data)
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		t.Run(tt.name+": "+tt.reason, func(t *testing.T) { checkQuadrants(t, img, tt.want, 6) })
		small, _, err := DecodeScaled(phototest.Put(t, t.TempDir(), "x.jpg", tt.data), 5)
		if err != nil {
			t.Fatal(err)
		}
		want := phototest.Quadrants[0]
		if tt.want != nil {
			want = tt.want(want)
		}
		size := small.Bounds().Size()
		near(t, color.NRGBAModel.Convert(small.At(size.X/4, size.Y/4)).(color.NRGBA), want, 6)
	}
}

// TestAlphaFlagOfWebP: the header speaks of alpha, of which there is none. libwebp reads such
// files.
func TestAlphaFlagOfWebP(t *testing.T) {
	data := testdata(t, "foreign/lossy_alpha.webp")
	copy(data[bytes.Index(data, []byte("ALPH")):], "LOST")
	before := bytes.Clone(data)
	img, meta, err := decodeBytes(data)
	if err != nil || img.Rect.Dx() != meta.Width || len(meta.Flags) != 0 {
		t.Errorf("%v, %+v", err, meta)
	}
	if !bytes.Equal(data, before) {
		t.Error("the file's content was changed")
	}
}

// TestDemand: photos that take more than the pixels of their header's kind do.
func TestDemand(t *testing.T) {
	transparent := func(data []byte) []byte { return withChunk(data, "tRNS", []byte{0, 5}) }
	interlaced := func(data []byte) []byte {
		data[28] = 1
		return sealed(data)
	}
	animated := testdata(t, "foreign/gif2webp.webp")
	const wide, high = 1000, 800
	for i, side := range []int{wide, high} {
		side--
		copy(animated[24+3*i:], []byte{byte(side), byte(side >> 8), byte(side >> 16)})
	}
	progressive := testdata(t, "foreign/progressive_cmyk.jpg")
	frame := bytes.Index(progressive, []byte{0xFF, 0xC2})
	binary.BigEndian.PutUint16(progressive[frame+5:], high)
	binary.BigEndian.PutUint16(progressive[frame+7:], wide)
	for _, tt := range []struct {
		name, reason string
		data         []byte
		want         int64 // bytes a pixel, RGB included
	}{
		{"RGB PNG", "its pixels become the result", zerosPNG(t, wide, high, 8, 2), 4},
		{"interlaced RGB PNG", "its passes are pictures, too", interlaced(zerosPNG(t, wide, high, 8, 2)), 8},
		{"grey PNG", "its own pixels", zerosPNG(t, wide, high, 8, 0), 5},
		{"deep grey PNG", "the same", zerosPNG(t, wide, high, 16, 0), 6},
		{"deep grey PNG with a clear level", "it becomes four samples of 16 bits",
			transparent(zerosPNG(t, wide, high, 16, 0)), 12},
		{"interlaced deep RGB PNG", "both", interlaced(zerosPNG(t, wide, high, 16, 2)), 20},
		{"animated WebP", "the screen beside a frame with alpha or a palette", animated, 16},
		{"progressive CMYK JPEG", "its coefficients take four bytes each", progressive, 28},
	} {
		e, err := examine(tt.data)
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if got := e.memory / (wide * high); got != tt.want {
			t.Errorf("%s (%s): %d bytes a pixel, want %d", tt.name, tt.reason, got, tt.want)
		}
	}
}
