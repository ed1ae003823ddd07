package photo

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"imagelab/lib/photo/phototest"
)

const (
	xmpAttribute = `<x:xmpmeta><rdf:Description tiff:Make="Canon" tiff:Orientation="6"/></x:xmpmeta>`
	xmpElement   = `<x:xmpmeta><tiff:Orientation>6</tiff:Orientation></x:xmpmeta>`
	adobe        = "http://ns.adobe.com/xap/1.0/\x00"
	iTXt         = "XML:com.adobe.xmp\x00\x00\x00\x00\x00" // not compressed, no language
)

func TestOrientationOutsideEXIF(t *testing.T) {
	jpg := phototest.Encode(t, "jpeg", phototest.Sample())
	png := phototest.Encode(t, "png", phototest.Sample())
	tif := phototest.Encode(t, "tiff", phototest.Sample())
	six, one := tiffBlock(binary.BigEndian, 6), tiffBlock(binary.LittleEndian, 1)
	marked := append([]byte("Exif\x00\x00"), six...)
	none := shotBlock("2024:05:06 07:08:09") // EXIF without an orientation
	exif := func(data []byte) []byte { return append([]byte("Exif\x00\x00"), data...) }
	text := func(name, head string, body []byte) []byte {
		return withChunk(png, name, append([]byte(head), body...))
	}
	profile, keyword := magickProfile(marked), "Raw profile type exif\x00"
	tests := []struct {
		name, reason string
		data         []byte
		want         int
	}{
		{"jpeg, attribute", "Lightroom writes XMP so", withSegment(jpg, []byte(adobe+xmpAttribute)), 6},
		{"jpeg, element", "exiftool writes it so", withSegment(jpg, []byte(adobe+xmpElement)), 6},
		{"jpeg, no EXIF tag", "there is EXIF, but it does not say",
			withSegment(withSegment(jpg, []byte(adobe+xmpElement)), exif(none)), 6},
		{"jpeg, EXIF says 1", "EXIF wins, also if it comes second",
			withSegment(withSegment(jpg, exif(one)), []byte(adobe+xmpElement)), 1},
		{"jpeg, EXIF mark twice", "some phones write it twice", withSegment(jpg, exif(marked)), 6},
		{"jpeg, out of range", "9 is no orientation",
			withSegment(jpg, []byte(adobe+strings.Replace(xmpElement, "6", "9", 1))), 1},
		{"jpeg, broken XMP", "the value is missing", withSegment(jpg, []byte(adobe+`<a tiff:Orientation="`)), 1},
		{"jpeg, no XMP", "a comment in another segment", withSegment(jpg, []byte(xmpElement)), 1},
		{"png, iTXt", "Photoshop writes it so", text("iTXt", iTXt, []byte(xmpAttribute)), 6},
		{"png, iTXt compressed", "the other kind",
			text("iTXt", "XML:com.adobe.xmp\x00\x01\x00en\x00xmp\x00", deflated(t, []byte(xmpElement))), 6},
		{"png, iTXt cut", "no end of the language", text("iTXt", "XML:com.adobe.xmp\x00\x00", nil), 1},
		{"png, unknown compression", "there is only 0",
			text("iTXt", "XML:com.adobe.xmp\x00\x01\x07\x00\x00", deflated(t, []byte(xmpElement))), 1},
		{"png, broken compression", "no zlib", text("iTXt", "XML:com.adobe.xmp\x00\x01\x00\x00\x00", []byte("x")), 1},
		{"png, zTXt profile", "ImageMagick writes EXIF so", text("zTXt", keyword+"\x00", deflated(t, profile)), 6},
		{"png, tEXt profile", "older ImageMagick too", text("tEXt", keyword, profile), 6},
		{"png, profile without mark", "as Pillow reads it", text("tEXt", keyword, magickProfile(six)), 6},
		{"png, profile with odd letters", "not hexadecimal", text("tEXt", keyword, []byte("\nexif\n 4\nxyz!\n")), 1},
		{"png, profile cut", "no bytes", text("tEXt", keyword, []byte("\nexif")), 1},
		{"png, profile missing", "the keyword alone", text("zTXt", keyword, nil), 1},
		{"png, eXIf with mark", "some converters copy it from a JPEG", withChunk(png, "eXIf", marked), 6},
		{"png, eXIf and profile", "the chunk of EXIF wins", withChunk(text("tEXt", keyword, profile), "eXIf", one), 1},
		{"webp", "the chunk of XMP", webpWith(t, "XMP ", []byte(xmpElement)), 6},
		{"tiff", "the field XMLPacket", tiffWith(tif, 700, []byte(xmpAttribute)), 6},
	}
	for _, tt := range tests {
		img, meta, err := decodeBytes(tt.data)
		if err != nil || meta.Orientation != tt.want || (img.Rect.Dx() == 32) != (tt.want == 6) {
			t.Errorf("%s: orientation %d, error %v, want %d: %s", tt.name, meta.Orientation, err, tt.want, tt.reason)
		}
	}
}

// TestBigTIFFField has the field in the form with offsets of 8 bytes.
func TestBigTIFFField(t *testing.T) {
	order := binary.LittleEndian
	b := append([]byte("II+\x00\x08\x00\x00\x00"), 16, 0, 0, 0, 0, 0, 0, 0)
	b = order.AppendUint16(order.AppendUint16(order.AppendUint64(b, 1), 700), 1)
	b = order.AppendUint64(order.AppendUint64(b, uint64(len(xmpElement))), 44)
	b = append(b, xmpElement...)
	if o := orientation("tiff", b); o != 6 {
		t.Errorf("orientation %d, want 6", o)
	}
	for n := range b { // cut anywhere
		orientation("tiff", b[:n])
	}
}

// TestTextIsBounded inflates a chunk of 64 MB in 64 kB.
func TestTextIsBounded(t *testing.T) {
	png := phototest.Encode(t, "png", phototest.Sample())
	bomb := deflated(t, make([]byte, 64<<20))
	for name, head := range map[string]string{"zTXt": "\x00", "iTXt": "\x01\x00\x00\x00"} {
		data := withChunk(png, name, append([]byte("XML:com.adobe.xmp\x00"+head), bomb...))
		if text := pngText(data, "XML:com.adobe.xmp"); len(text) != maxProfile {
			t.Errorf("%s: %d bytes of text", name, len(text))
		}
	}
}

// magickProfile is a profile as ImageMagick writes it into the text of a PNG.
func magickProfile(data []byte) []byte {
	out := fmt.Appendf(nil, "\nexif\n%8d\n", len(data))
	for len(data) > 0 {
		n := min(36, len(data))
		out = append(hex.AppendEncode(out, data[:n]), '\n')
		data = data[n:]
	}
	return out
}

func deflated(t testing.TB, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// webpWith is the sample as WebP with one chunk more.
func webpWith(t testing.TB, name string, payload []byte) []byte {
	still := testdata(t, "still.webp")
	if string(still[12:16]) != "VP8 " {
		t.Fatal("another file than expected")
	}
	const hasXMP = 1 << 2
	out := append(still[:12:12], "VP8X\x0a\x00\x00\x00"...)
	out = append(out, hasXMP, 0, 0, 0, 47, 0, 0, 31, 0, 0)
	out = append(append(out, still[12:]...), name...)
	out = append(binary.LittleEndian.AppendUint32(out, uint32(len(payload))), payload...)
	out = append(out, make([]byte, len(payload)%2)...)
	binary.LittleEndian.PutUint32(out[4:], uint32(len(out)-8))
	return out
}

// tiffWith is a little-endian TIFF with one field of bytes more, behind the others.
func tiffWith(data []byte, tag uint16, value []byte) []byte {
	order := binary.LittleEndian
	at := order.Uint32(data[4:])
	n := order.Uint16(data[at:])
	out := append(bytes.Clone(data), value...)
	order.PutUint32(out[4:], uint32(len(out)))
	out = order.AppendUint16(out, n+1)
	out = append(out, data[at+2:at+2+12*uint32(n)]...)
	out = order.AppendUint16(order.AppendUint16(out, tag), 1)
	out = order.AppendUint32(order.AppendUint32(out, uint32(len(value))), uint32(len(data)))
	return append(out, 0, 0, 0, 0)
}
