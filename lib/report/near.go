package report

import (
	"fmt"

	"imagelab/lib/dataset"
	"imagelab/lib/dedup"
)

// nearMiss is a pair of photos that look alike and were both kept.
type nearMiss struct {
	ID       string
	A, B     *shot
	Classes  []string // one, or two that differ
	Distance int
}

const (
	nearBeyond  = 16     // how much farther apart than copies near misses are, at most
	mostNear    = 60     // pairs
	mostPaired  = 20_000 // photos among which near misses are looked for
	mostDistant = 64     // the largest distance that dedup takes
)

// nearMisses are the nearest pairs of kept photos, up to a distance; 0: there are too many
// photos, or some have no hash.
func nearMisses(s *dataset.Set, a *album, r dedup.Result) ([]nearMiss, int) {
	kept, beyond := s.Kept(), min(r.Options.Distance+nearBeyond, mostDistant)
	if len(kept) == 0 || len(kept) > mostPaired {
		return nil, 0
	}
	pairs, err := dedup.Pairs(kept, beyond)
	if err != nil {
		return nil, 0
	}
	var out []nearMiss
	for _, p := range pairs {
		if len(out) == mostNear {
			break
		}
		if !p.Copies {
			continue
		}
		miss := nearMiss{Distance: p.Distance, Classes: []string{p.A.Class}}
		if p.B.Class != p.A.Class {
			miss.Classes = append(miss.Classes, p.B.Class)
		}
		miss.ID = fmt.Sprint("near-", len(out)+1)
		both := a.photos(miss.ID, p.A.Path, p.B.Path)
		miss.A, miss.B = both[0], both[1]
		out = append(out, miss)
	}
	return out, beyond
}
