// Package nearcopy finds photos that are copies or other views of another one by their features:
// crops, slightly turned photos, neighbours in a film. Hashes do not see these.
package nearcopy

import (
	"cmp"
	"context"
	"slices"

	"imagelab/lib/embed"
	"imagelab/lib/engine"
	"imagelab/lib/metric"
)

// What makes a near copy. Of 40 photos of garments among 3,409, the copies that were mirrored, turned
// by 10 degrees, framed, made grey, and cropped to 80 % of their sides are called one in 100, 98,
// 80, 55 and 50 % of cases; crops to 60 % and quarter turns in 3 %. So is 0.8 % of all photos, among
// them other views of one garment.
const (
	copyShare  = 0.01  // share of the photos that have one of another class within the distance
	copyRatio  = 0.55  // of the distance to the next photo that is no copy of the first (Lowe 2004)
	closeShare = 0.001 // as copyShare, for photos that are near whatever others are
	closeRatio = 0.5   // of the median distance to the nearest photo, of photos of the class
	leastPairs = 50    // photos of several classes that it takes to find distances
	asked      = 4     // neighbours of each photo
)

// Photos are what is compared; slices are in the same order.
type Photos struct {
	Features [][]float32 // `[n][width]`
	Labels   []int       // class of each; -1: none
	Units    []int       // photos of one unit are known to belong together, and are no pairs
}

// Pair is a photo and the one that it is nearest to.
type Pair struct {
	Photo, Of int
	Distance  float64 // cosine distance, see [embed.Nearest]
	Single    bool    // Of is much nearer than the next one, as copies are; or else it is near as frames of a film are
}

// Find returns the near copies of photos of `from` among photos of `to`, the nearest first. Photos
// of two classes are surely no copies, so they say which distances mean nothing: ok is false where
// fewer than 50 photos have one of another class.
func Find(ctx context.Context, e *engine.Engine, ph Photos, from, to []int) (pairs []Pair, ok bool, err error) {
	single, close, err := ph.limits(ctx, e)
	if err != nil || single < 0 {
		return nil, false, err
	}
	near, err := embed.Nearest(ctx, e, ph.rows(from), ph.rows(to), asked, func(q,
		i int) bool {
		return ph.Units[from[q]] == ph.Units[to[i]]
	})
	if err != nil {
		return nil, false, err
	}
	typical := ph.medians(from, near)
	for q, of := range near {
		if len(of) == 0 {
			continue
		}
		p := Pair{Photo: from[q], Of: to[of[0].Index], Distance: of[0].Distance}
		p.Single = p.Distance <= single && p.Distance <= copyRatio*ph.next(of, to)
		if p.Single || p.Distance <= min(close, closeRatio*typical[ph.Labels[p.Photo]]) {
			pairs = append(pairs, p)
		}
	}
	slices.SortStableFunc(pairs, func(x, y Pair) int { return cmp.Compare(x.Distance, y.Distance) })
	return pairs, true, nil
}

// next is the distance to the next photo that is of another unit than the first.
func (ph Photos) next(of []embed.Neighbour, to []int) float64 {
	for _, n := range of[1:] {
		if ph.Units[to[n.Index]] != ph.Units[to[of[0].Index]] {
			return n.Distance
		}
	}
	return of[0].Distance
}

// medians are the median distances to the nearest photo by label: photos of some classes, such as
// trousers, are all near each other.
func (ph Photos) medians(from []int, near [][]embed.Neighbour) map[int]float64 {
	all := map[int][]float64{}
	for q, of := range near {
		if len(of) > 0 {
			k := ph.Labels[from[q]]
			all[k] = append(all[k], of[0].Distance)
		}
	}
	out := map[int]float64{}
	for k, distances := range all {
		out[k] = metric.Median(distances)
	}
	return out
}

// limits are the distances within which copyShare and closeShare of the photos have one of another
// class; -1 where there are too few.
func (ph Photos) limits(ctx context.Context, e *engine.Engine) (single, close float64, err error) {
	var of []int
	for i, k := range ph.Labels {
		if k >= 0 {
			of = append(of, i)
		}
	}
	rows := ph.rows(of)
	near, err := embed.Nearest(ctx, e, rows, rows, 1, func(q, i int) bool {
		return ph.Labels[of[q]] == ph.Labels[of[i]] || ph.Units[of[q]] == ph.Units[of[i]]
	})
	if err != nil {
		return -1, -1, err
	}
	var distances []float64
	for _, n := range near {
		if len(n) > 0 {
			distances = append(distances, n[0].Distance)
		}
	}
	if len(distances) < leastPairs {
		return -1, -1, nil
	}
	slices.Sort(distances)
	at := func(share float64) float64 { return distances[int(share*float64(len(distances)))] }
	return at(copyShare), at(closeShare), nil
}

func (ph Photos) rows(photos []int) [][]float32 {
	out := make([][]float32, len(photos))
	for n, i := range photos {
		out[n] = ph.Features[i]
	}
	return out
}
