//go:build linux

package mutant

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"

	"github.com/gen2brain/jpegn"
)

// bombs are small files that ask for much. Sizes lie on both sides of what imagelab admits.
var bombs = []struct {
	name string
	make func() ([]byte, error)
}{
	{"1x65535.png", func() ([]byte, error) { return zerosPNG(1, 65535, 8, 2) }},
	{"65535x1.png", func() ([]byte, error) { return zerosPNG(65535, 1, 8, 2) }},
	{"100000x3.png", func() ([]byte, error) { return zerosPNG(100_000, 3, 8, 2) }},
	{"2x2000000.png", func() ([]byte, error) { return zerosPNG(2, 2_000_000, 8, 2) }},
	{"1x199000000.png", func() ([]byte, error) { return zerosPNG(1, 199_000_000, 8, 0) }},
	{"9000x9000.png", func() ([]byte, error) { return zerosPNG(9000, 9000, 8, 2) }},
	{"14000x14000.png", func() ([]byte, error) { return zerosPNG(14_000, 14_000, 8, 2) }},
	{"14000x14000_1bit.png", func() ([]byte, error) { return zerosPNG(14_000, 14_000, 1, 0) }},
	{"7000x7000_16bit.png", func() ([]byte, error) { return zerosPNG(7000, 7000, 16, 2) }},
	{"12000x12000_16bit.png", func() ([]byte, error) { return zerosPNG(12_000, 12_000, 16, 6) }},
	{"9000x9000_deflate.tif", func() ([]byte, error) { return zerosTIFF(9000, 9000, 8) }},
	{"14000x14000_deflate.tif", func() ([]byte, error) { return zerosTIFF(14_000, 14_000, 8) }},
	{"7000x7000_16bit_deflate.tif", func() ([]byte, error) { return zerosTIFF(7000, 7000, 16) }},
	{"1x99000_deflate.tif", func() ([]byte, error) { return zerosTIFF(1, 99_000, 8) }},
	{"3000_scans.jpg", func() ([]byte, error) { return scansJPEG(512, 512, 3000) }},
	{"100000_scans.jpg", func() ([]byte, error) { return scansJPEG(64, 48, 100_000) }},
	{"490_scans_of_20_megapixels.jpg", func() ([]byte, error) { return scansJPEG(5000, 4000, 490) }},
	{"100_scans_of_100_megapixels.jpg", func() ([]byte, error) { return scansJPEG(10_000, 10_000, 100) }},
	{"claims_50000x50000.jpg", func() ([]byte, error) { return claimedJPEG(50_000, 50_000) }},
	{"claims_16000x12000.jpg", func() ([]byte, error) { return claimedJPEG(16_000, 12_000) }},
	{"20000_frames.gif", func() ([]byte, error) { return framesGIF(64, 20_000) }},
	{"40_frames_of_25_megapixels.gif", func() ([]byte, error) { return framesGIF(5000, 40) }},
}

// zerosPNG is a PNG of zeros, of which a megabyte takes a kilobyte.
func zerosPNG(width, height int, bits, colours byte) ([]byte, error) {
	samples := map[byte]int{0: 1, 2: 3, 6: 4}[colours]
	out := []byte("\x89PNG\r\n\x1a\n")
	chunk := func(name string, payload []byte) {
		out = binary.BigEndian.AppendUint32(out, uint32(len(payload)))
		out = append(append(out, name...), payload...)
		out = binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out[len(out)-len(payload)-4:]))
	}
	head := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, uint32(width)), uint32(height))
	chunk("IHDR", append(head, bits, colours, 0, 0, 0))
	data, err := deflated(1+(width*samples*int(bits)+7)/8, height)
	if err != nil {
		return nil, err
	}
	chunk("IDAT", data)
	chunk("IEND", nil)
	return out, nil
}

// deflated are rows of zeros.
func deflated(width, rows int) ([]byte, error) {
	var b bytes.Buffer
	z, err := zlib.NewWriterLevel(&b, zlib.BestSpeed)
	if err != nil {
		return nil, err
	}
	row := make([]byte, width)
	for range rows {
		if _, err := z.Write(row); err != nil {
			return nil, err
		}
	}
	err = z.Close()
	return b.Bytes(), err
}

// zerosTIFF is an RGB TIFF in one strip.
func zerosTIFF(width, height, bits int) ([]byte, error) {
	data, err := deflated(width*3*bits/8, height)
	if err != nil {
		return nil, err
	}
	out := []byte("II*\x00\x08\x00\x00\x00")
	const fields, short, long = 9, 3, 4
	end := uint32(8 + 2 + fields*12 + 4)
	out = binary.LittleEndian.AppendUint16(out, fields)
	field := func(tag, kind uint16, count, value uint32) {
		out = binary.LittleEndian.AppendUint16(binary.LittleEndian.AppendUint16(out, tag), kind)
		out = binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(out, count), value)
	}
	field(256, long, 1, uint32(width))
	field(257, long, 1, uint32(height))
	field(258, short, 3, end)              // bits of a sample
	field(259, short, 1, 8)                // deflate
	field(262, short, 1, 2)                // RGB
	field(273, long, 1, end+6)             // the strip's place
	field(277, short, 1, 3)                // samples of a pixel
	field(278, long, 1, uint32(height))    // rows of the strip
	field(279, long, 1, uint32(len(data))) // its bytes
	out = append(out, 0, 0, 0, 0)          // no further page
	for range 3 {
		out = binary.LittleEndian.AppendUint16(out, uint16(bits))
	}
	return append(out, data...), nil
}

// scansJPEG is a progressive JPEG whose last scan comes n times.
func scansJPEG(width, height, n int) ([]byte, error) {
	var b bytes.Buffer
	img := image.NewGray(image.Rect(0, 0, width, height))
	if err := jpegn.Encode(&b, img, &jpegn.EncodeOptions{Progressive: true}); err != nil {
		return nil, err
	}
	data := b.Bytes()
	last := bytes.LastIndex(data, []byte{0xFF, 0xDA})
	out := append(bytes.Clone(data[:last]), bytes.Repeat(data[last:len(data)-2], n)...)
	return append(out, 0xFF, 0xD9), nil
}

// claimedJPEG is a small JPEG that says it has another size.
func claimedJPEG(width, height uint16) ([]byte, error) {
	var b bytes.Buffer
	if err := jpegn.Encode(&b, image.NewGray(image.Rect(0, 0, 64, 48)), nil); err != nil {
		return nil, err
	}
	data := b.Bytes()
	i := bytes.Index(data, []byte{0xFF, 0xC0})
	binary.BigEndian.PutUint16(data[i+5:], height)
	binary.BigEndian.PutUint16(data[i+7:], width)
	return data, nil
}

// framesGIF is an animation of one colour.
func framesGIF(side, frames int) ([]byte, error) {
	img := image.NewPaletted(image.Rect(0, 0, side, side), color.Palette{color.Black, color.White})
	var b bytes.Buffer
	if err := gif.EncodeAll(&b, &gif.GIF{Image: []*image.Paletted{img}, Delay: []int{1}}); err != nil {
		return nil, err
	}
	data := b.Bytes()
	start := bytes.Index(data, []byte{0x21, 0xF9}) // the first frame's extension
	out := append(bytes.Clone(data[:start]), bytes.Repeat(data[start:len(data)-1], frames)...)
	return append(out, 0x3B), nil
}
