package photo

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"strings"
	"testing"

	"imagelab/lib/photo/phototest"

	"github.com/gen2brain/jpegn"
)

// zerosPNG is a PNG of zeros, of which a megabyte takes a kilobyte.
func zerosPNG(t testing.TB, width, height int, bits, colours byte) []byte {
	t.Helper()
	samples := map[byte]int{0: 1, 2: 3, 6: 4}[colours]
	out := []byte("\x89PNG\r\n\x1a\n")
	chunk := func(name string, payload []byte) {
		out = binary.BigEndian.AppendUint32(out, uint32(len(payload)))
		out = append(append(out, name...), payload...)
		out = binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out[len(out)-len(payload)-4:]))
	}
	head := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, uint32(width)), uint32(height))
	chunk("IHDR", append(head, bits, colours, 0, 0, 0))
	var data bytes.Buffer
	z := zlib.NewWriter(&data)
	row := make([]byte, 1+(width*samples*int(bits)+7)/8)
	for range min(height, 1000) { // the rest is missing, which shows after the size is looked at
		if _, err := z.Write(row); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	chunk("IDAT", data.Bytes())
	chunk("IEND", nil)
	return out
}

// sealed computes the checksum of a PNG's header anew.
func sealed(data []byte) []byte {
	binary.BigEndian.PutUint32(data[29:], crc32.ChecksumIEEE(data[12:29]))
	return data
}

// TestBombs are small files that ask for gigabytes or minutes.
func TestBombs(t *testing.T) {
	scans := func(n int) []byte {
		var b bytes.Buffer
		if err := jpegn.Encode(&b, image.NewGray(image.Rect(0, 0, 64, 48)),
			&jpegn.EncodeOptions{Progressive: true}); err != nil {
			t.Fatal(err)
		}
		data := b.Bytes()
		last := bytes.LastIndex(data, []byte{0xFF, 0xDA})
		return append(bytes.Clone(data[:last]), bytes.Repeat(data[last:len(data)-2], n)...)
	}
	tests := []struct {
		name, reason string
		data         []byte
		want         string
	}{
		{"2 x 2,000,000", "6 kB", zerosPNG(t, 2, 2_000_000, 8, 2), "over the limit of 100000 a side"},
		{"1 x 199,000,000", "387 kB", zerosPNG(t, 1, 199_000_000, 8, 0), "over the limit of 100000 a side"},
		{"14,000 x 14,000", "0.6 MB", zerosPNG(t, 14_000, 14_000, 8, 2), "over the limit of 640 MB"},
		{"12,000 x 12,000 in 16 bits", "1 MB", zerosPNG(t, 12_000, 12_000, 16, 2), "over the limit of 640 MB"},
		{"3,000 scans", "81 kB, a pass over all pixels each", scans(3000), "is a JPEG of 501 scans or more"},
		{"50,000 x 50,000 JPEG", "some bytes", resized(phototest.Encode(t, "jpeg", phototest.Sample()), 50_000,
			50_000), "over the limit of 200 megapixels"},
	}
	for _, tt := range tests {
		if _, _, err := decodeBytes(tt.data); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error %v, want %q", tt.name, err, tt.want)
		}
	}
}

// resized is a baseline JPEG that claims another size.
func resized(jpg []byte, width, height uint16) []byte {
	i := bytes.Index(jpg, []byte{0xFF, 0xC0})
	binary.BigEndian.PutUint16(jpg[i+5:], height)
	binary.BigEndian.PutUint16(jpg[i+7:], width)
	return jpg
}

// TestLargePhotos are the largest that phones and cameras take: they must be admitted.
func TestLargePhotos(t *testing.T) {
	jpg := phototest.Encode(t, "jpeg", phototest.Sample())
	for _, tt := range []struct {
		name          string
		width, height uint16
		reduced       int
	}{{"48 megapixels", 8000, 6000, 1}, {"108 megapixels", 12000, 9000, 1}, {"200 megapixels", 16320, 12240, 2}} {
		e, err := examine(resized(bytes.Clone(jpg), tt.width, tt.height))
		if err != nil || e.reduced != tt.reduced || e.memory > maxMemory {
			t.Errorf("%s: %v, %+v, want 1/%d", tt.name, err, e, tt.reduced)
		}
	}
	for _, e := range []*Encoded{
		{format: "png", Config: image.Config{ColorModel: color.RGBAModel, Width: 12000, Height: 9000}},
		{format: "tiff", Config: image.Config{ColorModel: color.NRGBA64Model, Width: 8200, Height: 5500}},
	} {
		if m := e.demand(); m > maxMemory {
			t.Errorf("%s of %d x %d pixels would take %d MB", e.format, e.Width, e.Height, m/1_000_000)
		}
	}
}
