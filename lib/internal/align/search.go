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
			all = append(all, slide(a.plane, b, part, turn)...)
			if part < 1 {
				for _, s := range slide(b.plane, a, part, turn) {
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
func slide(a plane, b rows, part, turn float64) []start {
	half := float64(max(a.w, a.h)) / 2
	step := 2 * part / float64(max(b.w, b.h)) // of a pixel of b, in halves of a's side
	play := 1 - part + 0.1
	n := int(math.Ceil(play / step))
	sin, cos := math.Sincos(turn * math.Pi / 180)
	// b's grid laid on a, with so many pixels around it that b can be shifted by n
	laid := newLaid(a, b.w+2*n, b.h+2*n, float32(half*step*cos), float32(half*step*sin))
	dx, dy, fit := laid.best(b, n)
	if fit < leastFit {
		return nil
	}
	u, v := float64(dx-n)*step, float64(dy-n)*step
	return []start{{similarity(part, turn, cos*u-sin*v, sin*u+cos*v), fit}}
}

// best is the place in l, shifted by up to n from its middle, where b correlates best: of every
// second place, and then of those around the best one. What agrees at a place agrees beside it too.
func (l laid) best(b rows, n int) (dx, dy int, fit float64) {
	dx, dy, fit = n, n, -1
	try := func(x, y int) {
		if f := l.correlate(b, x, y); f > fit {
			dx, dy, fit = x, y, f
		}
	}
	for y := n % 2; y <= 2*n; y += 2 {
		for x := n % 2; x <= 2*n; x += 2 {
			try(x, y)
		}
	}
	aroundX, aroundY := dx, dy
	for y := max(0, aroundY-1); y <= min(2*n, aroundY+1); y++ {
		for x := max(0, aroundX-1); x <= min(2*n, aroundX+1); x++ {
			try(x, y)
		}
	}
	return dx, dy, fit
}

// rows are a plane with the sums of the levels of each row, and of their squares, up to each
// column.
type rows struct {
	plane
	sum, square []float32 // [h][w+1]
}

func newRows(p plane) rows {
	r := rows{p, make([]float32, p.h*(p.w+1)), make([]float32, p.h*(p.w+1))}
	for y := range p.h {
		sum, square := r.sum[y*(p.w+1):][:p.w+1], r.square[y*(p.w+1):][:p.w+1]
		for x, v := range p.pix[y*p.w:][:p.w] {
			sum[x+1], square[x+1] = sum[x]+v, square[x]+v*v
		}
	}
	return r
}

// laid is a grid laid on a plane: its levels there, and which columns of each row lie on the plane.
// What lies on it of a row is in one piece, since the plane has no dents.
type laid struct {
	rows
	from, to []int // columns of each row: [from, to)
}

// newLaid lays a grid of w by h on the middle of a. (dx, dy) is the way from one column to the
// next, pixels of a; the way from one row to the next stands upright on it.
func newLaid(a plane, w, h int, dx, dy float32) laid {
	p := plane{w, h, make([]float32, w*h)}
	l := laid{from: make([]int, h), to: make([]int, h)}
	for j := range h {
		l.from[j] = w
		for i := range w {
			u, v := float32(i)-float32(w-1)/2, float32(j)-float32(h-1)/2
			level, inside := a.at(dx*u-dy*v, dy*u+dx*v)
			if p.pix[j*w+i] = level; inside {
				l.from[j], l.to[j] = min(l.from[j], i), i+1
			}
		}
	}
	l.rows = newRows(p)
	return l
}

// correlate is the correlation of b with what lies dx, dy into l, less for places outside.
func (l laid) correlate(b rows, dx, dy int) float64 {
	count := 0
	for j := range b.h {
		count += max(0, min(l.to[j+dy], dx+b.w)-max(l.from[j+dy], dx))
	}
	share := float64(count) / float64(len(b.pix))
	if share < 0.7 {
		return -1
	}
	var x, y, xx, yy, xy float32
	for j := range b.h {
		from, to := max(l.from[j+dy], dx), min(l.to[j+dy], dx+b.w)
		if from >= to {
			continue
		}
		row, other := (j+dy)*(l.w+1), j*(b.w+1)-dx
		x, xx = x+l.sum[row+to]-l.sum[row+from], xx+l.square[row+to]-l.square[row+from]
		y, yy = y+b.sum[other+to]-b.sum[other+from], yy+b.square[other+to]-b.square[other+from]
		xy += product(l.pix[(j+dy)*l.w+from:(j+dy)*l.w+to], b.pix[j*b.w-dx+from:j*b.w-dx+to])
	}
	return pearson(float64(count), float64(x), float64(y), float64(xx), float64(yy), float64(xy), 1) * math.Sqrt(share)
}

// product is the scalar product of two rows of the same length. Four sums do not wait for each
// other.
func product(a, b []float32) float32 {
	var s0, s1, s2, s3 float32
	for len(a) >= 4 && len(b) >= 4 {
		s0, s1, s2, s3 = s0+a[0]*b[0], s1+a[1]*b[1], s2+a[2]*b[2], s3+a[3]*b[3]
		a, b = a[4:], b[4:]
	}
	for i := range min(len(a), len(b)) {
		s0 += a[i] * b[i]
	}
	return s0 + s1 + s2 + s3
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
