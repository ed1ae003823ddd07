package dedup

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Tiers are the ways in which photos are compared, from the surest on.
const (
	TierBytes     = "bytes"     // same content of the files
	TierPixels    = "pixels"    // same pixels: another format or other metadata
	TierHash      = "hash"      // near fingerprints: encoded again, resized, mirrored, brighter, grey
	TierEmbedding = "embedding" // near features and the same details: cropped, turned, framed, written on
)

var allTiers = []string{TierBytes, TierPixels, TierHash, TierEmbedding}

// defaultTiers are the tiers of options that name none.
func defaultTiers() []string { return slices.Clone(allTiers[:3]) }

// ParseTiers reads names between commas, such as "bytes,pixels,hash,embedding", and returns them
// in that order, for Options.Tiers; "" for bytes, pixels and hash. An unknown one is an error,
// and so is a list without bytes, since the same file is always a copy.
func ParseTiers(text string) (string, error) {
	var out []string
	for name := range strings.SplitSeq(text, ",") {
		if name = strings.TrimSpace(name); !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	if err := checkTiers(out); err != nil {
		return "", err
	}
	slices.SortFunc(out, func(a, b string) int {
		return cmp.Compare(slices.Index(allTiers, a), slices.Index(allTiers, b))
	})
	if slices.Equal(out, defaultTiers()) {
		return "", nil
	}
	return strings.Join(out, ","), nil
}

func checkTiers(tiers []string) error {
	for _, name := range tiers {
		if !slices.Contains(allTiers, name) {
			return fmt.Errorf("dedup: there is no tier %q: the tiers are %s", name, strings.Join(allTiers, ", "))
		}
	}
	if len(tiers) > 0 && !slices.Contains(tiers, TierBytes) {
		return fmt.Errorf("dedup: the tiers %s leave out %s: the same file is always a copy",
			strings.Join(tiers, ","), TierBytes)
	}
	return nil
}

// Has reports whether photos are compared by a tier. A Distance of 0 leaves out the hash.
func (o Options) Has(tier string) bool {
	if tier == TierHash && o.Distance == 0 {
		return false
	}
	return slices.Contains(strings.Split(o.TierNames(), ","), tier)
}

// TierNames are the tiers with commas between them, as [ParseTiers] reads them.
func (o Options) TierNames() string {
	return cmp.Or(o.Tiers, strings.Join(defaultTiers(), ","))
}

// hashDistance is Distance, or 0 where hashes are not compared.
func (o Options) hashDistance() int {
	if o.Has(TierHash) {
		return o.Distance
	}
	return 0
}
