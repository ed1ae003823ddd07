// Package dhash is the difference hash (Krawetz 2013) of 16 x 16 bits, as goimagehash computes it: of a picture reduced to
// 17 x 16 levels of brightness, a bit says whether a level is darker than its right neighbour. Copies of a photo that were encoded again or
// resized have hashes that are [Hash.Distance] few bits apart.
package dhash

import (
	"fmt"
	"image"
	"math/bits"
	"strconv"

	"github.com/corona10/goimagehash"
)

// Hash is a difference hash, one row to 16 bits.
type Hash [4]uint64

// Of is the hash of an image. An image without pixels is an error.
func Of(img image.Image) (Hash, error) {
	h, err := goimagehash.ExtDifferenceHash(img, 16, 16)
	if err != nil {
		return Hash{}, fmt.Errorf("dhash: %w", err)
	}
	return Hash(h.GetHash()), nil
}

// Parse reads what [Hash.String] writes.
func Parse(s string) (h Hash, err error) {
	if len(s) != 64 {
		return h, fmt.Errorf("hash %q has not 64 hex digits", s)
	}
	for i := range h {
		if h[i], err = strconv.ParseUint(s[16*i:16*i+16], 16, 64); err != nil {
			return h, fmt.Errorf("hash %q: %w", s, err)
		}
	}
	return h, nil
}

// String is the hash as it stands in manifests: 64 hex digits, row by row.
func (h Hash) String() string { return fmt.Sprintf("%016x%016x%016x%016x", h[0], h[1], h[2], h[3]) }

// Distance is the number of bits that differ, 0 to 256. Those of unrelated photos differ by about 100.
func (h Hash) Distance(o Hash) int {
	return bits.OnesCount64(h[0]^o[0]) + bits.OnesCount64(h[1]^o[1]) + bits.OnesCount64(h[2]^o[2]) + bits.OnesCount64(h[3]^o[3])
}

// Changes counts the bits that differ from the bit above, 0 to 240. A photo has 30 to 80, a smooth ramp hardly any.
func (h Hash) Changes() int {
	above := Hash{h[0] >> 16, h[0]<<48 | h[1]>>16, h[1]<<48 | h[2]>>16, h[2]<<48 | h[3]>>16}
	above[0] |= h[0] &^ (1<<48 - 1) // the top row has none above, so it is compared with itself
	return h.Distance(above)
}
