package dhash

import (
	"image"
	"math/bits"
	"testing"

	"github.com/corona10/goimagehash"
	"github.com/disintegration/imaging"
)

// TestAgreesWithGoimagehash compares the bits that say "brighter" with the difference hash of
// another implementation. Of 256 bits 251 to 255 agreed on 2026-11-26. The others are those of
// neighbours that are nearly alike: goimagehash reduces pictures with another filter, and has no
// third outcome.
func TestAgreesWithGoimagehash(t *testing.T) {
	tests := []struct {
		name, reason string
		img          image.Image
	}{
		{"17 x 16 pixels", "nothing is reduced", scene(1, 17, 16)},
		{"small", "a thumbnail", scene(2, 120, 90)},
		{"wide", "a panorama", scene(3, 640, 240)},
		{"upright", "a telephone's photo", scene(4, 480, 640)},
		{"blurred", "a photo out of focus", imaging.Blur(scene(5, 400, 300), 6)},
		{"dark", "a photo at night", imaging.AdjustGamma(scene(6, 400, 300), 0.5)},
	}
	const least = 250
	for _, tt := range tests {
		theirs, err := goimagehash.ExtDifferenceHash(tt.img, 16, 16)
		if err != nil {
			t.Fatal(err)
		}
		ours, agree := mustOf(t, tt.img).Hash, 0
		for i, word := range theirs.GetHash() {
			agree += 64 - bits.OnesCount64(word^ours[i])
		}
		if agree < least {
			t.Errorf("%s (%s): %d of 256 bits agree, want %d", tt.name, tt.reason, agree, least)
		}
	}
}
