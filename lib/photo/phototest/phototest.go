// Package phototest makes the pictures that tests of photos and of sets of them share.
package phototest

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"
)

// Quadrants are the colours of the sample picture, 48 x 32 pixels, as in testdata of package photo.
var Quadrants = [4]color.NRGBA{{200, 30, 40, 255}, {30, 160, 60, 255}, {40, 60, 190, 255}, {128, 128, 128, 255}}

// Sample is a picture of the four plain quadrants.
func Sample() *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, 48, 32))
	for y := range 32 {
		for x := range 48 {
			img.SetNRGBA(x, y, Quadrants[y/16*2+x/24])
		}
	}
	return img
}

// Encode writes a picture in a format: "jpeg" (quality 95), "png", "gif", "bmp" or "tiff".
func Encode(t testing.TB, format string, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	var err error
	switch format {
	case "jpeg":
		err = jpeg.Encode(&b, img, &jpeg.Options{Quality: 95})
	case "png":
		err = png.Encode(&b, img)
	case "gif":
		err = gif.Encode(&b, img, nil)
	case "bmp":
		err = bmp.Encode(&b, img)
	case "tiff":
		err = tiff.Encode(&b, img, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Noise is a picture that does not compress.
func Noise(w, h int) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	state := uint32(1)
	for i := range img.Pix {
		state = state*1664525 + 1013904223
		img.Pix[i] = uint8(state >> 24)
		if i%4 == 3 {
			img.Pix[i] = 255
		}
	}
	return img
}

// Counts is a photo of 16 bits a sample whose levels run from `low` to `high`. A bright spot is at
// (x, x).
func Counts(low, high uint16, x int) *image.Gray16 {
	img := image.NewGray16(image.Rect(0, 0, 64, 64))
	for i := range 64 * 64 {
		dx, dy := i%64-x, i/64-x
		level := float64(high-low) / (1 + float64(dx*dx+dy*dy)/40)
		img.SetGray16(i%64, i/64, color.Gray16{Y: low + uint16(level)})
	}
	return img
}

// HugePNG is a PNG whose header claims 60,000 x 60,000 pixels.
func HugePNG(t testing.TB) []byte {
	data := Encode(t, "png", Sample())
	binary.BigEndian.PutUint32(data[16:], 60000)
	binary.BigEndian.PutUint32(data[20:], 60000)
	binary.BigEndian.PutUint32(data[29:], crc32.ChecksumIEEE(data[12:29]))
	return data
}

// Put writes a file and the folders above it.
func Put(t testing.TB, root, name string, data []byte) string {
	t.Helper()
	file := filepath.Join(root, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, data, 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}
