package photo

import (
	"bytes"
	"compress/lzw"
	"encoding/binary"
	"image"
	"image/color"
	"image/gif"
	"slices"
	"strings"
	"testing"

	"imagelab/lib/photo/phototest"
)

// gifParts are those of a GIF whose frame is 6 x 4 pixels of the colours 0 to 23.
type gifParts struct {
	screen, at   image.Point
	noTable      bool
	before       string // between the screen and the frame
	interlaced   bool
	surplus      string // sub-blocks behind the pixels
	pixels       int    // that are stored; 0: all
	noTerminator bool
}

func (p gifParts) bytes(t testing.TB) []byte {
	t.Helper()
	point := func(b []byte, p image.Point) []byte {
		return binary.LittleEndian.AppendUint16(binary.LittleEndian.AppendUint16(b, uint16(p.X)), uint16(p.Y))
	}
	out := point([]byte("GIF89a"), p.screen)
	if p.noTable {
		out = append(out, 0, 0, 0)
	} else {
		out = append(out, gifHasTable|4, 0, 0)
		for i := range 32 {
			out = append(out, uint8(8*i), 100, uint8(255-8*i))
		}
	}
	out = append(append(out, p.before...), gifImage)
	out = point(point(out, p.at), image.Pt(6, 4))
	rows := []int{0, 1, 2, 3}
	if p.interlaced {
		out = append(out, gifInterlaced, 5)
		rows = []int{0, 2, 1, 3}
	} else {
		out = append(out, 0, 5)
	}
	var stored []byte
	for _, y := range rows {
		for x := range 6 {
			stored = append(stored, uint8(6*y+x))
		}
	}
	if p.pixels > 0 {
		stored = append(stored, stored...)[:p.pixels]
	}
	var b bytes.Buffer
	w := lzw.NewWriter(&b, lzw.LSB, 5)
	if _, err := w.Write(stored); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	half := b.Len() / 2
	out = append(append(out, byte(half)), b.Bytes()[:half]...)
	out = append(append(out, byte(b.Len()-half)), b.Bytes()[half:]...)
	out = append(out, p.surplus...)
	if p.noTerminator {
		return out
	}
	return append(out, 0, gifTrailer)
}

const transparent3 = "!\xf9\x04\x01\x00\x00\x03\x00" // graphic control: colour 3

func TestGIFsOutOfOrder(t *testing.T) {
	whole := image.Pt(6, 4)
	tests := []struct {
		name, reason string
		parts        gifParts
		want         image.Point // size
	}{
		{"plain", "the rule", gifParts{screen: whole}, whole},
		{"interlaced", "every eighth row first", gifParts{screen: whole, interlaced: true}, whole},
		{"frame larger than screen", "the screen grows, as in Pillow", gifParts{screen: image.Pt(3, 2)}, whole},
		{"frame past the screen", "it grows up to the end of the frame",
			gifParts{screen: whole, at: image.Pt(2, 5)}, image.Pt(8, 9)},
		{"frame past one side", "the other side stays", gifParts{screen: image.Pt(20, 4), at: image.Pt(1, 1)},
			image.Pt(20, 5)},
		{"screen 0 x 0", "some encoders leave it out", gifParts{}, whole},
		{"screen 6 x 0", "or one side of it", gifParts{screen: image.Pt(6, 0)}, whole},
		{"no colour table", "shades of grey", gifParts{screen: whole, noTable: true}, whole},
		{"no colour table, transparent", "a shade of grey can be so",
			gifParts{screen: image.Pt(9, 9), noTable: true, before: transparent3}, image.Pt(9, 9)},
		{"surplus sub-blocks", "some encoders leave them", gifParts{screen: whole, surplus: "\x05hello\x02no"}, whole},
		{"zeros between parts", "some programs fill up",
			gifParts{screen: whole, before: "\x00\x00" + transparent3 + "\x00"}, whole},
		{"unknown extension", "it can be passed over", gifParts{screen: whole, before: "!\x42\x03abc\x00"}, whole},
		{"all at once", "one does not hinder another", gifParts{screen: image.Pt(1, 1), at: image.Pt(2, 3),
			noTable: true, before: "\x00", interlaced: true, surplus: "\x01x"}, image.Pt(8, 7)},
	}
	for _, tt := range tests {
		img, meta, err := decodeBytes(tt.parts.bytes(t))
		if err != nil || img.Rect.Size() != tt.want || meta.Width != tt.want.X || meta.Height != tt.want.Y {
			t.Errorf("%s: %+v, error %v, want %v: %s", tt.name, meta, err, tt.want, tt.reason)
			continue
		}
		for i := range 24 {
			want := color.NRGBA{uint8(8 * i), 100, uint8(255 - 8*i), 255}
			if tt.parts.noTable {
				want = color.NRGBA{uint8(i), uint8(i), uint8(i), 255}
			}
			if i == 3 && strings.Contains(tt.parts.before, transparent3) {
				want = color.NRGBA{255, 255, 255, 255}
			}
			if got := img.NRGBAAt(tt.parts.at.X+i%6, tt.parts.at.Y+i/6); got != want {
				t.Errorf("%s: pixel %d is %v, want %v: %s", tt.name, i, got, want, tt.reason)
			}
		}
	}
}

func TestGIFRefuses(t *testing.T) {
	whole := image.Pt(6, 4)
	plain := gifParts{screen: whole}.bytes(t)
	empty := grown(plain, 0, 0, 0, 4)
	few := slices.Delete(bytes.Clone(plain), gifHead-48, gifHead) // half of the table
	few[10] = gifHasTable | 3
	tests := []struct {
		name, reason string
		data         []byte
		want         string
	}{
		{"cut in the table", "a failed copy", plain[:40], "cut short"},
		{"cut before the frame", "a failed copy", plain[:gifHead], "cut short"},
		{"cut in the pixels", "a failed copy", plain[:len(plain)-8], "cut short"},
		{"cut behind the pixels", "it may have had more", gifParts{screen: whole, noTerminator: true}.bytes(t),
			"cut short"},
		{"too few pixels", "a lost block", gifParts{screen: whole, pixels: 20}.bytes(t), "cut short"},
		{"too many pixels", "so damage shows", gifParts{screen: whole, pixels: 40}.bytes(t), "more pixels"},
		{"no frame", "nothing to see", append(bytes.Clone(plain[:gifHead]), gifTrailer), "no frame"},
		{"empty frame", "nothing to see", empty, "no pixels"},
		{"other bytes before the frame", "so damage shows", gifParts{screen: whole, before: "\x77"}.bytes(t),
			"unknown kind 0x77"},
		{"colour beyond the table", "so damage shows", few, "of 16"},
		{"grown beyond a side", "a frame at the far end of 16 bits",
			grown(plain, 60_000, 0, 60_000, 4), "over the limit of 100000 a side"},
		{"grown beyond all pixels", "some bytes that ask for gigabytes",
			grown(plain, 30_000, 30_000, 60_000, 60_000), "over the limit of 200 megapixels"},
	}
	for _, tt := range tests {
		if _, _, err := decodeBytes(tt.data); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error %v, want %q: %s", tt.name, err, tt.want, tt.reason)
		}
	}
}

const gifHead = 13 + 3*32 // bytes in front of the first part, with a table of 32 colours

// grown is a GIF whose frame claims another place and size.
func grown(data []byte, place ...uint16) []byte {
	data = bytes.Clone(data)
	for i, v := range place {
		binary.LittleEndian.PutUint16(data[gifHead+1+2*i:], v)
	}
	return data
}

// FuzzGIF holds decodeGIF against image/gif, where that reads the file: what the frame covers must
// be the same.
func FuzzGIF(f *testing.F) {
	f.Add(gifParts{screen: image.Pt(6, 4)}.bytes(f))
	f.Add(gifParts{screen: image.Pt(9, 9), at: image.Pt(2, 3), interlaced: true, before: transparent3}.bytes(f))
	f.Add(gifParts{noTable: true, before: "\x00", surplus: "\x01x"}.bytes(f))
	f.Add(phototest.Encode(f, "gif", phototest.Sample()))
	f.Fuzz(func(t *testing.T, data []byte) {
		frame, err := readGIF(data)
		if err == nil && frame.screen.X*frame.screen.Y > 1<<20 {
			return // allowed, but it would slow the search
		}
		var got image.Image
		if err == nil {
			got, err = decodeGIF(data, frame.screen.X, frame.screen.Y)
		}
		if cfg, configErr := gif.DecodeConfig(bytes.NewReader(data)); configErr != nil || cfg.Width*cfg.Height > 1<<20 {
			return
		}
		want, wantErr := gif.Decode(bytes.NewReader(data))
		if wantErr != nil || want.Bounds().Empty() || bytes.Contains(data, []byte("!\x01")) {
			return // image/gif does not look how long a text is
		}
		if err != nil {
			t.Fatalf("%v, but image/gif reads it", err)
		}
		for y := want.Bounds().Min.Y; y < want.Bounds().Max.Y; y++ {
			for x := want.Bounds().Min.X; x < want.Bounds().Max.X; x++ {
				if got.At(x, y) != want.At(x, y) {
					t.Fatalf("pixel (%d,%d) is %v, image/gif has %v", x, y, got.At(x, y), want.At(x, y))
				}
			}
		}
	})
}
