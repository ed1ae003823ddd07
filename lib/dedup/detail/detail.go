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
	"fmt"
	"math"
	"slices"
	"sync"

	"imagelab/lib/dataset"
	"imagelab/lib/dedup"
	"imagelab/lib/embed"
	"imagelab/lib/engine"
	"imagelab/lib/internal/align"
	"imagelab/lib/photo"
	"imagelab/lib/progress"
)

// Options are the choices of [Find].
type Options struct {
	Embed      embed.Options `json:"embed"`      // which features; Turn is set by Find
	Neighbours int           `json:"neighbours"` // photos that each is laid on, for each turn
}

// Default is the 2 nearest photos by the features of the default recipe. Of 330 copies among 3,407
// garments, each changed in one of 11 ways, the photo itself is the nearest for 329, but for crops
// to 60 % (24 of 30).
func Default() Options { return Options{Neighbours: 2} }

const (
	leastAgreement = 0.6  // of copies, however little other photos agree
	mostAgreement  = 0.95 // of copies, however much other photos agree
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

// Find looks for copies among images of s. Blank photos are no one's copies. Features are kept in
// the cache of s; the rest takes some milliseconds for each pair of near photos, on all cores.
func Find(ctx context.Context, e *engine.Engine, s *dataset.Set, images []dataset.Image, o Options, p progress.Func) (dedup.Near, error) {
	f := &finder{set: s, images: images, thumbs: make([]align.Picture, len(images)), loaded: make([]sync.Once, len(images)),
		failed: make([]error, len(images))}
	candidates, negatives, err := f.candidates(ctx, e, o, p)
	if err != nil {
		return dedup.Near{}, err
	}
	if err := f.compare(ctx, negatives, p); err != nil {
		return dedup.Near{}, err
	}
	if err := f.compare(ctx, candidates, p); err != nil {
		return dedup.Near{}, err
	}
	return judge(best(candidates), negatives), nil
}

// Finder is [Find] in s, for [dedup.RunWith].
func Finder(e *engine.Engine, s *dataset.Set, o Options, p progress.Func) dedup.Finder {
	return func(ctx context.Context, images []dataset.Image) (dedup.Near, error) {
		return Find(ctx, e, s, images, o, p)
	}
}

// candidate is a pair with the quarter turns of A under which it was found.
type candidate struct {
	dedup.NearPair
	turn int
}

// finder holds photos in small.
type finder struct {
	set    *dataset.Set
	images []dataset.Image
	thumbs []align.Picture
	loaded []sync.Once
	failed []error
}

// candidates are the nearest pairs by features, and pairs of different classes.
func (f *finder) candidates(ctx context.Context, e *engine.Engine, o Options, p progress.Func) (near, different []candidate, err error) {
	if len(f.images) < 2 {
		return nil, nil, nil
	}
	var upright [][]float32
	far := math.Inf(1)
	seen := map[[3]int]bool{}
	for _, turn := range turns {
		opt := o.Embed
		opt.Turn = turn
		rows, err := embed.Images(ctx, e, f.set, f.images, opt, p)
		if err != nil {
			return nil, nil, fmt.Errorf("detail: %w", err)
		}
		if turn == 0 {
			upright = rows
			if different, err = f.different(ctx, e, rows); err != nil {
				return nil, nil, err
			}
			far = limit(different)
		}
		all, err := embed.Nearest(ctx, e, rows, upright, o.Neighbours, func(q, i int) bool { return q == i || f.blank(q) || f.blank(i) })
		if err != nil {
			return nil, nil, fmt.Errorf("detail: %w", err)
		}
		for q, list := range all {
			for _, n := range list {
				c := candidate{dedup.NearPair{A: q, B: n.Index, Distance: n.Distance}, turn}
				if turn == 0 && c.A > c.B {
					c.A, c.B = c.B, c.A
				}
				if key := [3]int{c.A, c.B, turn}; n.Distance <= far && !seen[key] {
					seen[key] = true
					near = append(near, c)
				}
			}
		}
	}
	return near, different, nil
}

// limit is the largest distance of pairs worth a look.
func limit(different []candidate) float64 {
	if len(different) < fewNegatives {
		return math.Inf(1)
	}
	var distances []float64
	for _, c := range different {
		distances = append(distances, c.Distance)
	}
	slices.Sort(distances)
	return distances[int(farShare*float64(len(distances)))]
}

func (f *finder) blank(i int) bool { return f.images[i].Has(photo.FlagLowEntropy) }

// different pairs photos, at even steps, with the nearest of another class.
func (f *finder) different(ctx context.Context, e *engine.Engine, rows [][]float32) ([]candidate, error) {
	var of []int
	var queries [][]float32
	n := min(mostNegatives, len(f.images))
	for k := range n {
		if i := k * len(f.images) / n; f.images[i].Class != "" && !f.blank(i) {
			of, queries = append(of, i), append(queries, rows[i])
		}
	}
	all, err := embed.Nearest(ctx, e, queries, rows, 1, func(q, i int) bool {
		return f.blank(i) || f.images[i].Class == "" || f.images[i].Class == f.images[of[q]].Class
	})
	if err != nil {
		return nil, fmt.Errorf("detail: %w", err)
	}
	var out []candidate
	for q, list := range all {
		for _, n := range list {
			out = append(out, candidate{dedup.NearPair{A: of[q], B: n.Index, Distance: n.Distance}, 0})
		}
	}
	return out, nil
}

// compare sets the agreement of each pair.
func (f *finder) compare(ctx context.Context, pairs []candidate, p progress.Func) error {
	return progress.Each(ctx, len(pairs), "laying photos on each other", p, func(k int) error {
		c := &pairs[k]
		a, err := f.thumb(c.A)
		if err != nil {
			return err
		}
		b, err := f.thumb(c.B)
		if err != nil {
			return err
		}
		c.Agreement = align.Best(a.Turned(c.turn), b)
		return nil
	})
}

// thumb is a photo in small, read once.
func (f *finder) thumb(i int) (align.Picture, error) {
	f.loaded[i].Do(func() {
		img, _, err := f.set.DecodeScaled(f.images[i], 2*align.Side)
		if err != nil {
			f.failed[i] = fmt.Errorf("detail: %w", err)
			return
		}
		f.thumbs[i] = align.Thumb(img)
	})
	return f.thumbs[i], f.failed[i]
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
	e := dedup.Evidence{Tier: dedup.TierEmbedding, Threshold: withoutClasses, Bin: 1.0 / bins, Near: make([]int, bins), Different: make([]int, bins)}
	bin := func(agreement float64) int { return min(max(int(agreement*bins), 0), bins-1) }
	var apart []float64
	for _, c := range negatives {
		apart = append(apart, c.Agreement)
		e.Different[bin(c.Agreement)]++
	}
	if len(apart) >= fewNegatives {
		e.Threshold, e.Measured = threshold(apart), true
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
// one photo may bear two labels.
func threshold(apart []float64) float64 {
	slices.Sort(apart)
	n := len(apart)
	p90, p99 := apart[n*90/100], apart[min(n*99/100, n-4)]
	return min(max(leastAgreement, p99+(p99-p90)), mostAgreement)
}
