package dataset

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"
)

// sample is a picture of four plain quadrants, 48 x 32 pixels.
func sample() *image.NRGBA {
	quadrants := [4]color.NRGBA{{200, 30, 40, 255}, {30, 160, 60, 255}, {40, 60, 190, 255}, {128, 128, 128, 255}}
	img := image.NewNRGBA(image.Rect(0, 0, 48, 32))
	for y := range 32 {
		for x := range 48 {
			img.SetNRGBA(x, y, quadrants[y/16*2+x/24])
		}
	}
	return img
}

// numbered is a PNG that differs with its number.
func numbered(t testing.TB, n int) []byte {
	img := sample()
	img.SetNRGBA(0, 0, color.NRGBA{uint8(n), uint8(n >> 8), 7, 255})
	return encode(t, "png", img)
}

func encode(t testing.TB, format string, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	var err error
	switch format {
	case "jpeg":
		err = jpeg.Encode(&b, img, &jpeg.Options{Quality: 95})
	case "png":
		err = png.Encode(&b, img)
	case "bmp":
		err = bmp.Encode(&b, img)
	case "tiff":
		err = tiff.Encode(&b, img, nil)
	default:
		t.Fatalf("no encoder for %q", format)
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// noise is a picture that does not compress.
func noise(w, h int) *image.NRGBA {
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

// counts is a photo of 16 bits a sample, whose levels run from low to high; a bright spot is at (x,
// x).
func counts(low, high uint16, x int) *image.Gray16 {
	img := image.NewGray16(image.Rect(0, 0, 64, 64))
	for i := range 64 * 64 {
		dx, dy := i%64-x, i/64-x
		level := float64(high-low) / (1 + float64(dx*dx+dy*dy)/40)
		img.SetGray16(i%64, i/64, color.Gray16{Y: low + uint16(level)})
	}
	return img
}

// hugePNG is a PNG whose header claims 60,000 x 60,000 pixels.
func hugePNG(t testing.TB) []byte {
	data := encode(t, "png", sample())
	binary.BigEndian.PutUint32(data[16:], 60000)
	binary.BigEndian.PutUint32(data[20:], 60000)
	binary.BigEndian.PutUint32(data[29:], crc32.ChecksumIEEE(data[12:29]))
	return data
}

// put writes a file and the folders above it.
func put(t testing.TB, root, name string, data []byte) string {
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
