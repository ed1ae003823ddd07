package align

import "math"

// plane is a picture of floats whose coordinates run from -W/2 to W/2 about its middle.
type plane struct {
	w, h int
	pix  []float32
}

func newPlane(p Picture) plane {
	q := plane{p.W, p.H, make([]float32, len(p.Pix))}
	for i, v := range p.Pix {
		q.pix[i] = float32(v)
	}
	return q
}

// reduced is the plane with its longer side of about side pixels, by averages.
func (p plane) reduced(side int) plane {
	scale := float64(side) / float64(max(p.w, p.h))
	if scale >= 1 {
		return p
	}
	w, h := max(1, int(math.Round(scale*float64(p.w)))), max(1, int(math.Round(scale*float64(p.h))))
	q := plane{w, h, make([]float32, w*h)}
	for y := range h {
		top, bottom := y*p.h/h, max(y*p.h/h+1, (y+1)*p.h/h)
		for x := range w {
			left, right := x*p.w/w, max(x*p.w/w+1, (x+1)*p.w/w)
			sum := float32(0)
			for j := top; j < bottom; j++ {
				for i := left; i < right; i++ {
					sum += p.pix[j*p.w+i]
				}
			}
			q.pix[y*w+x] = sum / float32((bottom-top)*(right-left))
		}
	}
	return q
}

// at is the level between pixels (bilinear); ok is false outside. Coordinates are pixels from the
// middle.
func (p plane) at(x, y float32) (v float32, ok bool) {
	x += float32(p.w)/2 - 0.5
	y += float32(p.h)/2 - 0.5
	if x < 0 || y < 0 || x > float32(p.w-1) || y > float32(p.h-1) {
		return 0, false
	}
	i, j := min(int(x), p.w-2), min(int(y), p.h-2)
	fx, fy := x-float32(i), y-float32(j)
	row := p.pix[j*p.w+i:]
	below := p.pix[(j+1)*p.w+i:]
	top := row[0] + fx*(row[1]-row[0])
	bottom := below[0] + fx*(below[1]-below[0])
	return top + fy*(bottom-top), true
}

// slope is at with the slopes of the level there, levels a pixel.
func (p plane) slope(x, y float32) (v, dx, dy float32, ok bool) {
	x += float32(p.w)/2 - 0.5
	y += float32(p.h)/2 - 0.5
	if x < 0 || y < 0 || x > float32(p.w-1) || y > float32(p.h-1) {
		return 0, 0, 0, false
	}
	i, j := min(int(x), p.w-2), min(int(y), p.h-2)
	fx, fy := x-float32(i), y-float32(j)
	row := p.pix[j*p.w+i:]
	below := p.pix[(j+1)*p.w+i:]
	along, under := row[1]-row[0], below[1]-below[0]
	top, bottom := row[0]+fx*along, below[0]+fx*under
	return top + fy*(bottom-top), along + fy*(under-along), bottom - top, true
}

// scales are a picture at several sizes.
type scales struct {
	full, half plane
	small      rows
}

func newScales(p Picture) *scales {
	full := newPlane(p)
	return &scales{full, full.reduced(fine / 2), newRows(full.reduced(coarse))}
}

// affine takes a place of one picture to one of another, both in halves of that picture's longer
// side from its middle: x' = a x + b y + c, y' = d x + e y + f.
type affine [6]float64

func similarity(scale, degrees, dx, dy float64) affine {
	s, c := math.Sincos(degrees * math.Pi / 180)
	return affine{scale * c, -scale * s, dx, scale * s, scale * c, dy}
}

func (m affine) apply(x, y float64) (float64, float64) {
	return m[0]*x + m[1]*y + m[2], m[3]*x + m[4]*y + m[5]
}

// inverse undoes m, whose determinant is not 0.
func (m affine) inverse() affine {
	det := m[0]*m[4] - m[1]*m[3]
	a, b, d, e := m[4]/det, -m[1]/det, -m[3]/det, m[0]/det
	return affine{a, b, -a*m[2] - b*m[5], d, e, -d*m[2] - e*m[5]}
}

// plausible reports whether m is one of the changes that are looked for, with some play: no shear,
// no turn beyond 16 degrees, and sides from 0.4 to 2.5 of the other's.
func (m affine) plausible() bool {
	sx, sy := math.Hypot(m[0], m[3]), math.Hypot(m[1], m[4])
	turn := math.Abs(math.Atan2(m[3], m[0]))
	skew := math.Abs(m[0]*m[1]+m[3]*m[4]) / (sx * sy)
	return m[0]*m[4]-m[1]*m[3] > 0 && min(sx, sy) > 0.4 && max(sx, sy) < 2.5 && turn < 16*math.Pi/180 &&
		skew < 0.12 && max(sx, sy) < 1.4*min(sx, sy)
}
