package dedup

import (
	"strings"
	"testing"

	"imagelab/lib/imgset"
)

func TestPairs(t *testing.T) {
	rows := "ffff" + strings.Repeat("0000ffff", 7) + "0000"
	images := []imgset.Image{
		{Path: "a", Hash: rows},
		{Path: "b", Hash: "fff0" + rows[4:]},                                         // 4 bits from a
		{Path: "c", Hash: strings.Repeat("0", 64)},                                   // featureless, far from a and b
		{Path: "d", Hash: strings.Repeat("0", 63) + "1"},                             // featureless, 1 bit from c
		{Path: "e", Hash: "fffe" + rows[4:], Flags: []string{imgset.FlagLowEntropy}}, // 1 bit from a, blank
	}
	pairs, err := Pairs(images, 4)
	if err != nil {
		t.Fatal(err)
	}
	type row struct {
		a, b     string
		distance int
		copies   bool
	}
	want := []row{
		{"a", "e", 1, false}, // the hash of a blank photo says nothing
		{"c", "d", 1, false}, // featureless photos differ by a bit and show different things
		{"b", "e", 3, false},
		{"a", "b", 4, true},
	}
	if len(pairs) != len(want) {
		t.Fatalf("%d pairs, want %d: %v", len(pairs), len(want), pairs)
	}
	for i, p := range pairs {
		if got := (row{p.A.Path, p.B.Path, p.Distance, p.Copies}); got != want[i] {
			t.Errorf("pair %d is %v, want %v", i, got, want[i])
		}
	}
	if _, err := Pairs([]imgset.Image{{Path: "unhashed.jpg"}}, 4); err == nil || !strings.Contains(err.Error(), "unhashed.jpg") {
		t.Errorf("an image without a hash gives %v, want an error that names it", err)
	}
}

func TestThresholds(t *testing.T) {
	a, b, c := imgset.Image{Path: "a"}, imgset.Image{Path: "b"}, imgset.Image{Path: "c"}
	pairs := []Pair{{A: a, B: b, Distance: 2}, {A: a, B: c, Distance: 5}, {A: b, B: c, Distance: 9}}
	got := Thresholds(pairs, []imgset.Image{c}, []imgset.Image{b}, 1, 5, 9) // known in the other order than they stand in
	for i, want := range []Threshold{{1, 0, 0}, {5, 0, 2}, {9, 1, 2}} {
		if got[i] != want {
			t.Errorf("%+v, want %+v", got[i], want)
		}
	}
}
