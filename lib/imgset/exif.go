package imgset

import (
	"bytes"
	"encoding/binary"

	"imagelab/lib/jpegscan"
)

// orientation returns the EXIF orientation, 1 to 8; 1 where there is none or it cannot be read. It looks into JPEG,
// PNG, WebP and TIFF, because phones and converters write the tag into all four and the ready-made readers know JPEG only.
func orientation(format string, data []byte) int {
	switch format {
	case "jpeg":
		for marker, content := range jpegscan.Segments(data) {
			if exif, ok := bytes.CutPrefix(content, []byte("Exif\x00\x00")); ok && marker == 0xE1 {
				return tiffOrientation(exif)
			}
		}
	case "png":
		return tiffOrientation(chunk(data, 8, "eXIf", binary.BigEndian, 4, 0))
	case "webp":
		exif := chunk(data, 12, "EXIF", binary.LittleEndian, 0, 1)
		return tiffOrientation(bytes.TrimPrefix(exif, []byte("Exif\x00\x00")))
	case "tiff":
		return tiffOrientation(data)
	}
	return 1
}

// chunk finds a named chunk of a PNG (size, name, payload, 4 bytes of checksum) or a RIFF file (name, size, payload,
// padded to even).
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

// tiffOrientation reads tag 0x0112 of the first directory of a TIFF structure (TIFF 6.0, section 2; EXIF 2.3, 4.6.4).
func tiffOrientation(data []byte) int {
	if len(data) < 8 {
		return 1
	}
	var order binary.ByteOrder = binary.LittleEndian
	if data[0] == 'M' {
		order = binary.BigEndian
	}
	pos := int64(order.Uint32(data[4:8]))
	if pos+2 > int64(len(data)) {
		return 1
	}
	count := int64(order.Uint16(data[pos:]))
	for i := range count {
		at := pos + 2 + 12*i
		if at+12 > int64(len(data)) {
			return 1
		}
		if order.Uint16(data[at:]) == 0x0112 {
			return orientationValue(order, data[at+2:at+12])
		}
	}
	return 1
}

// orientationValue reads a number from 1 to 8 behind its type and count: a SHORT, or the BYTE or LONG that some programs write.
func orientationValue(order binary.ByteOrder, field []byte) int {
	v := 1
	switch order.Uint16(field) {
	case 1, 6, 7:
		v = int(field[6])
	case 3, 8:
		v = int(order.Uint16(field[6:]))
	case 4, 9:
		v = int(order.Uint32(field[6:]))
	}
	if v < 1 || v > 8 {
		return 1
	}
	return v
}
