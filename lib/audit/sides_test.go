package audit

import (
	"fmt"
	"strings"
	"testing"

	"imagelab/lib/dataset"
)

// TestSharesOfFilms: a split deals films, so the shares of classes on a side differ by chance far
// more than those of photos that are dealt one by one. What is called more than chance must be it.
func TestSharesOfFilms(t *testing.T) {
	const train, test, val = dataset.Train, dataset.Test, dataset.Val
	// films of a class on a side, with so many photos, of which some are of the other class
	type films struct {
		side, class     string
		n, photos, also int
	}
	for _, c := range []struct {
		name, reason string
		set          []films
		want         string // in the finding; empty: no finding
	}{
		{"4 to 2 of 30 films", "photos have p = 6e-5, and films 0.65",
			[]films{{test, "cat", 4, 20, 0}, {test, "dog", 2, 20, 0}, {train, "cat", 11, 20, 0}, {train, "dog", 13, 20, 0}}, ""},
		{"80 to 40 of 600 photos", "without films each photo was dealt",
			[]films{{test, "cat", 80, 1, 0}, {test, "dog", 40, 1, 0}, {train, "cat", 220, 1, 0}, {train, "dog", 260, 1, 0}},
			"(Fisher's exact test, adjusted): cat 66.7 % of the test photos, 45.8 % of the others"},
		{"6 to 0 of 30 films", "films have p = 0.017, 0.034 for two classes",
			[]films{{test, "cat", 6, 20, 0}, {train, "cat", 9, 20, 0}, {train, "dog", 15, 20, 0}},
			"counts groups and copies once, adjusted): cat 100.0 % of the test photos, 37.5 % of the others"},
		{"6 to 0 of 30 films, and a validation side", "two classes on two sides are four tests: p is 0.067",
			[]films{{test, "cat", 6, 20, 0}, {val, "cat", 3, 20, 0}, {val, "dog", 3, 20, 0}, {train, "cat", 6, 20, 0},
				{train, "dog", 12, 20, 0}}, ""},
		{"4 to 2 of 30 films with both classes", "such a film counts for the class of most of its photos",
			[]films{{test, "cat", 4, 20, 5}, {test, "dog", 2, 20, 5}, {train, "cat", 11, 20, 5}, {train, "dog", 13, 20, 5}}, ""},
		{"8 to 0 of 30 films with both classes", "the shares told are those of photos",
			[]films{{test, "cat", 8, 20, 5}, {train, "cat", 7, 20, 5}, {train, "dog", 15, 20, 5}},
			"cat 75.0 % of the test photos, 40.9 % of the others"},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := &auditor{set: &dataset.Set{}}
			for k, f := range c.set {
				other := map[string]string{"cat": "dog", "dog": "cat"}[f.class]
				for i := range f.n * f.photos {
					name := fmt.Sprintf("%d/%d.jpg", k, i)
					im := dataset.Image{Path: name, SHA256: name, Pixels: name, Class: f.class, Split: f.side,
						Group: fmt.Sprintf("film %d of %d", i/f.photos, k)}
					if i%f.photos < f.also {
						im.Class = other
					}
					a.set.Images = append(a.set.Images, im)
				}
			}
			a.images = a.set.Images
			if err := a.number(t.Context()); err != nil {
				t.Fatal(err)
			}
			a.shares()
			r := found(a.result, KindShares)
			if c.want == "" && len(r) > 0 || c.want != "" && (len(r) != 1 || !strings.Contains(r[0].Text, c.want)) {
				t.Errorf("%s: want %q, found %v", c.reason, c.want, r)
			}
		})
	}
}

// TestTornUnits: a group, or a copy, on two sides counts once, on the side of most of its photos,
// and a side that has no unit of its own differs by chance at most.
func TestTornUnits(t *testing.T) {
	a := &auditor{set: &dataset.Set{}}
	for i := range 90 {
		class := []string{"cat", "dog"}[i/45]
		im := dataset.Image{Path: fmt.Sprint(i), SHA256: fmt.Sprint(i), Pixels: fmt.Sprint(i), Class: class,
			Group: fmt.Sprint(i / 3), Split: dataset.Train}
		if i < 45 && i%3 == 0 {
			im.Split = dataset.Test
		}
		a.set.Images = append(a.set.Images, im)
	}
	a.images = a.set.Images
	if err := a.number(t.Context()); err != nil {
		t.Fatal(err)
	}
	d := a.deal()
	for _, unit := range d {
		if unit.side != dataset.Train {
			t.Errorf("a group with 2 of 3 photos in training is on the side %q", unit.side)
		}
	}
	if a.shares(); len(d) != 30 || len(a.result.Findings) > 0 {
		t.Errorf("%d units, want 30; findings %v", len(d), a.result.Findings)
	}
}
