// Package detail finds copies that fingerprints do not see: crops, flips, quarter turns, photos
// turned by some degrees, framed, written on or shown in a screenshot.
//
// [Find] asks the features of a backbone which photos are near each other, as they are and turned,
// and then lays the two photos of each pair on each other: a copy agrees in its details, another
// photo of the same thing does not. How well photos agree that are surely no copies, because their
// classes differ, decides from where on a pair counts.
package detail

import (
	"cmp"
	"context"
	"slices"

	"imagelab/lib/dataset"
	"imagelab/lib/dedup"
	"imagelab/lib/embed"
	"imagelab/lib/engine"
	"imagelab/lib/progress"
)

// Options are the choices of [Find].
type Options struct {
	Embed      embed.Options `json:"embed"`      // which features; Turn is set by Find
	Neighbours int           `json:"neighbours"` // photos that each is laid on, for each turn
	Turns      int           `json:"turns"`      // quarter turns in which photos are looked at, 1 (as they are) to 3
}

// Default is the 2 nearest photos by the features of the default recipe. Of 330 copies among 3,407
// garments, each changed in one of 11 ways, the photo itself is the nearest for 329, but for crops
// to 60 % (24 of 30).
func Default() Options { return Options{Neighbours: 2, Turns: 3} }

const (
	leastAgreement = 0.6  // of copies, however little other photos agree
	mostAgreement  = 0.99 // of copies, however much other photos agree
	withoutClasses = 0.85 // least agreement of copies where no photos are surely different
	mostNegatives  = 400  // surely different pairs that are looked at
	fewNegatives   = 50
	eachBorderline = 20 // pairs on each side of the threshold

	// farShare is the share of photos with one of another class within the largest distance at which
	// photos are still laid on each other.
	farShare = 0.25
	bins     = 20 // of a histogram of agreement
)

// turns are the quarter turns of a photo whose features are compared with those of the others as
// they are. One by 270 degrees is found from the other photo of the pair.
var turns = [...]int{0, 1, 2}

func (o Options) turns() []int { return turns[:min(max(o.Turns, 1), len(turns))] }

// Find looks for copies among images of s. Blank photos are no one's copies. Features are kept in
// the cache of s, and so is how well photos agree; to find that out takes some milliseconds for
// each pair of near photos, on all cores.
func Find(ctx context.Context, e *engine.Engine, s *dataset.Set, images []dataset.Image, o Options,
	p progress.Func) (dedup.Near, error) {
	f := newFinder(s, images)
	f.turns = o.turns()
	for i := range images {
		f.from = append(f.from, i)
	}
	f.apart = func(q, i int) bool { return q != i }
	return f.find(ctx, e, o, p)
}

// Across is [Find] for copies on two sides of the split that images have: those of the validation
// and test sides are compared with those of the other sides. Only they are looked at turned, so
// that it takes a part of the time of Find. Photos with the same bytes or pixels are passed over.
func Across(ctx context.Context, e *engine.Engine, s *dataset.Set, images []dataset.Image, o Options,
	p progress.Func) (dedup.Near, error) {
	f := newFinder(s, images)
	f.turns = []int{0, 1, 2, 3}
	for i, im := range images {
		if im.Split == dataset.Val || im.Split == dataset.Test {
			f.from = append(f.from, i)
		}
	}
	f.apart = func(q, i int) bool {
		a, b := images[q], images[i]
		return b.Split != "" && a.Split != b.Split && a.SHA256 != b.SHA256 && a.Pixels != b.Pixels
	}
	return f.find(ctx, e, o, p)
}

// Finder is [Find] in s, for [dedup.RunWith].
func Finder(e *engine.Engine, s *dataset.Set, o Options, p progress.Func) dedup.Finder {
	return func(ctx context.Context, images []dataset.Image) (dedup.Near, error) {
		return Find(ctx, e, s, images, o, p)
	}
}

// best leaves of each two photos the way in which they agree best.
func best(candidates []candidate) []dedup.NearPair {
	at := map[[2]int]int{}
	var out []dedup.NearPair
	for _, c := range candidates {
		p := c.NearPair
		p.A, p.B = min(c.A, c.B), max(c.A, c.B)
		key := [2]int{p.A, p.B}
		k, ok := at[key]
		if !ok {
			at[key] = len(out)
			out = append(out, p)
			continue
		}
		out[k].Agreement = max(out[k].Agreement, p.Agreement)
		out[k].Distance = min(out[k].Distance, p.Distance)
	}
	slices.SortFunc(out, func(a, b dedup.NearPair) int {
		return cmp.Or(cmp.Compare(b.Agreement, a.Agreement), cmp.Compare(a.A, b.A), cmp.Compare(a.B, b.B))
	})
	return out
}

// judge finds the threshold and the pairs beyond it. pairs come in order of agreement.
func judge(pairs []dedup.NearPair, negatives []candidate) dedup.Near {
	e := dedup.Evidence{Tier: dedup.TierEmbedding, Threshold: withoutClasses, Bin: 1.0 / bins,
		Near: make([]int, bins), Different: make([]int, bins)}
	bin := func(agreement float64) int { return min(max(int(agreement*bins), 0), bins-1) }
	var apart []float64
	for _, c := range negatives {
		apart = append(apart, c.Agreement)
		e.Different[bin(c.Agreement)]++
	}
	if len(apart) >= fewNegatives {
		e.Threshold, e.Measured = threshold(apart), true
		for _, agreement := range apart {
			if agreement >= e.Threshold {
				e.Passing++
			}
		}
	}
	n := 0
	for _, p := range pairs {
		e.Near[bin(p.Agreement)]++
		if p.Agreement >= e.Threshold {
			n++
		}
	}
	border := pairs[max(0, n-eachBorderline):min(len(pairs), n+eachBorderline)]
	return dedup.Near{Pairs: pairs[:n:n], Borderline: slices.Clone(border), Evidence: e}
}

// threshold is what about 1 in 1,000 pairs of different photos exceed, if agreement beyond the last
// 10 % falls off as fast as an exponential. The last 1 %, and 3 pairs at least, are not looked at:
// one photo may bear two labels. Where that is more than mostAgreement, more of them pass: see
// [dedup.Evidence.Alike].
func threshold(apart []float64) float64 {
	slices.Sort(apart)
	n := len(apart)
	p90, p99 := apart[n*90/100], apart[min(n*99/100, n-4)]
	return min(max(leastAgreement, p99+(p99-p90)), mostAgreement)
}
