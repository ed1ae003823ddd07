// Package dhash tells whether two photos are copies of one another by what they look like: encoded
// again, resized, mirrored, made brighter or grey.
//
// [Of] takes the [Fingerprint] of a picture, [Fingerprint.Distance] compares two, and an [Index]
// finds the near ones of many.
package dhash

import (
	"math/bits"
	"math/rand/v2"
)

// Hash is a difference hash (Krawetz 2013) with three outcomes. Of a picture reduced to 17 x 16
// levels of brightness, each level is compared with its right neighbour: a bit of the first four
// words says that the neighbour is brighter by more than half a level of 255, one of the last four
// that it is darker by as much. Neither is set where they are alike, as on a plain background,
// whose noise would otherwise set bits at random. 16 bits of a word are a row.
type Hash [8]uint64

// half is the number of words that say "brighter".
const half = 4

// Distance is the number of bits that differ, 0 to 512. Those of unrelated photos differ by about
// 200.
func (h Hash) Distance(o Hash) int {
	n := 0
	for i := range h {
		n += bits.OnesCount64(h[i] ^ o[i])
	}
	return n
}

// Mirrored is the hash of the mirrored picture: left and right change places, and brighter becomes
// darker.
func (h Hash) Mirrored() (m Hash) {
	for i, word := range h {
		reversed := bits.Reverse64(word) // which turns the rows around too
		m[(i+half)%len(h)] = reversed>>48 | reversed>>16&0xffff_0000 | reversed<<16&0xffff_0000_0000 | reversed<<48
	}
	return m
}

// Changes counts the bits that differ from the bit above, 0 to 480. A photo has 60 to 160, a smooth
// ramp hardly any.
func (h Hash) Changes() int {
	n := 0
	for _, plane := range [2][]uint64{h[:half], h[half:]} {
		above := plane[0] >> 48 // the top row has none above, so it is compared with itself
		for _, word := range plane {
			n += bits.OnesCount64(word ^ (above<<48 | word>>16))
			above = word & 0xffff
		}
	}
	return n
}

// shuffled is the order in which the bits of a hash are dealt to bands: at random, so that a plain
// background does not fill whole bands.
var shuffled = rand.New(rand.NewPCG(16, 512)).Perm(512)

// bands deals the bits of the hash to n bands and gives a key of each, in place of keys. Of two
// hashes that differ in fewer than n bits at least one key is the same.
func (h Hash) bands(n int, keys []uint64) []uint64 {
	keys = keys[:0]
	for b := range n {
		key := uint64(0xcbf2_9ce4_8422_2325) // FNV-1a over the bits
		for i := b; i < len(shuffled); i += n {
			bit := shuffled[i]
			key = (key ^ h[bit/64]>>(63-bit%64)&1) * 0x100_0000_01b3
		}
		keys = append(keys, key)
	}
	return keys
}
