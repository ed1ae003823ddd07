package photo

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/color/palette"
	"image/gif"
	"os"
	"path/filepath"
	"testing"

	"imagelab/lib/photo/phototest"
)

// converted draws the sample in another pixel type.
func converted[T interface {
	image.Image
	Set(x, y int, c color.Color)
}](img T) T {
	src := phototest.Sample()
	for y := range 32 {
		for x := range 48 {
			img.Set(x, y, src.At(x, y))
		}
	}
	return img
}

// tiffBlock is a TIFF structure with nothing but an orientation.
func tiffBlock(order binary.AppendByteOrder, orientation uint16) []byte {
	b := []byte("II*\x00")
	if order == binary.AppendByteOrder(binary.BigEndian) {
		b = []byte("MM\x00*")
	}
	b = order.AppendUint32(b, 8)
	b = order.AppendUint16(b, 2)
	b = order.AppendUint16(b, 0x0100) // another tag before it
	b = order.AppendUint16(b, 3)
	b = order.AppendUint32(b, 1)
	b = order.AppendUint16(b, 48)
	b = order.AppendUint16(b, 0)
	b = order.AppendUint16(b, 0x0112)
	b = order.AppendUint16(b, 3)
	b = order.AppendUint32(b, 1)
	b = order.AppendUint16(b, orientation)
	return append(b, 0, 0, 0, 0, 0, 0)
}

// withSegment puts an APP1 segment behind the start of a JPEG.
func withSegment(jpg, payload []byte) []byte {
	out := append([]byte{}, jpg[:2]...)
	out = append(out, 0xFF, 0xE1)
	out = binary.BigEndian.AppendUint16(out, uint16(len(payload)+2))
	return append(append(out, payload...), jpg[2:]...)
}

// withChunk puts a chunk behind the header of a PNG.
func withChunk(data []byte, name string, payload []byte) []byte {
	const afterHeader = 8 + 25
	body := append([]byte(name), payload...)
	out := append([]byte{}, data[:afterHeader]...)
	out = binary.BigEndian.AppendUint32(out, uint32(len(payload)))
	out = append(out, body...)
	out = binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(body))
	return append(out, data[afterHeader:]...)
}

// hugeJPEG is a JPEG whose header claims 60,000 x 60,000 pixels.
func hugeJPEG(t testing.TB) []byte {
	data := phototest.Encode(t, "jpeg", phototest.Sample())
	i := bytes.Index(data, []byte{0xFF, 0xC0})
	binary.BigEndian.PutUint16(data[i+5:], 60000)
	binary.BigEndian.PutUint16(data[i+7:], 60000)
	return data
}

func animatedGIF(t testing.TB) []byte {
	frame := converted(image.NewPaletted(image.Rect(0, 0, 48, 32), palette.Plan9))
	blank := image.NewPaletted(frame.Rect, palette.Plan9)
	var b bytes.Buffer
	if err := gif.EncodeAll(&b, &gif.GIF{Image: []*image.Paletted{frame, blank}, Delay: []int{1, 1}}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func testdata(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}
