package bmp

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"os"
	"path/filepath"
	"strings"
	"testing"

	xbmp "golang.org/x/image/bmp"
)

// file writes a BMP with a header of 40 bytes, and what stands between it and the pixels.
func file(width, height int32, bits uint16, compression uint32, between, pixels []byte) []byte {
	le := binary.LittleEndian
	out := le.AppendUint32([]byte("BM\x00\x00\x00\x00\x00\x00\x00\x00"), uint32(54+len(between)))
	out = le.AppendUint32(le.AppendUint32(le.AppendUint32(out, 40), uint32(width)), uint32(height))
	out = le.AppendUint32(le.AppendUint16(le.AppendUint16(out, 1), bits), compression)
	return append(append(append(out, make([]byte, 20)...), between...), pixels...)
}

func TestDecode(t *testing.T) {
	red, blue := color.NRGBA{255, 0, 0, 255}, color.NRGBA{0, 0, 255, 255}
	// blue, red
	palette := func(n int) []byte { return append([]byte{255, 0, 0, 0, 0, 0, 255, 0}, make([]byte, 4*(n-2))...) }
	tests := []struct {
		name, reason string
		data         []byte
		top, bottom  color.NRGBA // left pixels of 2 x 2
	}{
		{"24 bits", "bottom up", file(2, 2, 24, plain, nil, []byte{255, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 0, 0, 0, 0,
			0}), red, blue},
		{"top down", "a negative height", file(2, -2, 24, plain, nil, []byte{255, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 0,
			0, 0, 0, 0}), blue, red},
		{"1 bit", "a palette of two", file(2, 2, 1, plain, palette(2), []byte{0, 0, 0, 0, 0x80, 0, 0, 0}), red, blue},
		{"gap", "the palette is followed by something", file(2, 2, 8, plain, append(palette(256), 9, 9, 9),
			[]byte{0, 0, 0, 0, 1, 0, 0, 0}), red, blue},
		{"run lengths", "8 bits", file(2, 2, 8, rle8, palette(256), []byte{2, 0, 0, 0, 2, 1, 0, 0, 0, 1}), red, blue},
		{"run lengths, a jump", "the first colour where nothing is", file(2, 2, 8, rle8, palette(256),
			[]byte{0, 2, 0, 1, 1, 1, 0, 1}), red, blue},
		{"run lengths, 4 bits", "two to a byte", file(2, 2, 4, rle4, palette(16), []byte{2, 0, 0, 0, 2, 0x10, 0, 1}),
			red, blue},
		{"16 bits", "5 for each colour", file(2, 2, 16, plain, nil, []byte{0x1F, 0, 0, 0, 0, 0x7C, 0, 0}), red, blue},
		{"masks", "5, 6 and 5 bits", file(2, 2, 16, masked, []byte{0, 0xF8, 0, 0, 0xE0, 7, 0, 0, 0x1F, 0, 0, 0},
			[]byte{0x1F, 0, 0, 0, 0, 0xF8, 0, 0}), red, blue},
	}
	for _, tt := range tests {
		img, err := Decode(tt.data)
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if top, bottom := img.NRGBAAt(0, 0), img.NRGBAAt(0, 1); top != tt.top || bottom != tt.bottom {
			t.Errorf("%s: %v above %v, want %v above %v", tt.name, top, bottom, tt.top, tt.bottom)
		}
	}
}

func TestDecodeRefuses(t *testing.T) {
	for name, tt := range map[string]struct {
		data []byte
		want string
	}{
		"cut short":         {file(2, 2, 24, plain, nil, make([]byte, 13)), "unexpected EOF"},
		"runs cut short":    {file(2, 2, 8, rle8, make([]byte, 1024), []byte{2, 0}), "unexpected EOF"},
		"holds a PNG":       {file(2, 2, 24, holdsPNG, nil, nil), "a BMP that holds a PNG"},
		"no width":          {file(0, 2, 24, plain, nil, nil), "0 x 2 pixels"},
		"seven bits":        {file(2, 2, 7, plain, nil, make([]byte, 100)), "7 bits a pixel"},
		"runs of 24 bits":   {file(2, 2, 24, rle8, nil, make([]byte, 100)), "contradicts itself"},
		"pixels far behind": {[]byte("BM\x00\x00\x00\x00\x00\x00\x00\x00\xFF\xFF\xFF\xFF\x28\x00\x00\x00"), "unexpected EOF"},
	} {
		if _, err := Decode(tt.data); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error %v, want %q", name, err, tt.want)
		}
	}
}

// FuzzDecode also holds what golang.org/x/image/bmp reads against it.
func FuzzDecode(f *testing.F) {
	files, err := filepath.Glob("../../photo/testdata/foreign/*.bmp")
	if err != nil || len(files) == 0 {
		f.Fatal("no files", err)
	}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		cfg, err := DecodeConfig(data)
		if err != nil || cfg.Width*cfg.Height > 1<<20 || cfg.Width > 1<<20 || cfg.Height > 1<<20 {
			return
		}
		img, err := Decode(data)
		if err == nil && img.Rect != image.Rect(0, 0, cfg.Width, cfg.Height) {
			t.Errorf("bounds %v of %d x %d", img.Rect, cfg.Width, cfg.Height)
		}
		if _, other := xbmp.Decode(bytes.NewReader(data)); other == nil && err != nil {
			t.Errorf("%v, but golang.org/x/image/bmp reads it", err)
		}
	})
}
