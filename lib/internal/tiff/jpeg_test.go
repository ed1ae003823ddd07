package tiff

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/jpeg"
	"runtime"
	"testing"
)

// flatJPEG is a baseline JPEG of 4 x 2 pixels, all of them of the same samples, which are stored as
// they are: a scan for each, without a word on what they mean.
func flatJPEG(t testing.TB, samples ...uint8) []byte {
	t.Helper()
	var out, scans []byte
	for i, v := range samples {
		img := image.NewGray(image.Rect(0, 0, 4, 2))
		for k := range img.Pix {
			img.Pix[k] = v
		}
		var b bytes.Buffer
		if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 100}); err != nil {
			t.Fatal(err)
		}
		data := b.Bytes()
		frame, scan := bytes.Index(data, []byte{0xFF, 0xC0}), bytes.Index(data, []byte{0xFF, 0xDA})
		if i == 0 {
			out = append(out, data[:frame]...)
			out = append(out, 0xFF, 0xC0, 0, byte(8+3*len(samples)))
			out = append(append(out, data[frame+4:frame+9]...), byte(len(samples)))
			for k := range samples {
				out = append(out, byte(k+1), 0x11, 0)
			}
			out = append(out, data[frame+13:scan]...)
		}
		data[scan+5] = byte(i + 1)
		scans = append(scans, data[scan:len(data)-2]...)
	}
	return append(append(out, scans...), 0xFF, 0xD9)
}

func decodeStd(data []byte) (image.Image, error) { return jpeg.Decode(bytes.NewReader(data)) }

// TestJPEGIsAsUncompressed: the same samples mean the same colour in either compression.
func TestJPEGIsAsUncompressed(t *testing.T) {
	little := binary.LittleEndian
	for _, tt := range []struct {
		name, reason string
		photometric  uint32
		extra        []uint32 // none: nothing is said of the sample that is no colour
		pixel        []uint8
	}{
		{"grey", "the plainest", blackIsZero, nil, []uint8{200}},
		{"white is zero", "scanners; it was a negative", whiteIsZero, nil, []uint8{200}},
		{"RGB", "common", rgb, nil, []uint8{200, 100, 50}},
		{"RGB and alpha", "it was taken for inks and came out dark", rgb, []uint32{2}, []uint8{200, 100, 50, 128}},
		{"RGB times alpha", "the same", rgb, []uint32{1}, []uint8{100, 50, 25, 128}},
		{"RGB and a mask", "the same; the mask is no alpha", rgb, []uint32{0}, []uint8{200, 100, 50, 128}},
		{"RGB and more", "the same", rgb, nil, []uint8{200, 100, 50, 128}},
		{"CMYK", "print", cmyk, nil, []uint8{20, 60, 100, 128}},
	} {
		fields := size(8, uint32(len(tt.pixel)), tt.photometric)
		if tt.extra != nil {
			fields = append(fields, field{tagExtraSamples, tt.extra})
		}
		plain := file(little, fields, tagStripOffsets, tagStripCounts, bytes.Repeat(tt.pixel, 8))
		fields = append(fields, field{tagCompression, []uint32{jpegCoded}})
		packed := file(little, fields, tagStripOffsets, tagStripCounts, flatJPEG(t, tt.pixel...))
		want, err := Decode(plain, nil)
		if err != nil {
			t.Fatal(err)
		}
		got, err := Decode(packed, decodeStd)
		if err != nil || got.Bounds() != want.Bounds() || got.ColorModel() != want.ColorModel() {
			t.Errorf("%s (%s): %v", tt.name, tt.reason, err)
			continue
		}
		a, b := color.NRGBAModel.Convert(got.At(3, 1)).(color.NRGBA), color.NRGBAModel.Convert(want.At(3, 1)).(color.NRGBA)
		if apart(a.R, b.R) > 3 || apart(a.G, b.G) > 3 || apart(a.B, b.B) > 3 || apart(a.A, b.A) > 1 {
			t.Errorf("%s (%s): %v, want %v", tt.name, tt.reason, a, b)
		}
	}
}

func apart(a, b uint8) int { return max(int(a), int(b)) - min(int(a), int(b)) }

func TestJPEGRefuses(t *testing.T) {
	coded := field{tagCompression, []uint32{jpegCoded}}
	many := make([]uint32, maxTables)
	for name, data := range map[string][]byte{
		"three colours where the header says one": file(binary.LittleEndian, size(8, 1, blackIsZero, coded),
			tagStripOffsets, tagStripCounts, flatJPEG(t, 1, 2, 3)),
		"tables of 128 KB, read for each strip": file(binary.LittleEndian,
			size(8, 1, blackIsZero, coded, field{tagJPEGTables, many}), tagStripOffsets, tagStripCounts, flatJPEG(t, 1)),
	} {
		if _, err := Decode(data, decodeStd); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// TestSparseJPEG: a strip that is not stored is black, as GDAL has it.
func TestSparseJPEG(t *testing.T) {
	one := func(tag uint16, v uint32) field { return field{tag, []uint32{v}} }
	for photometric, samples := range map[uint32][]uint8{
		blackIsZero: {200}, rgb: {200, 100, 50}, ycbcr: {200, 128, 128},
	} {
		strip := flatJPEG(t, samples...)
		data := file(binary.LittleEndian, []field{one(tagWidth, 4), one(tagHeight, 4), one(tagBits, 8),
			one(tagSamples, uint32(len(samples))), one(tagPhotometric, photometric), one(tagRowsPerStrip, 2),
			one(tagCompression, jpegCoded)}, tagStripOffsets, tagStripCounts, strip, nil)
		cfg, err := DecodeConfig(data)
		if err != nil || cfg.Block > 3*int64(8*len(samples))+2*int64(len(data)) {
			t.Errorf("photometric %d: Block %d, %v", photometric, cfg.Block, err)
		}
		img, err := Decode(data, decodeStd)
		if err != nil {
			t.Errorf("photometric %d: %v", photometric, err)
			continue
		}
		if got := color.NRGBAModel.Convert(img.At(3, 3)); got != (color.NRGBA{0, 0, 0, 255}) {
			t.Errorf("photometric %d: %v, want black", photometric, got)
		}
		if r, _, _, _ := img.At(3, 1).RGBA(); r < 0x8000 {
			t.Errorf("photometric %d: the strip that is stored is dark", photometric)
		}
	}
}

// TestMemory: what a file asks for is either in Block or not taken.
func TestMemory(t *testing.T) {
	one := func(tag uint16, v uint32) field { return field{tag, []uint32{v}} }
	many := field{tagFillOrder, make([]uint32, 1<<20)}
	many.values[0] = 1
	var strips [][]byte
	for range 100 {
		strips = append(strips, make([]byte, 4))
	}
	tall := []field{one(tagWidth, 4), one(tagHeight, 100), one(tagBits, 8), one(tagPhotometric, blackIsZero),
		one(tagRowsPerStrip, 1)}
	little := binary.LittleEndian
	row := bytes.Repeat([]byte{0x81, 0}, 1<<16) // 8 MB of zeros
	for _, tt := range []struct {
		name, reason string
		data         []byte
		most         int64 // bytes beside Block
	}{
		{"wide tile", "its rows of samples are 16 times as long as it, of which 4 pixels are shown",
			file(little, size(1, 64, blackIsZero, one(tagTileWidth, 1<<20), one(tagTileHeight, 2),
				one(tagCompression, packBits)), tagTileOffsets, tagTileCounts, append(row, row...)), 1 << 20},
		{"long field", "it was read for each of 100 strips",
			file(little, append(tall, many), tagStripOffsets, tagStripCounts, strips...), 1 << 20},
		{"overlapping planes", "each of 64 was the whole file, its bits turned",
			longPlanes(little, size(8, 64, blackIsZero, one(tagPlanar, 2), one(tagFillOrder, 2)), 1<<20), 1 << 20},
	} {
		cfg, err := DecodeConfig(tt.data)
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, _ = Decode(tt.data, nil)
		runtime.ReadMemStats(&after)
		if took := int64(after.TotalAlloc - before.TotalAlloc); took > cfg.Block+tt.most {
			t.Errorf("%s (%s): took %d bytes, Block is %d", tt.name, tt.reason, took, cfg.Block)
		}
	}
}

// longPlanes has planes of which each says that it takes all of the file, filled up to bytes.
func longPlanes(order binary.AppendByteOrder, fields []field, bytes int) []byte {
	offsets, counts := field{tagStripOffsets, make([]uint32, 64)}, field{tagStripCounts, make([]uint32, 64)}
	for i := range counts.values {
		counts.values[i] = 0xFFFF
	}
	data := file(order, append(fields, offsets, counts), 1, 2)
	return append(data, make([]byte, bytes-len(data))...)
}

// TestJPEGMemory: a progressive JPEG keeps its coefficients until its last scan.
func TestJPEGMemory(t *testing.T) {
	coded := field{tagCompression, []uint32{jpegCoded}}
	at := func(jpg []byte) int64 {
		data := file(binary.LittleEndian, size(8, 1, blackIsZero, coded), tagStripOffsets, tagStripCounts, jpg)
		cfg, err := DecodeConfig(data)
		if err != nil {
			t.Fatal(err)
		}
		return cfg.Block - 2*int64(len(data))
	}
	baseline := flatJPEG(t, 1)
	progressive := bytes.Replace(baseline, []byte{0xFF, 0xC0}, []byte{0xFF, 0xC2}, 1)
	if a, b := at(baseline), at(progressive); a != 3*8 || b != 7*8 {
		t.Errorf("Block of 8 samples is %d, progressive %d, want 24 and 56", a, b)
	}
}
