package photo

import (
	"bytes"
	"encoding/binary"

	"imagelab/lib/internal/jpegscan"
	"imagelab/lib/internal/tiff"
)

// orientation returns the EXIF orientation, 1 to 8; 1 where there is none or it cannot be read. It
// looks into JPEG, PNG, WebP and TIFF, because phones and converters write the tag into all four
// and the ready-made readers know JPEG only.
func orientation(format string, data []byte) int {
	switch format {
	case "jpeg":
		for marker, content := range jpegscan.Segments(data) {
			if exif, ok := bytes.CutPrefix(content, []byte("Exif\x00\x00")); ok && marker == 0xE1 {
				return tiff.Orientation(exif)
			}
		}
	case "png":
		return tiff.Orientation(chunk(data, 8, "eXIf", binary.BigEndian, 4, 0))
	case "webp":
		exif := chunk(data, 12, "EXIF", binary.LittleEndian, 0, 1)
		return tiff.Orientation(bytes.TrimPrefix(exif, []byte("Exif\x00\x00")))
	case "tiff":
		return tiff.Orientation(data)
	}
	return 1
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
