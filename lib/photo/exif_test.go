package photo

import (
	"encoding/binary"
	"testing"
	"time"

	"imagelab/lib/photo/phototest"
)

// FuzzOrientation looks for tags in foreign bytes directly: whole photos that get so far are rare
// in FuzzDecode.
func FuzzOrientation(f *testing.F) {
	exif := tiffBlock(binary.LittleEndian, 6)
	f.Add(uint8(0), withSegment(phototest.Encode(f, "jpeg", phototest.Sample()),
		append([]byte("Exif\x00\x00"), exif...))[:200])
	f.Add(uint8(1), withChunk(phototest.Encode(f, "png", phototest.Sample()), "eXIf", exif)[:120])
	f.Add(uint8(2), append([]byte("RIFF\x00\x00\x00\x00WEBPEXIF\x26\x00\x00\x00"), exif...))
	f.Add(uint8(3), tiffBlock(binary.BigEndian, 8))
	png := phototest.Encode(f, "png", phototest.Sample())
	f.Add(uint8(0), []byte("\xff\xd8\xff\xe1\x00\x6a"+adobe+xmpAttribute))
	f.Add(uint8(1), withChunk(png, "iTXt", []byte(iTXt+xmpElement))[:180])
	f.Add(uint8(1), withChunk(png, "tEXt", append([]byte("Raw profile type exif\x00"), magickProfile(exif)...))[:180])
	f.Add(uint8(3), tiffWith(tiffBlock(binary.LittleEndian, 1), 700, []byte(xmpElement)))
	f.Fuzz(func(t *testing.T, kind uint8, data []byte) {
		format := []string{"jpeg", "png", "webp", "tiff"}[kind%4]
		if o := orientation(format, data); o < 1 || o > 8 {
			t.Errorf("%s: orientation %d", format, o)
		}
	})
}

// Times that lie are not believed: clocks that were never set, and those of another century.
func TestTimesThatLie(t *testing.T) {
	now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	tests := []struct {
		name, reason, taken string
		believed            bool
	}{
		{"last year", "as cameras write it", "2025:03:04 05:06:07", true},
		{"today, ahead", "a time zone or two ahead", "2026:05:02 10:00:00", true},
		{"1970", "a counter at zero", "1970:01:01 00:00:00", false},
		{"1970, later", "no camera wrote EXIF then", "1970:06:01 10:00:00", false},
		{"future", "a clock that is set wrongly", "2031:01:05 10:00:00", false},
		{"next week", "so is this one", "2026:05:08 10:00:00", false},
		{"never set", "clocks begin at the first second of a year", "2015:01:01 00:00:21", false},
		{"New Year's Day", "it has more than one minute", "2015:01:01 13:20:21", true},
		{"zeros", "a field that was never filled in", "0000:00:00 00:00:00", false},
		{"spaces", "EXIF writes unknown times so", "    :  :     :  :  ", false},
		{"words", "no time at all", "yesterday, at noon", false},
		{"empty", "no time at all", "", false},
	}
	for _, tt := range tests {
		s := shotIn(shotBlock(tt.taken), now)
		if s.Time.IsZero() == tt.believed || tt.believed && s.Time.Format("2006:01:02 15:04:05") != tt.taken {
			t.Errorf("%s (%q): %v, believed %v: %s", tt.name, tt.taken, s.Time, !s.Time.IsZero(), tt.reason)
		}
	}
}

// shotBlock is a TIFF directory with the field DateTime.
func shotBlock(taken string) []byte {
	order := binary.LittleEndian
	value := append([]byte(taken), 0)
	b := append([]byte("II*\x00"), 8, 0, 0, 0, 1, 0) // the directory is at 8 and has one field
	b = order.AppendUint16(b, 0x0132)
	b = order.AppendUint16(b, 2) // text
	b = order.AppendUint32(b, uint32(len(value)))
	if len(value) <= 4 {
		return append(append(b, append(value, 0, 0, 0)[:4]...), 0, 0, 0, 0)
	}
	b = order.AppendUint32(b, 26)
	return append(append(b, 0, 0, 0, 0), value...)
}
