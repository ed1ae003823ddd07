package jpegscan

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"testing"

	"github.com/gen2brain/jpegn"
)

// picture has smooth parts, edges and noise; its sides are no multiple of an MCU.
func picture(w, h int) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	state := uint32(1)
	for y := range h {
		for x := range w {
			state = state*1664525 + 1013904223
			noise := int(state >> 27)
			c := color.NRGBA{uint8((x + noise) % 256), uint8((2*y + noise) % 256), uint8(128 + noise), 255}
			if (x/40+y/40)%3 == 0 {
				c = color.NRGBA{240, 240, 240, 255}
			}
			img.SetNRGBA(x, y, c)
		}
	}
	return img
}

// files are the same picture in the ways that JPEGs are commonly written.
func files(t testing.TB) map[string][]byte {
	t.Helper()
	img := picture(333, 251)
	grey := image.NewGray(img.Rect)
	for i := range grey.Pix {
		grey.Pix[i] = img.Pix[4*i]
	}
	out := map[string][]byte{}
	var std bytes.Buffer
	if err := jpeg.Encode(&std, img, &jpeg.Options{Quality: 90}); err != nil {
		t.Fatal(err)
	}
	out["baseline"] = std.Bytes()
	for name, o := range map[string]*jpegn.EncodeOptions{
		"4:4:4": {Quality: 90, Subsampling: jpegn.Subsample444}, "4:4:0": {Quality: 90, Subsampling: jpegn.Subsample440},
		"progressive": {Quality: 90, Progressive: true}, "progressive, restarts": {Quality: 90, Progressive: true,
			RestartInterval: 7},
		"restarts": {Quality: 90, RestartInterval: 5}, "own tables": {Quality: 60, OptimizeCoding: true},
	} {
		out[name] = encoded(t, img, o)
	}
	out["grey"] = encoded(t, grey, &jpegn.EncodeOptions{Quality: 90})
	out["grey, progressive"] = encoded(t, grey, &jpegn.EncodeOptions{Quality: 90, Progressive: true})
	return out
}

func encoded(t testing.TB, img image.Image, o *jpegn.EncodeOptions) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpegn.Encode(&b, img, o); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestCheckAcceptsWhole(t *testing.T) {
	for name, data := range files(t) {
		for kind, whole := range map[string][]byte{
			"as written":         data,
			"no end marker":      data[:len(data)-2],
			"bytes behind it":    append(bytes.Clone(data), bytes.Repeat([]byte{1, 0xFF}, 500)...),
			"stray bytes inside": append(append(bytes.Clone(data[:2]), 0, 7, 0), data[2:]...),
			"filled up":          append(bytes.Clone(data[:len(data)-2]), 0, 0, 0xFF, 0xFF, 0xFF, 0xD9),
		} {
			if err := Check(whole); err != nil {
				t.Errorf("%s, %s: %v", name, kind, err)
			}
		}
	}
}

// TestCheckFindsDamage allows 1 of 100 to pass: where zeros are codes of a flat area, a hole may
// have as many as were there.
func TestCheckFindsDamage(t *testing.T) {
	end := []byte{0xFF, 0xD9}
	tried, passed := 0, 0
	for name, data := range files(t) {
		start := bytes.Index(data, []byte{0xFF, 0xDA}) + 16
		for percent := 5; percent < 95; percent += 10 {
			at := start + (len(data)-start)*percent/100
			for kind, broken := range map[string][]byte{
				"cut":                      data[:at],
				"cut before an end marker": append(bytes.Clone(data[:at]), end...),
				"hole of zeros":            overwritten(data, at, make([]byte, min(1024, len(data)-at-2))),
				"other bytes":              overwritten(data, at, bytes.Repeat([]byte("not a JPEG"), 50)),
				"part is gone":             append(bytes.Clone(data[:at]), data[min(at+700, len(data)-2):]...),
			} {
				tried++
				if Check(broken) == nil {
					passed++
					t.Logf("%s, %s at %d %%: taken for whole", name, kind, percent)
				}
			}
		}
	}
	if passed > tried/100 {
		t.Errorf("%d of %d damaged files were taken for whole", passed, tried)
	}
}

func overwritten(data []byte, at int, with []byte) []byte {
	out := bytes.Clone(data)
	copy(out[at:len(out)-2], with)
	return out
}

func TestCheckSaysWhat(t *testing.T) {
	data := files(t)["baseline"]
	frame := bytes.Index(data, []byte{0xFF, 0xC0})
	with := func(at int, b byte) []byte { return overwritten(data, at, []byte{b}) }
	tests := []struct {
		name, reason string
		data         []byte
		want         error
	}{
		{"arithmetic", "cjpeg -arithmetic writes them", with(frame+1, 0xC9),
			UnsupportedError("a JPEG with arithmetic coding")},
		{"lossless", "medical archives have them", with(frame+1, 0xC3), UnsupportedError("a lossless JPEG")},
		{"12 bits", "medical archives have them", with(frame+4, 12), UnsupportedError("a JPEG of 12 bits a sample")},
		{"cut in the header", "a failed copy", data[:frame+3], io.ErrUnexpectedEOF},
	}
	for _, tt := range tests {
		if err := Check(tt.data); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
	}
}

// TestCheckLimitsScans makes a file of many refinement scans, each a few bytes, that takes a
// decoder a pass over the picture each.
func TestCheckLimitsScans(t *testing.T) {
	data := encoded(t, picture(333, 251), &jpegn.EncodeOptions{Quality: 90, Progressive: true})
	at := bytes.LastIndex(data, []byte{0xFF, 0xDA})
	many := append(bytes.Clone(data[:at]), bytes.Repeat(data[at:len(data)-2], maxScans)...)
	if Check(many) == nil {
		t.Errorf("%d scans were accepted", maxScans)
	}
}

func FuzzCheck(f *testing.F) {
	for _, data := range files(f) {
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, content := range Segments(data) {
			_ = content
		}
		if len(data) < 1<<16 {
			_ = Check(data)
		}
	})
}
