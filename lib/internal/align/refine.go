package align

import (
	"math"
	"slices"
)

// refine improves a way by Gauss-Newton steps (Lucas and Kanade 1981) on affine changes of place
// and linear changes of brightness, first at half the scale. Places that disagree most, such as
// those of a text, count little. ok is false where the two do not agree even at half the scale.
func (x *scales) refine(y *scales, s start) (way affine, ok bool) {
	way = x.half.improve(y.half, s.way, 12, 1)
	if x.half.agree(y.half, way, leastParts/3) < hopeless {
		return way, false
	}
	return x.full.improve(y.full, way, 8, 2), true
}

// improve takes at most so many steps, on every stride-th pixel of every stride-th row of y.
func (x plane) improve(y plane, way affine, steps, stride int) affine {
	spots := make([]spot, 0, (y.w/stride+1)*(y.h/stride+1))
	for range steps {
		spots = x.spots(y, way, stride, spots)
		next, moved, ok := step(spots, way, float64(max(x.w, x.h))/2)
		if !ok || !next.plausible() {
			break
		}
		way = next
		if moved*float64(max(y.w, y.h)) < 0.04 {
			break
		}
	}
	return way
}

// spot is a pixel of y that lies on x.
type spot struct {
	u, v           float32 // its place in y, in halves of the longer side from the middle
	x, y           float32 // levels
	slopeX, slopeY float32 // of the level of x, levels a pixel
}

// spots are every stride-th pixel of every stride-th row of y that lies on x, written over those of
// before.
func (x plane) spots(y plane, way affine, stride int, before []spot) []spot {
	half, other := float64(max(x.w, x.h))/2, float64(max(y.w, y.h))/2
	out := before[:0]
	for j := 0; j < y.h; j += stride {
		v := (float64(j) - float64(y.h-1)/2) / other
		for i := 0; i < y.w; i += stride {
			u := (float64(i) - float64(y.w-1)/2) / other
			px, py := way.apply(u, v)
			level, slopeX, slopeY, in := x.slope(float32(px*half), float32(py*half))
			if in {
				out = append(out, spot{float32(u), float32(v), level, y.pix[j*y.w+i], slopeX, slopeY})
			}
		}
	}
	return out
}

// step is one Gauss-Newton step; moved is how far, in halves of the side. half is half of the
// longer side of x, pixels.
func step(spots []spot, way affine, half float64) (next affine, moved float64, ok bool) {
	const unknowns = 8
	var normal [unknowns][unknowns + 1]float64
	gain, offset, spread := brightness(spots)
	slope := gain * half
	for _, s := range spots {
		u, v, p := float64(s.u), float64(s.v), float64(s.x)
		gx, gy := slope*float64(s.slopeX), slope*float64(s.slopeY)
		r := float64(s.y) - gain*p - offset
		weight := 1 / (1 + r*r/(spread*spread))
		row := [unknowns]float64{gx * u, gx * v, gx, gy * u, gy * v, gy, p, 1}
		for k := range row {
			scaled := weight * row[k]
			for m := k; m < unknowns; m++ {
				normal[k][m] += scaled * row[m]
			}
			normal[k][unknowns] += scaled * r
		}
	}
	d, ok := solve(normal)
	if !ok {
		return way, 0, false
	}
	for k := range way {
		way[k] += d[k]
		moved = max(moved, math.Abs(d[k]))
	}
	return way, moved, moved < 0.5
}

// brightness is the line that gives the levels of y by those of x, and the typical error of it.
func brightness(spots []spot) (gain, offset, spread float64) {
	var sx, sy, xx, xy float64
	for _, s := range spots {
		a, b := float64(s.x), float64(s.y)
		sx, sy, xx, xy = sx+a, sy+b, xx+a*a, xy+a*b
	}
	n := float64(len(spots))
	gain = 1
	if v := n*xx - sx*sx; v > 0 {
		gain = min(max((n*xy-sx*sy)/v, 0.3), 3)
	}
	if n > 0 {
		offset = (sy - gain*sx) / n
	}
	for _, s := range spots {
		spread += math.Abs(float64(s.y) - gain*float64(s.x) - offset)
	}
	return gain, offset, 2 + 1.5*spread/max(n, 1)
}

// overlap calls each for every stride-th pixel of y that lies on x, with the levels of both.
func (x plane) overlap(y plane, way affine, stride int, each func(i, j int, p, q float32)) {
	half, other := float64(max(x.w, x.h))/2, float64(max(y.w, y.h))/2
	for j := 0; j < y.h; j += stride {
		for i := 0; i < y.w; i += stride {
			px, py := way.apply((float64(i)-float64(y.w-1)/2)/other, (float64(j)-float64(y.h-1)/2)/other)
			if p, in := x.at(float32(px*half), float32(py*half)); in {
				each(i, j, p, y.pix[j*y.w+i])
			}
		}
	}
}

// Parts that are compared one by one.
const (
	partSide   = 8  // pixels of the fine scale
	leastParts = 12 // that have details
	detail     = 3  // standard deviation of a part with details, levels of 255
)

// hopeless is the agreement at half the scale below which a way is given up.
const hopeless = 0.3

// agree is the lower quartile over the parts with details of the correlation of x and y, when y is
// laid on x; 0 if there are fewer than least or the overlap is small.
func (x plane) agree(y plane, way affine, least int) float64 {
	type sums struct{ n, x, y, xx, yy, xy float64 }
	columns := (y.w + partSide - 1) / partSide
	parts := make([]sums, columns*((y.h+partSide-1)/partSide))
	x.overlap(y, way, 1, func(i, j int, p, q float32) {
		s, a, b := &parts[j/partSide*columns+i/partSide], float64(p), float64(q)
		*s = sums{s.n + 1, s.x + a, s.y + b, s.xx + a*a, s.yy + b*b, s.xy + a*b}
	})
	var all []float64
	for _, s := range parts {
		if s.n < partSide*partSide/2 {
			continue
		}
		if spread := max(s.xx/s.n-s.x/s.n*s.x/s.n, s.yy/s.n-s.y/s.n*s.y/s.n); spread >= detail*detail {
			all = append(all, pearson(s.n, s.x, s.y, s.xx, s.yy, s.xy, 1))
		}
	}
	if len(all) < least {
		return 0
	}
	slices.Sort(all)
	return all[len(all)/4]
}

// solve is Gauss elimination with pivots on a symmetric system, of which the upper half is given.
func solve(m [8][9]float64) (x [8]float64, ok bool) {
	const n = 8
	for i := range n {
		for j := range i {
			m[i][j] = m[j][i]
		}
	}
	for i := range n {
		pivot := i
		for j := i + 1; j < n; j++ {
			if math.Abs(m[j][i]) > math.Abs(m[pivot][i]) {
				pivot = j
			}
		}
		m[i], m[pivot] = m[pivot], m[i]
		if math.Abs(m[i][i]) < 1e-9 {
			return x, false
		}
		for j := i + 1; j < n; j++ {
			f := m[j][i] / m[i][i]
			for k := i; k <= n; k++ {
				m[j][k] -= f * m[i][k]
			}
		}
	}
	for i := n - 1; i >= 0; i-- {
		x[i] = m[i][n]
		for j := i + 1; j < n; j++ {
			x[i] -= m[i][j] * x[j]
		}
		x[i] /= m[i][i]
	}
	return x, true
}
