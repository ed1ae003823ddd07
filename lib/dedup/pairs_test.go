package dedup

import (
	"strings"
	"testing"

	"imagelab/lib/dataset"
	"imagelab/lib/photo"
)

func TestPairs(t *testing.T) {
	images := made(near(0), near(4), near(1), near(60))
	images[2].Flags = []string{photo.FlagLowEntropy}
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
		{"c/00000", "c/00002", 1, false}, // the hash of a blank photo says nothing
		{"c/00001", "c/00002", 3, false},
		{"c/00000", "c/00001", 4, true},
	}
	if len(pairs) != len(want) {
		t.Fatalf("%d pairs, want %d: %v", len(pairs), len(want), pairs)
	}
	for i, p := range pairs {
		if got := (row{p.A.Path, p.B.Path, p.Distance, p.Copies}); got != want[i] {
			t.Errorf("pair %d is %v, want %v", i, got, want[i])
		}
	}
	if _, err := Pairs([]dataset.Image{{Path: "unhashed.jpg"}}, 4); err == nil ||
		!strings.Contains(err.Error(), "unhashed.jpg") {
		t.Errorf("an image without a hash gives %v, want an error that names it", err)
	}
}

func TestThresholds(t *testing.T) {
	a, b, c := dataset.Image{Path: "a"}, dataset.Image{Path: "b"}, dataset.Image{Path: "c"}
	pairs := []Pair{{A: a, B: b, Distance: 2}, {A: a, B: c, Distance: 5}, {A: b, B: c, Distance: 9}}
	// known in the other order than they stand in
	got := Thresholds(pairs, []dataset.Image{c}, []dataset.Image{b}, 1, 5, 9)
	for i, want := range []Threshold{{1, 0, 0}, {5, 0, 2}, {9, 1, 2}} {
		if got[i] != want {
			t.Errorf("%+v, want %+v", got[i], want)
		}
	}
}
