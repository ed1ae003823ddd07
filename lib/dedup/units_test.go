package dedup

import (
	"testing"

	"imagelab/lib/dataset"
)

// TestUnits: what makes two images one unit, also by way of a third.
func TestUnits(t *testing.T) {
	image := func(bytes, pixels, group string) dataset.Image {
		return dataset.Image{SHA256: bytes, Pixels: pixels, Group: group}
	}
	for _, c := range []struct {
		reason string
		images []dataset.Image
		same   bool // the first and the last are one unit
	}{
		{"nothing in common", []dataset.Image{image("1", "a", ""), image("2", "b", "")}, false},
		{"the same bytes", []dataset.Image{image("1", "a", ""), image("1", "b", "")}, true},
		{"the same pixels", []dataset.Image{image("1", "a", ""), image("2", "a", "")}, true},
		{"the same group", []dataset.Image{image("1", "a", "g"), image("2", "b", "g")}, true},
		{"no group is no group", []dataset.Image{image("1", "a", ""), image("2", "b", "g")}, false},
		{"a group and then a copy", []dataset.Image{image("1", "a", "g"), image("2", "b", "g"), image("3", "b", "")}, true},
	} {
		numbers, err := Units(t.Context(), c.images, Default().Distance)
		if err != nil {
			t.Fatal(err)
		}
		if same := numbers[0] == numbers[len(numbers)-1]; same != c.same {
			t.Errorf("%s: %v", c.reason, numbers)
		}
	}
}
