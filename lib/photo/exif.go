package photo

import (
	"bytes"
	"encoding/binary"
	"image"
	"iter"
	"time"

	"github.com/disintegration/imaging"

	"imagelab/lib/internal/jpegscan"
	"imagelab/lib/internal/tiff"
)

// orientation returns how the photo must be turned to be seen, 1 to 8 as EXIF numbers it; 1 where
// nothing says so or it cannot be read. It looks into JPEG, PNG, WebP and TIFF, because phones and
// converters write it into all four and the ready-made readers know JPEG only. XMP counts where
// EXIF has no such tag, as in Pillow.
func orientation(format string, data []byte) int {
	if value, found := tiff.Orientation(exifOf(format, data)); found {
		return value
	}
	return xmpOrientation(xmpOf(format, data))
}

// exifOf is the EXIF data of a file, which has the form of a TIFF; nil where there is none.
func exifOf(format string, data []byte) []byte {
	switch format {
	case "jpeg":
		for marker, content := range jpegscan.Segments(data) {
			if bytes.HasPrefix(content, exifMark) && marker == 0xE1 {
				return withoutMark(content)
			}
		}
	case "png":
		if exif := chunk(data, 8, "eXIf", binary.BigEndian, 4, 0); exif != nil {
			return withoutMark(exif)
		}
		return withoutMark(rawProfile(pngText(data, "Raw profile type exif")))
	case "webp":
		return withoutMark(chunk(data, 12, "EXIF", binary.LittleEndian, 0, 1))
	case "tiff":
		return data
	}
	return nil
}

var exifMark = []byte("Exif\x00\x00")

// withoutMark cuts off what a JPEG has before its EXIF data. Programs write it into other formats
// too, and some write it twice.
func withoutMark(exif []byte) []byte {
	return bytes.TrimPrefix(bytes.TrimPrefix(exif, exifMark), exifMark)
}

// Shot is how a photo was taken, as far as its EXIF data says and can be believed.
type Shot struct {
	Time   time.Time // by the camera's clock, to the second, in no time zone (as UTC); zero: not known
	Camera string    // make and model; empty: not known
}

// ShotOf reads the EXIF data of a photo file. A time before 1995, when no camera wrote any, one in
// the future, and the first second of a year, at which clocks begin that were not set, are not
// believed. A file that cannot be read, or says nothing, gives the zero Shot.
func ShotOf(path string) Shot {
	data, err := ReadFile(path)
	if err != nil {
		return Shot{}
	}
	format, err := Sniff(data)
	if err != nil {
		return Shot{}
	}
	return shotIn(exifOf(format, data), time.Now())
}

func shotIn(exif []byte, now time.Time) Shot {
	taken, camera := tiff.Shot(exif)
	s := Shot{Camera: camera}
	t, err := time.Parse("2006:01:02 15:04:05", taken)
	begins := t.YearDay() == 1 && t.Hour() == 0 && t.Minute() == 0
	if err == nil && t.Year() >= 1995 && t.Before(now.AddDate(0, 0, 2)) && !begins {
		s.Time = t
	}
	return s
}

// chunk finds a named chunk, see [chunks].
func chunk(data []byte, pos int, name string, order binary.ByteOrder, trailer, pad int) []byte {
	for id, payload := range chunks(data, pos, order, trailer, pad) {
		if string(id) == name {
			return payload
		}
	}
	return nil
}

// chunks yields the names and payloads of the chunks of a PNG (size, name, payload, 4 bytes of
// checksum) or a RIFF file (name, size, payload, padded to even), up to one that is cut.
func chunks(data []byte, pos int, order binary.ByteOrder, trailer, pad int) iter.Seq2[[]byte, []byte] {
	return func(yield func(name, payload []byte) bool) {
		for pos+8 <= len(data) {
			head := data[pos : pos+8]
			id, size := head[4:8], int64(order.Uint32(head[:4]))
			if pad > 0 {
				id, size = head[:4], int64(order.Uint32(head[4:]))
			}
			end := int64(pos) + 8 + size
			if end > int64(len(data)) || !yield(id, data[pos+8:end]) {
				return
			}
			pos = int(end) + trailer + int(size)%2*pad
		}
	}
}

// orient undoes the camera's rotation, EXIF orientation 1 to 8.
func orient(img *image.NRGBA, orientation int) *image.NRGBA {
	switch orientation {
	case 2:
		return imaging.FlipH(img)
	case 3:
		return imaging.Rotate180(img)
	case 4:
		return imaging.FlipV(img)
	case 5:
		return imaging.Transpose(img)
	case 6:
		return imaging.Rotate270(img)
	case 7:
		return imaging.Transverse(img)
	case 8:
		return imaging.Rotate90(img)
	}
	return img
}
