package photo

import (
	"encoding/binary"
	"testing"

	"imagelab/lib/photo/phototest"
)

// FuzzOrientation looks for tags in foreign bytes directly: whole photos that get so far are rare
// in FuzzDecode.
func FuzzOrientation(f *testing.F) {
	exif := tiffBlock(binary.LittleEndian, 6)
	f.Add(uint8(0), withSegment(phototest.Encode(f, "jpeg", phototest.Sample()), append([]byte("Exif\x00\x00"), exif...))[:200])
	f.Add(uint8(1), withChunk(phototest.Encode(f, "png", phototest.Sample()), "eXIf", exif)[:120])
	f.Add(uint8(2), append([]byte("RIFF\x00\x00\x00\x00WEBPEXIF\x26\x00\x00\x00"), exif...))
	f.Add(uint8(3), tiffBlock(binary.BigEndian, 8))
	f.Fuzz(func(t *testing.T, kind uint8, data []byte) {
		format := []string{"jpeg", "png", "webp", "tiff"}[kind%4]
		if o := orientation(format, data); o < 1 || o > 8 {
			t.Errorf("%s: orientation %d", format, o)
		}
	})
}
