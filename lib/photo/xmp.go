package photo

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"encoding/hex"
	"io"
	"regexp"

	"imagelab/lib/internal/jpegscan"
	"imagelab/lib/internal/tiff"
)

// maxProfile is how much of a text or profile is read, bytes. Compressed text can be 1000 times as
// long as what is in the file.
const maxProfile = 1 << 20

// xmpTag finds the orientation in XMP, as an attribute or an element, as Pillow does.
var xmpTag = regexp.MustCompile(`tiff:Orientation(?:="|>)([0-9])`)

// xmpOrientation returns the orientation that XMP text names, 1 to 8; 1 where there is none.
func xmpOrientation(xmp []byte) int {
	m := xmpTag.FindSubmatch(xmp[:min(len(xmp), maxProfile)])
	if m == nil || m[1][0] < '1' || m[1][0] > '8' {
		return 1
	}
	return int(m[1][0] - '0')
}

// xmpOf is the XMP text of a file (XMP specification, part 3), nil where there is none.
func xmpOf(format string, data []byte) (xmp []byte) {
	switch format {
	case "jpeg":
		for marker, content := range jpegscan.Segments(data) {
			if text, ok := bytes.CutPrefix(content, []byte("http://ns.adobe.com/xap/1.0/\x00")); ok && marker == 0xE1 {
				xmp = text
			}
		}
	case "png":
		return pngText(data, "XML:com.adobe.xmp")
	case "webp":
		return chunk(data, 12, "XMP ", binary.LittleEndian, 0, 1)
	case "tiff":
		return tiff.XMP(data)
	}
	return xmp
}

// pngText is the text that a PNG has under a keyword, in a tEXt, zTXt or iTXt chunk (PNG
// specification, 11.3.3): up to maxProfile of it, nil where there is none or it cannot be read.
func pngText(data []byte, keyword string) []byte {
	for name, payload := range chunks(data, 8, binary.BigEndian, 4, 0) {
		text, ok := bytes.CutPrefix(payload, []byte(keyword+"\x00"))
		if !ok {
			continue
		}
		switch string(name) {
		case "tEXt":
			return text[:min(len(text), maxProfile)]
		case "zTXt":
			if len(text) > 0 {
				return inflate(text[0], text[1:])
			}
		case "iTXt":
			return internationalText(text)
		}
	}
	return nil
}

// internationalText is the text of an iTXt chunk behind its keyword: whether it is compressed, the
// method, a language and the keyword in that language stand before it.
func internationalText(payload []byte) []byte {
	if len(payload) < 2 {
		return nil
	}
	_, rest, _ := bytes.Cut(payload[2:], []byte{0})
	_, text, ok := bytes.Cut(rest, []byte{0})
	switch {
	case !ok:
		return nil
	case payload[0] == 0:
		return text[:min(len(text), maxProfile)]
	}
	return inflate(payload[1], text)
}

// inflate reads compressed text, of the only method that there is, 0.
func inflate(method byte, text []byte) []byte {
	r, err := zlib.NewReader(bytes.NewReader(text))
	if err != nil || method != 0 {
		return nil
	}
	out, err := io.ReadAll(io.LimitReader(r, maxProfile))
	if err != nil {
		return nil
	}
	return out
}

// rawProfile is a profile that ImageMagick wrote as text: an empty line, its name, its length, and
// its bytes in hexadecimal digits. It is nil if the text is of another form.
func rawProfile(text []byte) []byte {
	lines := bytes.SplitN(text, []byte("\n"), 4)
	if len(lines) < 4 {
		return nil
	}
	digits := bytes.Join(bytes.Fields(lines[3]), nil)
	profile := make([]byte, len(digits)/2)
	if _, err := hex.Decode(profile, digits[:2*len(profile)]); err != nil {
		return nil
	}
	return profile
}
