package dedup

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"imagelab/lib/dataset"
	"imagelab/lib/internal/dhash"
	"imagelab/lib/photo"
)

// Pair is two images that look alike.
type Pair struct {
	A, B     dataset.Image // in manifest order
	Distance int           // see [dhash.Fingerprint.Distance]
	// Run takes them for copies at Options.Distance = Distance; blank photos, and those of which
	// people said that they are none, it never does
	Copies bool
}

// Pairs lists the pairs of images at most so far apart, the nearest first, then in manifest order:
// to look at before choosing Options.Distance. Images without a hash, which [Run] sets, are an
// error.
func Pairs(images []dataset.Image, largest int) ([]Pair, error) {
	index := dhash.NewIndex(largest, len(images))
	var pairs []Pair
	for _, im := range images {
		f, err := dhash.Parse(im.Hash)
		if err != nil {
			return nil, fmt.Errorf("dedup: %s: %w: run dedup.Run first", im.Path, err)
		}
		near := maps.Collect(index.Near(f)) // some come twice
		for _, i := range slices.Sorted(maps.Keys(near)) {
			blank := im.Has(photo.FlagLowEntropy) || images[i].Has(photo.FlagLowEntropy)
			pairs = append(pairs, Pair{images[i], im, near[i], !blank && !dataset.Apart(images[i], im)})
		}
		if err := index.Add(im.Hash); err != nil {
			return nil, fmt.Errorf("dedup: %s: %w", im.Path, err)
		}
	}
	at := map[string]int{}
	for i, im := range images {
		at[im.Path] = i
	}
	slices.SortFunc(pairs, func(a, b Pair) int {
		return cmp.Or(cmp.Compare(a.Distance, b.Distance),
			cmp.Compare(at[a.A.Path], at[b.A.Path]), cmp.Compare(at[a.B.Path], at[b.B.Path]))
	})
	return pairs, nil
}

// Threshold is what a choice of Options.Distance would do to pairs, were no photo too featureless.
type Threshold struct {
	Distance int // bits of 256
	Found    int // of the pairs that are known to be copies
	Others   int // pairs that it would call copies too
}

// Thresholds counts, at every distance, which of the pairs first[i] with second[i], known to be
// copies, are among the pairs up to that distance, and how many others are. pairs are those of
// [Pairs] up to the largest of the distances or beyond.
func Thresholds(pairs []Pair, first, second []dataset.Image, distances ...int) []Threshold {
	known := map[[2]string]bool{}
	for i := range min(len(first), len(second)) {
		known[[2]string{first[i].Path, second[i].Path}] = true
		known[[2]string{second[i].Path, first[i].Path}] = true
	}
	out := make([]Threshold, len(distances))
	for i, d := range distances {
		out[i].Distance = d
		for _, p := range pairs {
			switch {
			case p.Distance > d:
			case known[[2]string{p.A.Path, p.B.Path}]:
				out[i].Found++
			default:
				out[i].Others++
			}
		}
	}
	return out
}
