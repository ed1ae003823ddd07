package dhash

import "iter"

// Index finds, among the fingerprints that were added to it, those near another. It misses none: the bits of a hash are dealt
// to one band more than a copy may differ in, so that at least one band is the same (pigeonhole principle).
// One goroutine at a time may use it.
type Index struct {
	distance int
	prints   []Fingerprint
	bands    []band
	keys     []uint64
	asked    int32   // number of searches
	seen     []int32 // by fingerprint: the search that came upon it last
}

// band is a hash table of fingerprints by one band of bits: chains of their numbers.
type band struct {
	first []int32 // by the key's low bits; -1: none
	next  []int32 // by fingerprint
}

// NewIndex makes an index for distances up to the given one, at least 0, of about n fingerprints.
func NewIndex(distance, n int) *Index {
	return &Index{distance: distance, bands: make([]band, distance+1), prints: make([]Fingerprint, 0, n), seen: make([]int32, 0, n)}
}

// Len is the number of fingerprints that were added.
func (x *Index) Len() int { return len(x.prints) }

// Add adds a fingerprint under the next number from 0.
func (x *Index) Add(f Fingerprint) {
	x.prints, x.seen = append(x.prints, f), append(x.seen, 0)
	if n := len(x.bands[0].first); len(x.prints) > n {
		x.grow(max(64, 2*n))
		return
	}
	x.link(len(x.prints) - 1)
}

// grow makes the tables larger and enters all fingerprints again, so that chains stay short.
func (x *Index) grow(size int) {
	for b := range x.bands {
		x.bands[b].first = make([]int32, size)
		for i := range x.bands[b].first {
			x.bands[b].first[i] = -1
		}
		x.bands[b].next = make([]int32, 0, size)
	}
	for i := range x.prints {
		x.link(i)
	}
}

func (x *Index) link(i int) {
	x.keys = x.prints[i].Hash.bands(len(x.bands), x.keys)
	for b, key := range x.keys {
		slot := &x.bands[b].first[slotOf(key, len(x.bands[b].first))]
		x.bands[b].next = append(x.bands[b].next, *slot)
		*slot = int32(i)
	}
}

// slotOf spreads keys over a table whose size is a power of two (Fibonacci hashing).
func slotOf(key uint64, size int) uint64 {
	key ^= key >> 32
	return key * 0x9e37_79b9_7f4a_7c15 >> 20 & uint64(size-1)
}

// Near yields those that are at most the index's distance from f, by number and distance, in no order. One that is near in
// itself and mirrored comes twice.
func (x *Index) Near(f Fingerprint) iter.Seq2[int, int] {
	return func(yield func(int, int) bool) {
		if len(x.prints) == 0 {
			return
		}
		for _, way := range [2]Fingerprint{f, f.Mirrored()} {
			if !x.search(way, f, yield) {
				return
			}
		}
	}
}

// search yields the near ones whose bands are those of way, which is f or its mirror image.
func (x *Index) search(way, f Fingerprint, yield func(int, int) bool) bool {
	x.asked++
	x.keys = way.Hash.bands(len(x.bands), x.keys)
	for b, key := range x.keys {
		at := &x.bands[b]
		for i := at.first[slotOf(key, len(at.first))]; i >= 0; i = at.next[i] {
			if x.seen[i] == x.asked {
				continue
			}
			x.seen[i] = x.asked
			if x.prints[i].upright(way, x.distance) == Different {
				continue
			}
			if !yield(int(i), x.prints[i].Distance(f)) {
				return false
			}
		}
	}
	return true
}
