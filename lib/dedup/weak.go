package dedup

import (
	"imagelab/lib/dataset"
	"imagelab/lib/internal/dhash"
	"imagelab/lib/photo"
)

// Weak is the pair of a group that is least alike.
type Weak struct {
	A        string `json:"a"` // path
	B        string `json:"b"`
	Distance int    `json:"distance"` // see Options.Distance
}

// mostCompared is the size of a group of which all pairs are compared.
const mostCompared = 64

// weigh finds the weakest pair of a group, and whether it is linked only by others. Each member is
// near the kept one, so that two members are at most twice the threshold apart. Of a large group,
// the member farthest from the kept one and the one farthest from that are taken.
func (g *Group) weigh(images []dataset.Image, set []int, o Options) {
	var prints []dhash.Fingerprint
	var of []int
	kept := 0
	for _, i := range set {
		if f, err := dhash.Parse(images[i].Hash); err == nil && !images[i].Has(photo.FlagLowEntropy) {
			if images[i].Path == g.Kept {
				kept = len(of)
			}
			prints, of = append(prints, f), append(of, i)
		}
	}
	from := []int{kept}
	if len(of) <= mostCompared {
		from = from[:0]
		for k := range of {
			from = append(from, k)
		}
	}
	weakest := -1
	for n := 0; n < len(from); n++ {
		far := from[n]
		for k := range of {
			if d := prints[from[n]].Distance(prints[k]); d > weakest {
				weakest, far = d, k
				g.Weakest = Weak{images[of[min(from[n], k)]].Path, images[of[max(from[n], k)]].Path, d}
			}
		}
		if len(of) > mostCompared && n == 0 {
			from = append(from, far)
		}
	}
	g.SingleLink = weakest > o.hashDistance() && len(of) > 2
	for _, m := range g.Members {
		g.SingleLink = g.SingleLink || m.Kind == KindLinked
	}
	if weakest < 0 || len(of) < 2 {
		g.Weakest = Weak{}
	}
}

// Sizes of the histogram of distances.
const (
	hashBin  = 10
	hashBins = 30
	sampled  = 300    // photos whose nearest of another class is looked for
	searched = 20_000 // photos among which
)

// hashEvidence counts distances of copies, and of photos to the nearest of another class.
func hashEvidence(images []dataset.Image, r Result) Evidence {
	e := Evidence{Tier: TierHash, Threshold: float64(r.Options.Distance), Bin: hashBin, Near: make([]int, hashBins),
		Different: make([]int, hashBins)}
	for _, g := range r.Groups {
		for _, m := range g.Members {
			if m.Kind == KindHash && m.Path != g.Kept {
				e.Near[min(m.Distance/hashBin, hashBins-1)]++
			}
		}
	}
	var prints []dhash.Fingerprint
	var classes []string
	for i := range min(searched, len(images)) {
		im := images[i*len(images)/min(searched, len(images))]
		if f, err := dhash.Parse(im.Hash); err == nil && im.Class != "" && im.Used() && !im.Has(photo.FlagLowEntropy) {
			prints, classes = append(prints, f), append(classes, im.Class)
		}
	}
	for n := range min(sampled, len(prints)) {
		at := n * len(prints) / min(sampled, len(prints))
		if d := nearestOther(prints, classes, at); d >= 0 {
			e.Different[min(d/hashBin, hashBins-1)]++
		}
	}
	return e
}

// nearestOther is the least difference of hashes, bits, between a photo and those of other classes,
// as they are or mirrored; -1 if there are none.
func nearestOther(prints []dhash.Fingerprint, classes []string, at int) int {
	best := -1
	mirrored := prints[at].Hash.Mirrored()
	for k, f := range prints {
		if classes[k] != classes[at] {
			if d := min(f.Hash.Distance(prints[at].Hash), f.Hash.Distance(mirrored)); best < 0 || d < best {
				best = d
			}
		}
	}
	return best
}
