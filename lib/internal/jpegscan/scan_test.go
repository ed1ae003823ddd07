package jpegscan

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"os"
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

// TestCheckFindsLostTables: a decoder that goes on without a table, or stops where a code has no
// meaning, makes a green, grey or black picture of such files and does not say so.
func TestCheckFindsLostTables(t *testing.T) {
	all := files(t)
	for name, data := range map[string][]byte{"baseline": all["baseline"], "progressive": all["progressive"]} {
		table, frame, scan := markerAt(data, dqt), frameAt(data), markerAt(data, sos)
		tests := []struct {
			name, reason string
			data         []byte
		}{
			{"no quantisation table", "a bit of its marker flipped", overwritten(data, table+1, []byte{0x9B})},
			{"unknown quantisation table", "a bit of the frame flipped", overwritten(data, frame+12, []byte{2})},
			{"quantisation table above 3", "the same", overwritten(data, frame+12, []byte{0x40})},
			{"Huffman table above 3", "a bit of the scan flipped", overwritten(data, scan+6, []byte{0x40})},
			{"broken quantisation table", "it is shorter than it says", overwritten(data, table+4, []byte{0x10})},
		}
		for _, tt := range tests {
			if err := Check(tt.data); err == nil {
				t.Errorf("%s, %s: taken for whole, but %s", name, tt.name, tt.reason)
			}
		}
	}
	// The first AC table of image/jpeg has the end of a block as its fourth symbol.
	data := all["baseline"]
	at := bytes.Index(data, []byte{1, 2, 3, 0, 4, 17, 5, 18})
	if at < 0 {
		t.Fatal("image/jpeg has another first AC table")
	}
	if err := Check(overwritten(data, at+3, []byte{0x10})); err == nil {
		t.Error("a run of blocks without detail was taken for the end of a block in a baseline file")
	}
}

// TestCheckFindsFlippedByte: 0xFF in place of the byte before an escaped 0xFF looks like the start
// of a marker, where decoders stop.
func TestCheckFindsFlippedByte(t *testing.T) {
	for name, data := range files(t) {
		tried := 0
		for at := markerAt(data, sos) + 16; at+2 < len(data); at++ {
			if data[at+1] != 0xFF || data[at+2] != 0 || data[at] == 0xFF || data[at] == 0 {
				continue
			}
			tried++
			if Check(overwritten(data, at, []byte{0xFF})) == nil {
				t.Errorf("%s: byte %d of %d", name, at, len(data))
			}
		}
		if tried == 0 {
			t.Errorf("%s has no escaped 0xFF", name)
		}
	}
}

// TestCheckAcceptsTables moves and widens the quantisation tables as some encoders have them.
func TestCheckAcceptsTables(t *testing.T) {
	data := files(t)["baseline"]
	at := markerAt(data, dqt)
	both := data[at+4 : at+4+2*65]
	wide := append(bytes.Clone(data[:at]), 0xFF, dqt, 0, 0)
	binary.BigEndian.PutUint16(wide[len(wide)-2:], 2+2*129)
	for i, v := range both {
		if i%65 == 0 {
			wide = append(wide, v|0x10)
		} else {
			wide = append(wide, 0, v)
		}
	}
	wide = append(wide, data[at+4+2*65:]...)
	scans, err := os.ReadFile("../../photo/testdata/foreign/one_scan_each.jpg")
	if err != nil {
		t.Fatal(err)
	}
	second := bytes.LastIndex(scans[:bytes.LastIndex(scans, []byte{0xFF, sos})], []byte{0xFF, sos})
	chroma := bytes.LastIndex(scans, []byte{0xFF, dqt})
	if scans[chroma+4] != 1 || chroma > second {
		t.Fatal("another file than expected")
	}
	moved := append(bytes.Clone(scans[:chroma]), scans[chroma+69:second]...)
	moved = append(append(moved, scans[chroma:chroma+69]...), scans[second:]...)
	for name, data := range map[string][]byte{"16 bits, two in a segment": wide, "between scans": moved} {
		if err := Check(data); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := jpeg.Decode(bytes.NewReader(data)); err != nil {
			t.Errorf("%s: the test's file is no JPEG: %v", name, err)
		}
	}
}

func markerAt(data []byte, marker byte) int { return bytes.Index(data, []byte{0xFF, marker}) }

func frameAt(data []byte) int { return max(markerAt(data, sof0), markerAt(data, sof2)) }

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
