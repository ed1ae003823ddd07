package tiff

import (
	"bytes"
	"compress/lzw"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// field is one entry of a directory, of type LONG where it has one value and SHORT where it has
// several.
type field struct {
	tag    uint16
	values []uint32
}

// file writes a classic TIFF whose blocks lie behind the header. Their offsets and lengths are
// added to the fields, as 0 for a nil block.
func file(order binary.AppendByteOrder, fields []field, offsetTag, countTag uint16, blocks ...[]byte) []byte {
	out := []byte("II*\x00\x00\x00\x00\x00")
	if order == binary.AppendByteOrder(binary.BigEndian) {
		out = []byte("MM\x00*\x00\x00\x00\x00")
	}
	offsets, counts := field{tag: offsetTag}, field{tag: countTag}
	for _, b := range blocks {
		if b == nil {
			offsets.values, counts.values = append(offsets.values, 0), append(counts.values, 0)
			continue
		}
		offsets.values, counts.values = append(offsets.values, uint32(len(out))), append(counts.values, uint32(len(b)))
		out = append(out, b...)
	}
	fields = append(fields, offsets, counts)
	var entries []byte
	for _, f := range fields {
		size := 2
		if len(f.values) == 1 {
			size = 4
		}
		var values []byte
		for _, v := range f.values {
			if size == 4 {
				values = order.AppendUint32(values, v)
			} else {
				values = order.AppendUint16(values, uint16(v))
			}
		}
		entries = order.AppendUint16(entries, f.tag)
		entries = order.AppendUint16(entries, uint16(2+size/2)) // SHORT or LONG
		entries = order.AppendUint32(entries, uint32(len(f.values)))
		if len(values) > 4 {
			entries = order.AppendUint32(entries, uint32(len(out)))
			out = append(out, values...)
			continue
		}
		entries = append(entries, append(values, 0, 0, 0, 0)[:4]...)
	}
	order.(binary.ByteOrder).PutUint32(out[4:], uint32(len(out)))
	out = order.AppendUint16(out, uint16(len(fields)))
	return append(append(out, entries...), 0, 0, 0, 0)
}

// size are the fields that every picture here has: 4 x 2 pixels.
func size(bits, samples, photometric uint32, more ...field) []field {
	return append([]field{{tagWidth, []uint32{4}}, {tagHeight, []uint32{2}}, {tagBits, []uint32{bits}},
		{tagSamples, []uint32{samples}},
		{tagPhotometric, []uint32{photometric}}}, more...)
}

const unknownTag = 65000

// lzwOf compresses a few bytes, for which the LZW of TIFF is that of other formats.
func lzwOf(data ...byte) []byte {
	var b bytes.Buffer
	w := lzw.NewWriter(&b, lzw.MSB, 8)
	w.Write(data)
	w.Close()
	return b.Bytes()
}

func TestDecode(t *testing.T) {
	little, big := binary.LittleEndian, binary.BigEndian
	one := func(tag uint16, v uint32) field { return field{tag, []uint32{v}} }
	tests := []struct {
		name, reason string
		data         []byte
		at           [2]color.NRGBA64 // pixels (0,0) and (3,1)
	}{
		{"grey", "the plainest", file(little, size(8, 1, blackIsZero), tagStripOffsets, tagStripCounts,
			[]byte{10, 0, 0, 0, 0, 0, 0, 200}), grey(10*257, 200*257)},
		{"white is zero", "scanners", file(little, size(8, 1, whiteIsZero), tagStripOffsets, tagStripCounts,
			[]byte{10, 0, 0, 0, 0, 0, 0, 200}), grey(245*257, 55*257)},
		{"4 bits", "two to a byte", file(little, size(4, 1, blackIsZero), tagStripOffsets, tagStripCounts,
			[]byte{0x10, 0, 0, 0xF}), grey(0x1111, 0xFFFF)},
		{"12 bits", "cameras; brought to 16", file(little, size(12, 1, blackIsZero), tagStripOffsets, tagStripCounts,
			[]byte{0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x0F, 0xFF}), grey(0x8007, 0xFFFF)},
		{"16 bits, big-endian", "Macintosh", file(big, size(16, 1, blackIsZero), tagStripOffsets, tagStripCounts,
			[]byte{1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 4}), grey(0x102, 0x304)},
		{"signed", "computer tomography: the middle is zero",
			file(big, size(16, 1, blackIsZero, one(tagSampleFormat, 2)), tagStripOffsets, tagStripCounts,
				[]byte{0xFF, 0xFF, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}), grey(0x7FFF, 0x8001)},
		{"two strips", "one for each row", file(little, size(8, 1, blackIsZero, one(tagRowsPerStrip, 1)),
			tagStripOffsets, tagStripCounts, []byte{9, 0, 0, 0}, []byte{0, 0, 0, 8}), grey(9*257, 8*257)},
		{"tiles", "larger than the picture", file(little, size(8, 1, blackIsZero, one(tagTileWidth, 3),
			one(tagTileHeight, 3)), tagTileOffsets, tagTileCounts, []byte{9, 0, 0, 0, 0, 0, 7, 7, 7},
			[]byte{0, 7, 7, 8, 7, 7, 7, 7, 7}), grey(9*257, 8*257)},
		{"planes", "red, then green, then blue", file(little, size(8, 3, rgb, one(tagPlanar, 2)), tagStripOffsets,
			tagStripCounts, []byte{1, 0, 0, 0, 0, 0, 0, 4}, []byte{2, 0, 0, 0, 0, 0, 0, 5}, []byte{3, 0, 0, 0, 0, 0, 0, 6}),
			[2]color.NRGBA64{{257, 514, 771, 0xFFFF}, {1028, 1285, 1542, 0xFFFF}}},
		{"predictor", "differences to the left", file(little, size(8, 1, blackIsZero, one(tagPredictor, 2),
			one(tagCompression, deflated)), tagStripOffsets, tagStripCounts,
			deflate(t, []byte{250, 1, 1, 1, 250, 5, 5, 5})), grey(250*257, 9*257)},
		{"predictor of an uncompressed file", "left behind by a converter; libtiff passes over it",
			file(little, size(8, 1, blackIsZero, one(tagPredictor, 2)), tagStripOffsets, tagStripCounts,
				[]byte{250, 1, 1, 1, 250, 5, 5, 5}), grey(250*257, 5*257)},
		{"PackBits", "a run of eight", file(little, size(8, 1, blackIsZero, one(tagCompression, packBits)),
			tagStripOffsets, tagStripCounts, []byte{0xF9, 77}), grey(77*257, 77*257)},
		{"palette", "16 bits a colour", file(little, size(1, 1, paletted, field{tagPalette,
			[]uint32{0, 0xC8C8, 0, 0x6464, 0, 0x3232}}), tagStripOffsets, tagStripCounts, []byte{0x80, 0}),
			[2]color.NRGBA64{{0xC8C8, 0x6464, 0x3232, 0xFFFF}, {0, 0, 0, 0xFFFF}}},
		{"palette of 8 bits", "some old programs; libtiff tells them so, too", file(little, size(1, 1, paletted,
			field{tagPalette, []uint32{0, 0xC8, 0, 0x64, 0, 0x32}}), tagStripOffsets, tagStripCounts, []byte{0x80, 0}),
			[2]color.NRGBA64{{0xC8C8, 0x6464, 0x3232, 0xFFFF}, {0, 0, 0, 0xFFFF}}},
		{"fill order", "the lowest bit comes first", file(little, size(1, 1, blackIsZero, one(tagFillOrder, 2)),
			tagStripOffsets, tagStripCounts, []byte{1, 0}), grey(0xFFFF, 0)},
	}
	for _, tt := range tests {
		img, err := Decode(tt.data, nil)
		if err != nil || img.Bounds() != image.Rect(0, 0, 4, 2) {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		for i, at := range []image.Point{{}, {3, 1}} {
			if got := color.NRGBA64Model.Convert(img.At(at.X, at.Y)); got != tt.at[i] {
				t.Errorf("%s: pixel %v is %v, want %v", tt.name, at, got, tt.at[i])
			}
		}
	}
}

func deflate(t *testing.T, data []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zlib.NewWriter(&out)
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func grey(a, b uint16) [2]color.NRGBA64 {
	return [2]color.NRGBA64{{a, a, a, 0xFFFF}, {b, b, b, 0xFFFF}}
}

func TestDecodeRefuses(t *testing.T) {
	little := binary.LittleEndian
	one := func(tag uint16, v uint32) field { return field{tag, []uint32{v}} }
	good := file(little, size(8, 1, blackIsZero), tagStripOffsets, tagStripCounts, make([]byte, 8))
	tests := []struct {
		name, reason string
		data         []byte
		want         string
	}{
		{"floating point", "ImageJ", file(little, size(32, 1, blackIsZero, one(tagSampleFormat, 3)), tagStripOffsets,
			tagStripCounts, make([]byte, 32)), "floating-point samples"},
		{"Lab", "Photoshop", file(little, size(8, 3, 8), tagStripOffsets, tagStripCounts, make([]byte, 24)), "Lab colours"},
		{"Zstandard", "GDAL", file(little, size(8, 1, blackIsZero, one(tagCompression, 50000)), tagStripOffsets,
			tagStripCounts, make([]byte, 8)), "Zstandard"},
		{"short strip", "a failed copy", file(little, size(8, 1, blackIsZero), tagStripOffsets, tagStripCounts,
			make([]byte, 7)), io.ErrUnexpectedEOF.Error()},
		{"no strip stored", "a program that was ended while it wrote", file(little, size(8, 1, blackIsZero,
			one(tagRowsPerStrip, 1)), tagStripOffsets, tagStripCounts, nil, nil), io.ErrUnexpectedEOF.Error()},
		{"no counts, LZW cut short", "a failed copy", file(little, size(8, 1, blackIsZero, one(tagCompression, lzwCoded)),
			tagStripOffsets, unknownTag, lzwOf(1, 2, 3)[:2]), io.ErrUnexpectedEOF.Error()},
		{"no counts, strips overlap", "each would be decompressed up to the next", file(little, size(8, 1, blackIsZero,
			one(tagCompression, deflated), one(tagTileWidth, 1), one(tagTileHeight, 1),
			field{tagTileOffsets, []uint32{8, 8, 8, 8, 8, 8, 8, 8}}), 1, 2, make([]byte, 2000)),
			"its strips overlap"},
		{"directory cut off", "a failed copy", good[:30], io.ErrUnexpectedEOF.Error()},
		{"strips overlap", "each would be decompressed from the whole file", overlapping(200), "its strips overlap"},
	}
	for _, tt := range tests {
		if _, err := Decode(tt.data, nil); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error %v, want %q", tt.name, err, tt.want)
		}
	}
}

// overlapping says that each of its eight tiles is compressed and takes the whole file.
func overlapping(bytes uint32) []byte {
	one, all := field{tagCompression, []uint32{deflated}}, field{tagTileCounts, nil}
	for range 8 {
		all.values = append(all.values, bytes)
	}
	fields := size(8, 1, blackIsZero, one, field{tagTileWidth, []uint32{1}}, field{tagTileHeight, []uint32{1}},
		field{tagTileOffsets, make([]uint32, 8)}, all)
	data := file(binary.LittleEndian, fields, 1, 2)
	return append(data, make([]byte, max(0, int(bytes)-len(data)))...)[:max(len(data), int(bytes))]
}

func TestOrientation(t *testing.T) {
	little, big := binary.LittleEndian, binary.BigEndian
	for name, data := range map[string][]byte{
		"LONG":             file(little, []field{{tagOrientation, []uint32{6}}}, 1, 2),
		"LONG, big-endian": file(big, []field{{tagOrientation, []uint32{6}}}, 1, 2),
		"SHORT":            []byte("MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06\x00\x00"),
		"BYTE":             []byte("MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x01\x00\x00\x00\x01\x06\x00\x00\x00"),
		"BigTIFF":          []byte("II+\x00\x08\x00\x00\x00\x10\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x12\x01\x03\x00\x01\x00\x00\x00\x00\x00\x00\x00\x06\x00\x00\x00\x00\x00\x00\x00"),
		"more is promised": []byte("MM\x00*\x00\x00\x00\x08\x00\x09\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06\x00\x00"),
	} {
		if got, _ := Orientation(data); got != 6 {
			t.Errorf("%s: %d, want 6", name, got)
		}
	}
}

func TestIsRaw(t *testing.T) {
	one := func(tag uint16, v uint32) field { return field{tag, []uint32{v}} }
	reduced, below := one(tagSubfileType, 1), one(tagSubIFDs, 8)
	for _, tt := range []struct {
		name, reason string
		fields       []field
		want         bool
	}{
		{"DNG", "it says so", []field{one(tagDNGVersion, 1)}, true},
		{"Nikon", "a camera's picture with a preview before it", []field{reduced, below, one(tagMake, 1)}, true},
		{"no picture", "nothing else could be read of it", []field{reduced, below}, true},
		{"pyramid", "a scanner's copies in other sizes", size(8, 1, blackIsZero, reduced, below), false},
		{"camera", "a whole picture", []field{below, one(tagMake, 1)}, false},
	} {
		if got := IsRaw(file(binary.LittleEndian, tt.fields, 1, 2)); got != tt.want {
			t.Errorf("%s: %v, want %v: %s", tt.name, got, tt.want, tt.reason)
		}
	}
}

func FuzzDecode(f *testing.F) {
	files, err := filepath.Glob("../../photo/testdata/foreign/*.tif")
	if err != nil || len(files) == 0 {
		f.Fatal("no files", err)
	}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if o, _ := Orientation(data); o < 1 || o > 8 {
			t.Errorf("orientation %d", o)
		}
		cfg, err := DecodeConfig(data)
		if err != nil || cfg.Block < 0 || int64(cfg.Width)*int64(cfg.Height)+cfg.Block > 1<<20 {
			return // allowed, but it would slow the search
		}
		img, err := Decode(data, func(data []byte) (image.Image, error) { return jpeg.Decode(bytes.NewReader(data)) })
		var unsupported UnsupportedError
		if err == nil && img.Bounds() != image.Rect(0, 0, cfg.Width, cfg.Height) {
			t.Errorf("bounds %v of %d x %d", img.Bounds(), cfg.Width, cfg.Height)
		}
		if errors.As(err, &unsupported) && !strings.HasPrefix(unsupported.Error(), "a TIFF ") {
			t.Errorf("unsupported is %q", unsupported)
		}
	})
}
