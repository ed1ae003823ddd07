package dhash

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"math"
	"slices"
	"strings"
)

const (
	hashSide = 16 // of a hash, comparisons
	cellSide = 12 // of Cells
)

// Cells are a picture at 12 x 12 pixels, row by row: luma, blue-difference and red-difference
// chroma (ITU-R BT.601, full range).
type Cells [cellSide * cellSide][3]uint8

// Fingerprint is what a picture looks like: the hash by which near ones are found, and the cells by
// which they are checked.
type Fingerprint struct {
	Hash  Hash
	Cells Cells
}

// Of takes the fingerprint of an opaque picture. One without pixels is an error.
func Of(img image.Image) (Fingerprint, error) {
	if img == nil || img.Bounds().Empty() {
		return Fingerprint{}, errors.New("dhash: an image without pixels has no hash")
	}
	levels, colours := reduce(opaque(img))
	return Fingerprint{compare(levels), cellsOf(colours)}, nil
}

// Levels are the levels of brightness that are compared for a hash, 0 to 255, row by row. A picture
// without pixels is an error.
func Levels(img image.Image) (levels [hashSide][hashSide + 1]float32, err error) {
	if img == nil || img.Bounds().Empty() {
		return levels, errors.New("dhash: an image without pixels has no levels")
	}
	g, _ := reduce(opaque(img))
	for y := range levels {
		for x := range levels[y] {
			levels[y][x] = g.mean(x, y, 0)
		}
	}
	return levels, nil
}

// alike is by how much neighbours may differ and count as equally bright, levels of 255.
const alike = 0.5

func compare(levels *grid) (h Hash) {
	for i := range hashSide * hashSide {
		x, y := i%hashSide, i/hashSide
		word, bit := i/64, uint64(1)<<(63-i%64)
		switch step := levels.mean(x+1, y, 0) - levels.mean(x, y, 0); {
		case step > alike:
			h[word] |= bit
		case step < -alike:
			h[half+word] |= bit
		}
	}
	return h
}

func cellsOf(colours *grid) (c Cells) {
	for i := range c {
		x, y := i%cellSide, i/cellSide
		r, g, b := colours.mean(x, y, 0), colours.mean(x, y, 1), colours.mean(x, y, 2)
		luma := red*r + green*g + blue*b
		c[i] = [3]uint8{round(luma), round(128 + (b-luma)/(2*(1-blue))), round(128 + (r-luma)/(2*(1-red)))}
	}
	return c
}

func round(v float32) uint8 { return uint8(math.Round(float64(min(max(v, 0), 255)))) }

// version stands before a fingerprint in text. Those of an earlier version cannot be compared with
// it.
const version = "2."

// String is the fingerprint as it stands in manifests, which [Parse] reads.
func (f Fingerprint) String() string {
	raw := make([]byte, 0, 8*len(f.Hash)+3*len(f.Cells))
	for _, word := range f.Hash {
		raw = binary.BigEndian.AppendUint64(raw, word)
	}
	for _, cell := range f.Cells {
		raw = append(raw, cell[:]...)
	}
	return version + base64.RawURLEncoding.EncodeToString(raw)
}

// Parse reads what [Fingerprint.String] writes. What an earlier version wrote is an error.
func Parse(s string) (f Fingerprint, err error) {
	text, ours := strings.CutPrefix(s, version)
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if !ours || err != nil || len(raw) != 8*len(f.Hash)+3*len(f.Cells) {
		return f, fmt.Errorf("%.20q is not a fingerprint of this version", s)
	}
	for i := range f.Hash {
		f.Hash[i] = binary.BigEndian.Uint64(raw[8*i:])
	}
	for i := range f.Cells {
		copy(f.Cells[i][:], raw[8*len(f.Hash)+3*i:])
	}
	return f, nil
}

// Mirrored is the fingerprint of the mirrored picture.
func (f Fingerprint) Mirrored() Fingerprint {
	m := Fingerprint{Hash: f.Hash.Mirrored()}
	for i := range f.Cells {
		m.Cells[i] = f.Cells[i/cellSide*cellSide+cellSide-1-i%cellSide]
	}
	return m
}

// Different is the distance of pictures whose colours differ somewhere.
const Different = 1000

// Distance tells how different two pictures are, as they are or one of them mirrored, whichever is
// less: the bits of 512 in which their hashes differ, plus the levels of 255 by which a cell still
// differs once the brightness of the two is matched. Of pictures of which a cell has another colour
// it is [Different]; a grey picture matches any colours.
func (f Fingerprint) Distance(o Fingerprint) int {
	return min(f.upright(o, Different), f.upright(o.Mirrored(), Different))
}

// upright is the distance of two pictures as they are, or Different if it is more than largest.
func (f Fingerprint) upright(o Fingerprint, largest int) int {
	d := f.Hash.Distance(o.Hash)
	if d > largest || !f.Cells.sameColours(&o.Cells) {
		return Different
	}
	if d += f.Cells.unmatched(&o.Cells); d > largest {
		return Different
	}
	return d
}

// mostChroma is by how much the chroma of a cell may differ between copies, levels of 255.
const mostChroma = 18

// sameColours compares the chroma as it is, and else after the change of contrast that the luma of
// the two shows: who darkens a photo to 0.7 of its levels leaves 0.7 of its chroma.
func (c *Cells) sameColours(o *Cells) bool {
	return c.grey() || o.grey() || c.chromaAt(o, 1) || c.chromaAt(o, c.contrast(o)) || o.chromaAt(c, o.contrast(c))
}

// chromaAt reports whether the chroma of o is gain times that of c, more or less.
func (c *Cells) chromaAt(o *Cells, gain float32) bool {
	for i := range c {
		for k := 1; k < 3; k++ {
			if d := gain*(float32(c[i][k])-128) - (float32(o[i][k]) - 128); d > mostChroma || d < -mostChroma {
				return false
			}
		}
	}
	return true
}

// contrast is the slope of the line that gives the luma of o by that of c best (least squares), 0.5
// to 2.
func (c *Cells) contrast(o *Cells) float32 {
	var x, y, xx, xy float32
	for i := range c {
		a, b := float32(c[i][0]), float32(o[i][0])
		x, y, xx, xy = x+a, y+b, xx+a*a, xy+a*b
	}
	n := float32(len(c))
	if spread := n*xx - x*x; spread > 0 {
		return min(max((n*xy-x*y)/spread, 0.5), 2)
	}
	return 1
}

// Grey reports whether the picture has no colours. It matches any.
func (f Fingerprint) Grey() bool { return f.Cells.grey() }

func (c *Cells) grey() bool {
	for _, cell := range c {
		if cell[1] != 128 || cell[2] != 128 {
			return false
		}
	}
	return true
}

// unmatched is how many levels the brightest part of one picture lies above or below what the other
// leads to expect, whichever way they are compared.
func (c *Cells) unmatched(o *Cells) int { return int(max(c.residual(o), o.residual(c))) }

// residual fits the luma of o by a function of that of c that never falls, as any change of
// brightness or contrast is, and returns the largest error. It is the isotonic regression by
// pooling adjacent violators (Ayer et al. 1955).
func (c *Cells) residual(o *Cells) float64 {
	var sum, n [256]float64
	for i := range c {
		sum[c[i][0]] += float64(o[i][0])
		n[c[i][0]]++
	}
	type pool struct {
		mean, n float64
		last    int
	}
	var pools []pool
	for level := range 256 {
		if n[level] == 0 {
			continue
		}
		next := pool{sum[level] / n[level], n[level], level}
		for len(pools) > 0 && pools[len(pools)-1].mean >= next.mean {
			before := pools[len(pools)-1]
			pools = pools[:len(pools)-1]
			next.mean = (before.mean*before.n + next.mean*next.n) / (before.n + next.n)
			next.n += before.n
		}
		pools = append(pools, next)
	}
	worst := 0.0
	for i := range c {
		at, _ := slices.BinarySearchFunc(pools, int(c[i][0]), func(p pool, level int) int { return p.last - level })
		worst = max(worst, math.Abs(float64(o[i][0])-pools[at].mean))
	}
	return worst
}
