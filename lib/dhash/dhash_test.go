package dhash

import (
	"image"
	"image/color"
	"math/rand/v2"
	"strings"
	"testing"
)

func TestChanges(t *testing.T) {
	tests := []struct {
		name string
		hash Hash
		want int
	}{
		{"blank", Hash{}, 0},
		{"all set", Hash{^uint64(0), ^uint64(0), ^uint64(0), ^uint64(0)}, 0},
		{"rows alike", Hash{0x1234_1234_1234_1234, 0x1234_1234_1234_1234, 0x1234_1234_1234_1234, 0x1234_1234_1234_1234}, 0},
		{"alternating rows", Hash{0xffff_0000_ffff_0000, 0xffff_0000_ffff_0000, 0xffff_0000_ffff_0000, 0xffff_0000_ffff_0000}, 240},
		{"top row only", Hash{0x8000_0000_0000_0000}, 1},
		{"last row only", Hash{0, 0, 0, 3}, 2},
	}
	for _, tt := range tests {
		if got := tt.hash.Changes(); got != tt.want {
			t.Errorf("%s: %d changes, want %d", tt.name, got, tt.want)
		}
	}
}

func TestHashMatchesItsDefinition(t *testing.T) {
	img := image.NewNRGBA(image.Rect(0, 0, 17, 16)) // a cell to a pixel: no resize
	r := rand.New(rand.NewPCG(5, 5))
	grey := [16][17]uint8{}
	for y := range 16 {
		for x := range 17 {
			grey[y][x] = uint8(r.UintN(256))
			img.SetNRGBA(x, y, color.NRGBA{grey[y][x], grey[y][x], grey[y][x], 255})
		}
	}
	var want Hash
	for i := range 256 {
		if y, x := i/16, i%16; grey[y][x] < grey[y][x+1] {
			want[i/64] |= 1 << (63 - i%64)
		}
	}
	got, err := Of(img)
	if err != nil || got != want {
		t.Errorf("got %v, %v; want %v", got, err, want)
	}
	if back, err := Parse(got.String()); err != nil || back != got {
		t.Errorf("%v reads back as %v, %v", got, back, err)
	}
	other := got
	other[1] ^= 0x8001
	other[3] ^= 1
	if d := got.Distance(other); d != 3 || got.Distance(got) != 0 {
		t.Errorf("distance %d of three flipped bits, %d of none", d, got.Distance(got))
	}
}

func TestParseRefuses(t *testing.T) {
	for _, s := range []string{"", strings.Repeat("0", 63), strings.Repeat("0", 65), strings.Repeat("0", 63) + "x", "-" + strings.Repeat("0", 63)} {
		if _, err := Parse(s); err == nil {
			t.Errorf("%q was accepted", s)
		}
	}
}
