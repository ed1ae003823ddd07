package dhash

import (
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
	r := rand.New(rand.NewPCG(5, 5))
	levels := make([]int, Rows*Columns)
	for i := range levels {
		levels[i] = r.IntN(6) // some are alike
	}
	var want Hash
	for i := range 256 {
		if y, x := i/16, i%16; levels[17*y+x] < levels[17*y+x+1] {
			want[i/64] |= 1 << (63 - i%64)
		}
	}
	got := Of(levels)
	if got != want {
		t.Errorf("got %v, want %v", got, want)
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
