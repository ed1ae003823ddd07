package photo

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/color/palette"
	"image/gif"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"
)

// The quadrants of the sample picture, 48 x 32 pixels, as in testdata.
var quadrants = [4]color.NRGBA{{200, 30, 40, 255}, {30, 160, 60, 255}, {40, 60, 190, 255}, {128, 128, 128, 255}}

func sample() *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, 48, 32))
	for y := range 32 {
		for x := range 48 {
			img.SetNRGBA(x, y, quadrants[y/16*2+x/24])
		}
	}
	return img
}

func encode(t testing.TB, format string, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	var err error
	switch format {
	case "jpeg":
		err = jpeg.Encode(&b, img, &jpeg.Options{Quality: 95})
	case "png":
		err = png.Encode(&b, img)
	case "gif":
		err = gif.Encode(&b, img, nil)
	case "bmp":
		err = bmp.Encode(&b, img)
	case "tiff":
		err = tiff.Encode(&b, img, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// converted draws the sample in another pixel type.
func converted[T interface {
	image.Image
	Set(x, y int, c color.Color)
}](img T) T {
	src := sample()
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

// hugePNG is a PNG whose header claims 60,000 x 60,000 pixels.
func hugePNG(t testing.TB) []byte {
	data := encode(t, "png", sample())
	binary.BigEndian.PutUint32(data[16:], 60000)
	binary.BigEndian.PutUint32(data[20:], 60000)
	binary.BigEndian.PutUint32(data[29:], crc32.ChecksumIEEE(data[12:29]))
	return data
}

// hugeJPEG is a JPEG whose header claims 60,000 x 60,000 pixels.
func hugeJPEG(t testing.TB) []byte {
	data := encode(t, "jpeg", sample())
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

// put writes a file and the folders above it.
func put(t testing.TB, root, name string, data []byte) string {
	t.Helper()
	file := filepath.Join(root, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, data, 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}
