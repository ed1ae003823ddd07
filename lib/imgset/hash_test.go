package imgset

import (
	"encoding/binary"
	"image"
	"math/bits"
	"testing"

	"github.com/corona10/goimagehash"
	"github.com/disintegration/imaging"

	"imagelab/lib/dhash"
)

func TestHashOfATurnedPhoto(t *testing.T) {
	data := encode(t, "jpeg", scenery(323, 241))
	for orientation := range uint16(9) {
		turned := withSegment(data, append([]byte("Exif\x00\x00"), tiffBlock(binary.LittleEndian, orientation)...))
		img, _, err := decodeBytes(turned)
		if err != nil {
			t.Fatal(err)
		}
		h, blank, err := HashFile(put(t, t.TempDir(), "x.jpg", turned))
		if d := h.Distance(Hash(img)); err != nil || blank || d > 3 {
			t.Errorf("orientation %d: %d bits from the hash of the decoded photo, blank %v, %v", orientation, d, blank, err)
		}
	}
}

// TestHashOfALargeJPEG: it is decoded at a fraction of its size, and hardly a bit may know.
func TestHashOfALargeJPEG(t *testing.T) {
	for _, size := range []image.Point{{X: 1203, Y: 807}, {X: 1700, Y: 1650}, {X: 3301, Y: 3207}} {
		img := scenery(size.X, size.Y)
		h, _, err := HashFile(put(t, t.TempDir(), "x.jpg", encode(t, "jpeg", img)))
		if d := h.Distance(Hash(img)); err != nil || d > 3 {
			t.Errorf("%v: %d bits from the hash of the full photo, %v", size, d, err)
		}
	}
}

// TestHashIsTheKnownOne: goimagehash computes the same, but rounds as it goes.
func TestHashIsTheKnownOne(t *testing.T) {
	sum := 0
	for i := range 20 {
		img := imaging.Rotate180(scenery(200+13*i, 300-7*i))
		known, err := goimagehash.ExtDifferenceHash(img, 16, 16)
		if err != nil {
			t.Fatal(err)
		}
		sum += dhash.Hash(known.GetHash()).Distance(Hash(img))
	}
	if sum > 20*8 {
		t.Errorf("differs by %.1f bits of 256 on average", float64(sum)/20)
	}
}

// TestLevels: of a picture whose columns grow brighter evenly, so must its levels, to a fraction of 255.
func TestLevels(t *testing.T) {
	img := image.NewNRGBA(image.Rect(0, 0, 170, 160))
	for i := range img.Pix {
		img.Pix[i] = uint8(i / 4 % 170)
		if i%4 == 3 {
			img.Pix[i] = 255
		}
	}
	levels := Levels(img)
	for i := range levels {
		x := i % dhash.Columns
		want := (10*x*LevelUnit*2 + 9*LevelUnit) / 2 // the middle of ten columns
		if d := levels[i] - want; x > 0 && x < dhash.Columns-1 && (d < -LevelUnit/20 || d > LevelUnit/20) {
			t.Fatalf("level %d is %.3f, want %.3f", i, float64(levels[i])/LevelUnit, float64(want)/LevelUnit)
		}
	}
	if h := Hash(img); bits.OnesCount64(h[0]&h[1]&h[2]&h[3]) != 64 {
		t.Errorf("hash %s, want every bit set", h)
	}
}
