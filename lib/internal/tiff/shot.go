package tiff

import "bytes"

// Shot returns what a TIFF, or the EXIF data of another format, says of how a picture was taken:
// the time by the camera's clock, "2006:01:02 15:04:05", and the camera's make and model. Each is
// empty where it is not told or cannot be read (EXIF 2.3, section 4.6).
func Shot(data []byte) (taken, camera string) {
	d, err := readDirectory(data)
	if err != nil {
		return "", ""
	}
	taken = d.letters(tagDateTime)
	camera = string(bytes.TrimSpace([]byte(d.letters(tagMake) + " " + d.letters(tagModel))))
	at, err := d.first(tagExif, 0)
	if err != nil || at == 0 || d.big {
		return taken, camera
	}
	exif := &directory{data: d.data, order: d.order, fields: map[uint16][]byte{}}
	if exif, err = exif.read(uint64(at), 2); err == nil {
		if original := exif.letters(tagTaken); original != "" {
			taken = original
		}
	}
	return taken, camera
}

// letters is a field of text, up to 64 bytes of it.
func (d *directory) letters(tag uint16) string {
	v, err := d.values(tag)
	if err != nil || v.size != 1 {
		return ""
	}
	text, _, _ := bytes.Cut(v.data[:min(len(v.data), 64)], []byte{0})
	return string(bytes.TrimSpace(text))
}
