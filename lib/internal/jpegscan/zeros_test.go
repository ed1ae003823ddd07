package jpegscan

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"testing"

	"github.com/gen2brain/jpegn"
)

// kinds of files, by how zeros are read: as detail of the luma and the end of a block of chroma in
// the standard tables, and as whatever is most frequent in a file's own tables.
func kinds(quality int) map[string]*jpegn.EncodeOptions {
	half, full := jpegn.Subsample420, jpegn.Subsample444
	return map[string]*jpegn.EncodeOptions{
		"4:2:0":              {Quality: quality, Subsampling: half},
		"4:4:4":              {Quality: quality, Subsampling: full},
		"4:2:0, own tables":  {Quality: quality, Subsampling: half, OptimizeCoding: true},
		"4:4:4, own tables":  {Quality: quality, Subsampling: full, OptimizeCoding: true},
		"4:2:0, progressive": {Quality: quality, Subsampling: half, Progressive: true},
		"restarts":           {Quality: quality, Subsampling: half, OptimizeCoding: true, RestartInterval: 5},
	}
}

func TestCheckFindsZeros(t *testing.T) {
	tests := []struct {
		name, reason string
		percent      int  // of the file, where the zeros start
		zeros        int  // 0: to the end
		keepEnd      bool // the end marker
		progressive  bool // found there too
	}{
		{"second half", "a download into a file of full size broke off", 50, 0, false, true},
		{"last fifth", "the same, later", 80, 0, false, true},
		{"last fifth, end marker", "a part of the file came last", 80, 0, true, true},
		{"hole of 4096", "a page was not written", 40, 4096, true, true},
		{"hole of 512", "a sector was not read; in a last scan of means it is not seen", 40, 512, true, false},
	}
	img := picture(1333, 1001)
	for _, quality := range []int{40, 95, 98} {
		for kind, o := range kinds(quality) {
			data := encoded(t, img, o)
			for _, tt := range tests {
				if o.Progressive && !tt.progressive {
					continue
				}
				from, to := len(data)*tt.percent/100, len(data)
				if tt.keepEnd {
					to -= 2
				}
				if tt.zeros > 0 {
					to = from + tt.zeros
				}
				broken := bytes.Clone(data)
				clear(broken[from:to])
				if Check(broken) == nil {
					t.Errorf("quality %d, %s, %s: taken for whole, but %s", quality, kind, tt.name, tt.reason)
				}
			}
		}
	}
}

// TestCheckAcceptsFlat: areas of one colour are long runs of equal bytes, often of zeros.
func TestCheckAcceptsFlat(t *testing.T) {
	flat := func(w, h int, c color.Color) image.Image {
		img := image.NewNRGBA(image.Rect(0, 0, w, h))
		draw.Draw(img, img.Rect, image.NewUniform(c), image.Point{}, draw.Src)
		return img
	}
	box := flat(640, 900, color.Black).(*image.NRGBA)
	draw.Draw(box, image.Rect(0, 200, 640, 500), picture(640, 300), image.Point{}, draw.Src)
	tile := flat(800, 600, color.White).(*image.NRGBA)
	for i := range 800 * 600 / 64 {
		tile.Set(i%100*8, i/100*8, color.Black)
	}
	tests := []struct {
		name, reason string
		img          image.Image
	}{
		{"black", "every block is the same", flat(800, 600, color.Black)},
		{"white", "the same, at the other end of the range", flat(800, 600, color.White)},
		{"blue", "chroma is flat too, but not zero", flat(800, 600, color.NRGBA{10, 20, 200, 255})},
		{"one pixel", "one block", flat(1, 1, color.Black)},
		{"letterbox", "black at the end, behind a photo", box},
		{"dots", "a pattern that is the same in every block", tile},
	}
	for _, quality := range []int{5, 75, 100} {
		for kind, o := range kinds(quality) {
			for _, tt := range tests {
				data := encoded(t, tt.img, o)
				if err := Check(data); err != nil {
					t.Errorf("quality %d, %s, %s: %v, but %s", quality, kind, tt.name, err, tt.reason)
				}
				if err := Check(data[:len(data)-2]); err != nil {
					t.Errorf("quality %d, %s, %s, no end marker: %v", quality, kind, tt.name, err)
				}
			}
		}
	}
}

// TestCheckAcceptsFilledUp: some cameras fill a file up to a whole block of the disk.
func TestCheckAcceptsFilledUp(t *testing.T) {
	for name, data := range files(t) {
		filled := append(bytes.Clone(data[:len(data)-2]), make([]byte, 100)...)
		for kind, data := range map[string][]byte{"": append(bytes.Clone(filled), 0xFF, eoi), "no end marker": filled} {
			if err := Check(data); err != nil {
				t.Errorf("%s, %s: %v", name, kind, err)
			}
		}
	}
}

func TestEndsInZeros(t *testing.T) {
	tests := []struct {
		name, reason string
		zeros, used  int
		want         bool
	}{
		{"cut", "blocks were read from zeros", 100, 50, true},
		{"filled up", "the last block is in front of them", 100, 0, false},
		{"filled up behind a zero", "a block may end in a zero byte", 100, 1, false},
		{"black area", "all of them are codes", 100, 100, false},
		{"few", "too few for a lost part", 20, 10, false},
	}
	for _, tt := range tests {
		b := &bits{data: append([]byte{1, 2, 3}, make([]byte, tt.zeros)...)}
		b.skip(8 * (3 + tt.used))
		if got := b.endsInZeros(); got != tt.want {
			t.Errorf("%s: %v, but %s", tt.name, got, tt.reason)
		}
	}
}

func TestHasZeros(t *testing.T) {
	for n := range 12 {
		for at := range 9 {
			data := bytes.Repeat([]byte{1}, 20)
			clear(data[at : at+n])
			if got := hasZeros(data, 5); got != (n >= 5) {
				t.Errorf("%d zeros at %d: %v", n, at, got)
			}
		}
	}
}
