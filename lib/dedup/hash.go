package dedup

import (
	"context"
	"fmt"
	"image"
	"math"
	"math/bits"
	"runtime"
	"slices"
	"strconv"
	"sync"

	"github.com/corona10/goimagehash"

	"imagelab/lib/imgset"
	"imagelab/lib/progress"
)

// hashSide is enough for a hash of 16 x 16 bits; large JPEGs may be decoded at a smaller scale down to twice it.
const hashSide = 128

// bits256 is a difference hash of 16 x 16 bits, one row to 16 bits.
type bits256 [4]uint64

func (b bits256) distance(c bits256) int {
	return bits.OnesCount64(b[0]^c[0]) + bits.OnesCount64(b[1]^c[1]) + bits.OnesCount64(b[2]^c[2]) + bits.OnesCount64(b[3]^c[3])
}

func (b bits256) String() string {
	return fmt.Sprintf("%016x%016x%016x%016x", b[0], b[1], b[2], b[3])
}

func parseHash(s string) (b bits256, err error) {
	if len(s) != 64 {
		return b, fmt.Errorf("hash %q has not 64 hex digits", s)
	}
	for i := range b {
		if b[i], err = strconv.ParseUint(s[16*i:16*i+16], 16, 64); err != nil {
			return b, fmt.Errorf("hash %q: %w", s, err)
		}
	}
	return b, nil
}

// dhash is the difference hash (Krawetz 2013) of 16 x 16 bits: whether a cell is darker than its right neighbour.
func dhash(img image.Image) (bits256, error) {
	h, err := goimagehash.ExtDifferenceHash(img, 16, 16)
	if err != nil {
		return bits256{}, err
	}
	return bits256(h.GetHash()), nil
}

// Hash is the difference hash of an image, 64 hex digits, row by row, as it stands in manifests.
func Hash(img image.Image) (string, error) {
	h, err := dhash(img)
	if err != nil {
		return "", fmt.Errorf("dedup: %w", err)
	}
	return h.String(), nil
}

// hashAll fills in Hash and the low-entropy flag of the images that have no hash yet, on all cores.
func hashAll(ctx context.Context, s *imgset.Set, p progress.Func) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	jobs, done := make(chan *imgset.Image), make(chan struct{})
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for im := range jobs {
				if err := hashOne(s, im); err != nil {
					cancel(err)
				}
				done <- struct{}{}
			}
		})
	}
	var todo []*imgset.Image
	for i := range s.Images {
		if s.Images[i].Hash == "" {
			todo = append(todo, &s.Images[i])
		}
	}
	go func() {
		defer close(done)
		defer workers.Wait()
		defer close(jobs)
		for _, im := range todo {
			if ctx.Err() != nil { // or else select might still hand out a job
				return
			}
			select {
			case jobs <- im:
			case <-ctx.Done():
				return
			}
		}
	}()
	const stage = "hashing photos"
	p.Report(stage, 0, int64(len(todo)))
	n := 0
	for range done {
		n++
		p.Report(stage, int64(n), int64(len(todo)))
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return nil
}

func hashOne(s *imgset.Set, im *imgset.Image) error {
	img, _, err := imgset.DecodeScaled(s.File(*im), hashSide)
	if err != nil {
		return fmt.Errorf("%w: the photo changed since `imagelab ingest`, run that again", err)
	}
	h, err := dhash(img)
	if err != nil {
		return fmt.Errorf("hash %s: %w", im.Path, err)
	}
	if lowEntropy(img, h) && !im.Has(imgset.FlagLowEntropy) {
		im.Flags = append(slices.Clip(im.Flags), imgset.FlagLowEntropy)
	}
	im.Hash = h.String()
	return nil
}

// Below these a hash says nothing about the photo: blank and two-tone images, and smooth ramps whose 16 rows are all
// alike, share their hash with any other of the kind. The least of 6,575 real photos of garments, food and solar cells
// were 1.9 bits and 6 changes, and only five of them had fewer than 8.
const (
	minEntropy = 1.5 // bits a pixel
	minChanges = 8
)

func lowEntropy(img *image.NRGBA, h bits256) bool {
	return h.changes() < minChanges || entropy(img) < minEntropy
}

// changes counts the bits that differ from the bit above, 0 to 240. A photo has 30 to 80, a smooth ramp hardly any.
func (b bits256) changes() int {
	above := bits256{b[0] >> 16, b[0]<<48 | b[1]>>16, b[1]<<48 | b[2]>>16, b[2]<<48 | b[3]>>16}
	above[0] |= b[0] &^ (1<<48 - 1) // the top row has none above, so it is compared with itself
	return b.distance(above)
}

// entropy is the Shannon entropy of the grey levels, in bits, 0 to 8.
func entropy(img *image.NRGBA) float64 {
	var hist [256]int
	for i := 0; i+3 < len(img.Pix); i += 4 {
		// Rec. 601 luma in integers, as image/color does it.
		y := (19595*uint32(img.Pix[i]) + 38470*uint32(img.Pix[i+1]) + 7471*uint32(img.Pix[i+2]) + 1<<15) >> 16
		hist[y]++
	}
	n, sum := float64(len(img.Pix)/4), 0.0
	for _, c := range hist {
		if c > 0 {
			sum -= float64(c) / n * math.Log2(float64(c)/n)
		}
	}
	return sum
}
