package dhash

import (
	"iter"
	"math/bits"
)

// Index finds, among the fingerprints that were added to it, those near another. It misses none:
// the bits of a hash are dealt to one band more than a copy may differ in, so that at least one
// band is the same (pigeonhole principle). One goroutine at a time may use it.
type Index struct {
	distance int
	hashes   []Hash
	texts    []string // of which the cells are read when they are needed: all of them would take most of the memory
	bands    []band
	keys     []uint64
	asked    int32   // number of searches
	seen     []int32 // by fingerprint: the search that came upon it last
}

// band is a hash table of fingerprints by one band of bits: chains of their numbers.
type band struct {
	first []int32 // by the key's slot; -1: none
	next  []int32 // by fingerprint
}

// NewIndex makes an index for distances up to the given one, at least 0, of about n fingerprints.
func NewIndex(distance, n int) *Index {
	x := &Index{distance: distance, bands: make([]band, distance+1)}
	x.hashes, x.texts, x.seen = make([]Hash, 0, n), make([]string, 0, n), make([]int32, 0, n)
	x.grow(max(64, 1<<bits.Len(uint(n))))
	return x
}

// Add adds a fingerprint, as [Fingerprint.String] writes it, under the next number from 0. The
// error is that of [Parse].
func (x *Index) Add(text string) error {
	f, err := Parse(text)
	if err != nil {
		return err
	}
	x.hashes, x.texts, x.seen = append(x.hashes, f.Hash), append(x.texts, text), append(x.seen, 0)
	if size := len(x.bands[0].first); len(x.hashes) > size {
		x.grow(2 * size)
	} else {
		x.link(len(x.hashes) - 1)
	}
	return nil
}

// Grey reports whether the fingerprint with a number is of a grey picture.
func (x *Index) Grey(n int) bool {
	f, _ := Parse(x.texts[n]) // as Add did
	return f.Grey()
}

// grow makes the tables larger, to a power of two, and enters all fingerprints again, so that
// chains stay short.
func (x *Index) grow(size int) {
	for b := range x.bands {
		first := make([]int32, size)
		for i := range first {
			first[i] = -1
		}
		x.bands[b] = band{first, make([]int32, 0, max(cap(x.hashes), size))}
	}
	for i := range x.hashes {
		x.link(i)
	}
}

func (x *Index) link(i int) {
	x.keys = x.hashes[i].bands(len(x.bands), x.keys)
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

// Near yields those that are at most the index's distance from f, by number and distance, in no
// order. One that is near in itself and mirrored comes twice.
func (x *Index) Near(f Fingerprint) iter.Seq2[int, int] {
	return func(yield func(int, int) bool) {
		if len(x.hashes) == 0 {
			return
		}
		for _, way := range [2]Fingerprint{f, f.Mirrored()} {
			if !x.search(way, f, yield) {
				return
			}
		}
	}
}

// search yields the near ones that share a band with way, which is f or its mirror image.
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
			if x.hashes[i].Distance(way.Hash) > x.distance {
				continue
			}
			other, _ := Parse(x.texts[i]) // as Add did
			if other.upright(way, x.distance) != Different && !yield(int(i), other.Distance(f)) {
				return false
			}
		}
	}
	return true
}
