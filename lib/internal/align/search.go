package align

import (
	"math"
	"slices"
)

// start is a way to lay one picture on another, and how well the two then agree at a coarse scale.
type start struct {
	way affine // from places of y to places of x
	fit float64
}

// mostStarts are refined.
const mostStarts = 3

// leastFit is the correlation at the coarse scale below which a way is not tried.
const leastFit = 0.5

// Turns, degrees, and sides of the part of the larger picture, that are tried at the coarse scale.
var (
	turns = [...]float64{-10, -5, 0, 5, 10}
	parts = [...]float64{1, 0.9, 0.8, 0.7, 0.6}
)

// starts are the best ways to lay y on a part of x, or x on a part of y.
func starts(x, y *scales) []start {
	a, b := x.small, y.small
	var all []start
	for _, turn := range turns {
		for _, part := range parts {
			all = append(all, slide(a, b, part, turn)...)
			if part < 1 {
				for _, s := range slide(b, a, part, turn) {
					all = append(all, start{s.way.inverse(), s.fit})
				}
			}
		}
	}
	slices.SortStableFunc(all, func(p, q start) int {
		switch {
		case p.fit > q.fit:
			return -1
		case p.fit < q.fit:
			return 1
		}
		return 0
	})
	return all[:min(mostStarts, len(all))]
}

// slide lays b, turned and reduced to a part of the size of a, on every place of a, and returns the
// best one. Sides of the two count as equal before.
func slide(a, b plane, part, turn float64) []start {
	half := float64(max(a.w, a.h)) / 2
	step := 2 * part / float64(max(b.w, b.h)) // of a pixel of b, in halves of a's side
	play := 1 - part + 0.1
	n := int(math.Ceil(play / step))
	best := start{fit: -1}
	sin, cos := math.Sincos(turn * math.Pi / 180)
	// b's grid laid on a, with so many pixels around it that b can be shifted by n
	w, h := b.w+2*n, b.h+2*n
	laid, inside := make([]float32, w*h), make([]bool, w*h)
	for j := range h {
		for i := range w {
			u, v := (float64(i)-float64(w-1)/2)*step, (float64(j)-float64(h-1)/2)*step
			laid[j*w+i], inside[j*w+i] = a.at(float32((cos*u-sin*v)*half), float32((sin*u+cos*v)*half))
		}
	}
	for dy := 0; dy <= 2*n; dy++ {
		for dx := 0; dx <= 2*n; dx++ {
			if fit := correlate(b, laid, inside, w, dx, dy); fit > best.fit {
				u, v := float64(dx-n)*step, float64(dy-n)*step
				best = start{similarity(part, turn, cos*u-sin*v, sin*u+cos*v), fit}
			}
		}
	}
	if best.fit < leastFit {
		return nil
	}
	return []start{best}
}

// correlate is the correlation of b with what lies dx, dy into laid, less for places outside.
func correlate(b plane, laid []float32, inside []bool, w, dx, dy int) float64 {
	var n, x, y, xx, yy, xy float32
	for j := range b.h {
		row, in := laid[(j+dy)*w+dx:][:b.w], inside[(j+dy)*w+dx:][:b.w]
		for i, q := range b.pix[j*b.w:][:b.w] {
			if in[i] {
				p := row[i]
				n, x, y, xx, yy, xy = n+1, x+p, y+q, xx+p*p, yy+q*q, xy+p*q
			}
		}
	}
	share := float64(n) / float64(len(b.pix))
	if share < 0.7 {
		return -1
	}
	return pearson(float64(n), float64(x), float64(y), float64(xx), float64(yy), float64(xy), 1) * math.Sqrt(share)
}

// pearson is the correlation from sums; noise, levels, is added to both spreads, so that plain
// parts correlate with nothing.
func pearson(n, x, y, xx, yy, xy, noise float64) float64 {
	if n == 0 {
		return 0
	}
	vx, vy := xx/n-x/n*x/n+noise*noise, yy/n-y/n*y/n+noise*noise
	return (xy/n - x/n*y/n) / math.Sqrt(vx*vy)
}
