package photo

import (
	"bytes"
	"encoding/binary"
	"image"
	"time"

	"github.com/disintegration/imaging"

	"imagelab/lib/internal/jpegscan"
	"imagelab/lib/internal/tiff"
)

// orientation returns the EXIF orientation, 1 to 8; 1 where there is none or it cannot be read. It
// looks into JPEG, PNG, WebP and TIFF, because phones and converters write the tag into all four
// and the ready-made readers know JPEG only.
func orientation(format string, data []byte) int { return tiff.Orientation(exifOf(format, data)) }

// exifOf is the EXIF data of a file, which has the form of a TIFF; nil where there is none.
func exifOf(format string, data []byte) []byte {
	switch format {
	case "jpeg":
		for marker, content := range jpegscan.Segments(data) {
			if exif, ok := bytes.CutPrefix(content, []byte("Exif\x00\x00")); ok && marker == 0xE1 {
				return exif
			}
		}
	case "png":
		return chunk(data, 8, "eXIf", binary.BigEndian, 4, 0)
	case "webp":
		exif := chunk(data, 12, "EXIF", binary.LittleEndian, 0, 1)
		return bytes.TrimPrefix(exif, []byte("Exif\x00\x00"))
	case "tiff":
		return data
	}
	return nil
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

// chunk finds a named chunk of a PNG (size, name, payload, 4 bytes of checksum) or a RIFF file
// (name, size, payload, padded to even).
func chunk(data []byte, pos int, name string, order binary.ByteOrder, trailer, pad int) []byte {
	for pos+8 <= len(data) {
		head := data[pos : pos+8]
		id, size := head[4:8], int64(order.Uint32(head[:4]))
		if pad > 0 {
			id, size = head[:4], int64(order.Uint32(head[4:]))
		}
		end := int64(pos) + 8 + size
		if end > int64(len(data)) {
			return nil
		}
		if string(id) == name {
			return data[pos+8 : end]
		}
		pos = int(end) + trailer + int(size)%2*pad
	}
	return nil
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
