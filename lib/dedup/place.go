package dedup

import (
	"maps"
	"slices"

	"imagelab/lib/dataset"
	"imagelab/lib/internal/dhash"
)

// grouper puts images near the first of a group into that group.
type grouper struct {
	images   []dataset.Image // what people decided about them counts; nil: hashes alone are known
	distance int
	index    *dhash.Index // of the first ones
	of       []int        // groups, by number in the index
	groups   [][]int
	coloured map[int]dhash.Fingerprint // by group: of the first coloured image, if the first one is grey
	at       map[int]int               // where in the group that image is
}

func newGrouper(images []dataset.Image, distance int) *grouper {
	return &grouper{images: images, distance: distance, index: dhash.NewIndex(distance, 0),
		coloured: map[int]dhash.Fingerprint{}, at: map[int]int{}}
}

// place adds a unit, whose fingerprint is text, to the first group whose first image is near it, or
// makes a group of it. A group does not count if people said that the unit is no copy of one in it.
//
// A grey photo is near copies of it in any colours. Where two coloured photos are near a grey one
// but beyond twice the distance from each other, the second makes a group of its own, and the first
// takes the place of the grey one, so that no two photos that are kept are near each other.
func (g *grouper) place(unit []int, text string) error {
	f, err := dhash.Parse(text)
	if err != nil {
		return err
	}
	for _, n := range slices.Sorted(maps.Keys(maps.Collect(g.index.Near(f)))) {
		k := g.of[n]
		if g.images != nil && apart(g.images, g.groups[k], unit) {
			continue
		}
		other, ok := g.coloured[k]
		switch {
		case !ok && !f.Grey() && g.index.Grey(n):
			g.coloured[k], g.at[k] = f, len(g.groups[k])
		case ok && !f.Grey() && other.Distance(f) > 2*g.distance:
			if at := g.at[k]; at > 0 {
				first := g.groups[k]
				first[0], first[at], g.at[k] = first[at], first[0], 0
			}
			continue
		}
		g.groups[k] = append(g.groups[k], unit...)
		return nil
	}
	g.of, g.groups = append(g.of, len(g.groups)), append(g.groups, unit)
	return g.index.Add(text)
}

// apart reports whether people said of a photo of one and a photo of other that they are no copies.
func apart(images []dataset.Image, one, other []int) bool {
	return slices.ContainsFunc(other, func(i int) bool {
		return images[i].Apart != nil && slices.ContainsFunc(one, func(j int) bool {
			return images[j].Apart != nil && dataset.Apart(images[i], images[j])
		})
	})
}
