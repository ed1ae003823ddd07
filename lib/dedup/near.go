package dedup

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"imagelab/lib/dataset"
	"imagelab/lib/photo"
)

// Finder looks for copies among images by their features, as package detail does.
type Finder func(ctx context.Context, images []dataset.Image) (Near, error)

// Near is what a [Finder] found.
type Near struct {
	Pairs      []NearPair // copies
	Borderline []NearPair // next to the threshold, on both sides
	Evidence   Evidence
}

// NearPair is two photos whose features are near.
type NearPair struct {
	A, B      int     // indices of the images that were given, A before B
	Distance  float64 // cosine distance of their features
	Agreement float64 // how well the details agree when one is laid on the other, in [0,1]
}

// Evidence says where the threshold of a tier comes from. Histograms have bins of Bin from 0 on.
type Evidence struct {
	Tier      string  `json:"tier"`
	Threshold float64 `json:"threshold"` // largest distance, or least agreement, of copies
	Measured  bool    `json:"measured"`  // on photos of different classes of this set; or else a fixed one
	Bin       float64 `json:"bin"`
	// of hash: distances of copies to their kept photo; of embedding: agreement of pairs with near
	// features
	Near      []int `json:"near"`
	Different []int `json:"different"`         // of photos with the nearest of another class, which are surely no copies
	Passing   int   `json:"passing,omitempty"` // of Different, how many pairs the tier embedding would call copies
}

// Alike says that photos of different classes agree as well as copies do, so that the tier tells
// few copies from photos that look alike; empty if they do not. One in a hundred may: a photo may
// be there under two labels.
func (e Evidence) Alike() string {
	all := 0
	for _, n := range e.Different {
		all += n
	}
	if e.Passing*100 <= all {
		return ""
	}
	return fmt.Sprintf("%d of %d pairs of photos of different classes agree as well as copies do. Of what only the "+
		"tier %s finds here, many pairs may be no copies.", e.Passing, all, e.Tier)
}

// NamedPair is a pair by the paths of its photos.
type NamedPair struct {
	A         string  `json:"a"`
	B         string  `json:"b"`
	Distance  float64 `json:"distance"`  // cosine distance of features
	Agreement float64 `json:"agreement"` // of details, in [0,1]
}

// link is how a unit is joined to a group by its features.
type link struct {
	to        string // path
	agreement float64
}

// errNoFinder is that of [Run], to which nobody gave one.
var errNoFinder = errors.New("dedup: the tier embedding takes features of photos: give dedup.RunWith a finder, or " +
	"leave the tier out")

// joinNear joins groups, each in the order of preference and all in that of their first, whose
// first images the finder calls copies: to the earliest of them, so that each is a copy of the one
// that is kept. It returns the groups that are left, and how the first of those that went were
// linked.
func joinNear(ctx context.Context, images []dataset.Image, groups [][]int, find Finder) ([][]int, Near,
	map[int]link, error) {
	var reps []dataset.Image
	var of []int // groups, by representative
	for k, g := range groups {
		if !images[g[0]].Has(photo.FlagLowEntropy) {
			reps, of = append(reps, images[g[0]]), append(of, k)
		}
	}
	near, err := find(ctx, reps)
	if err != nil {
		return nil, near, nil, err
	}
	near.Pairs = slices.DeleteFunc(near.Pairs, func(p NearPair) bool {
		return apart(images, groups[of[p.A]], groups[of[p.B]])
	})
	first := map[int]NearPair{} // by the later of two representatives: the link to the earliest
	linked := map[int][]NearPair{}
	for _, p := range near.Pairs {
		linked[p.B] = append(linked[p.B], p)
	}
	gone := make([]bool, len(groups))
	links := map[int]link{}
	for r := range reps {
		for _, p := range linked[r] {
			before, ok := first[r]
			if !gone[of[p.A]] && (!ok || p.A < before.A) && !apart(images, groups[of[p.A]], groups[of[r]]) {
				first[r] = p
			}
		}
		if p, ok := first[r]; ok {
			to, from := of[p.A], of[r]
			gone[from] = true
			links[groups[from][0]] = link{images[groups[to][0]].Path, p.Agreement}
			groups[to] = append(groups[to], groups[from]...)
		}
	}
	var out [][]int
	for k, g := range groups {
		if !gone[k] {
			out = append(out, g)
		}
	}
	near.rename(of, groups)
	return out, near, links, nil
}

// rename makes indices of representatives those of their images.
func (n *Near) rename(of []int, groups [][]int) {
	for _, pairs := range [2][]NearPair{n.Pairs, n.Borderline} {
		for i := range pairs {
			pairs[i].A, pairs[i].B = groups[of[pairs[i].A]][0], groups[of[pairs[i].B]][0]
		}
	}
}

func named(images []dataset.Image, pairs []NearPair) []NamedPair {
	var out []NamedPair
	for _, p := range pairs {
		out = append(out, NamedPair{images[p.A].Path, images[p.B].Path, p.Distance, p.Agreement})
	}
	return out
}
