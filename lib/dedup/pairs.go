package dedup

import (
	"cmp"
	"fmt"
	"slices"

	"imagelab/lib/dhash"
	"imagelab/lib/imgset"
)

// Pair is two images whose hashes are near.
type Pair struct {
	A, B     imgset.Image // in manifest order
	Distance int          // of the hashes, bits of 256
	Copies   bool         // Run takes them for copies at Options.Distance = Distance; of featureless photos it asks for more
}

// Pairs lists the pairs of images at most so many bits of 256 apart, the nearest first, then in manifest order: to look at
// before choosing Options.Distance. Images without a hash, which [Run] sets, are an error.
func Pairs(images []imgset.Image, largest int) ([]Pair, error) {
	all := make([]hashed, len(images))
	for i, im := range images {
		h, err := dhash.Parse(im.Hash)
		if err != nil {
			return nil, fmt.Errorf("dedup: %s: %w: run `imagelab dedup` first", im.Path, err)
		}
		all[i] = hashed{h, i, reach(h, largest)}
	}
	var pairs []Pair
	for i, a := range all {
		for _, b := range all[i+1:] {
			d := a.hash.Distance(b.hash)
			if d > largest {
				continue
			}
			blank := images[a.index].Has(imgset.FlagLowEntropy) || images[b.index].Has(imgset.FlagLowEntropy)
			pairs = append(pairs, Pair{images[a.index], images[b.index], d, !blank && d <= min(a.reach, b.reach)})
		}
	}
	slices.SortStableFunc(pairs, func(a, b Pair) int { return cmp.Compare(a.Distance, b.Distance) })
	return pairs, nil
}

// Threshold is what a choice of Options.Distance would do to pairs, were no photo too featureless.
type Threshold struct {
	Distance int // bits of 256
	Found    int // of the pairs that are known to be copies
	Others   int // pairs that it would call copies too
}

// Thresholds counts, at every distance, which of the pairs first[i] with second[i], known to be copies, are among the pairs
// up to that distance, and how many others are. pairs are those of [Pairs] up to the largest of the distances or beyond.
func Thresholds(pairs []Pair, first, second []imgset.Image, distances ...int) []Threshold {
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
