package scene

import (
	"math"

	"gonum.org/v1/gonum/spatial/r3"
)

// vertex is a corner of a mesh. u and v place it on the surface's pattern, in lengths of the world.
type vertex struct {
	at, normal r3.Vec
	u, v       float64
	light      float64 // share of the surrounding light that reaches it: the inside of a vessel is darker
	paint      int     // index of the paint
}

// mesh is a surface of triangles, three indices each. The ground is y = 0, up is +y.
type mesh struct {
	vertices  []vertex
	triangles [][3]int
}

const facets = 40 // of a full turn

// sheet adds a grid of rows x columns vertices.
func (m *mesh) sheet(rows, columns int, at func(row, column int) vertex) {
	first := len(m.vertices)
	for i := range rows {
		for j := range columns {
			m.vertices = append(m.vertices, at(i, j))
		}
	}
	for i := range rows - 1 {
		for j := range columns - 1 {
			a := first + i*columns + j
			m.triangles = append(m.triangles, [3]int{a, a + 1, a + columns}, [3]int{a + 1, a + columns + 1, a + columns})
		}
	}
}

// point is a radius and a height of a profile.
type point struct{ r, y float64 }

// lathe turns a profile about the y axis. Edges of more than about 40 degrees stay sharp.
func (m *mesh) lathe(paint int, light float64, profile ...point) {
	across := func(i int) point { // normal of the part from profile[i] to profile[i+1]
		d := point{profile[i+1].r - profile[i].r, profile[i+1].y - profile[i].y}
		l := math.Hypot(d.r, d.y) + 1e-9
		return point{d.y / l, -d.r / l}
	}
	for i := range len(profile) - 1 {
		own := across(i)
		m.sheet(2, facets+1, func(row, column int) vertex {
			n, p := own, profile[i+row]
			if j := i + 2*row - 1; j >= 0 && j < len(profile)-1 {
				if next := across(j); next.r*own.r+next.y*own.y > 0.75 {
					n = point{own.r + next.r, own.y + next.y}
				}
			}
			sin, cos := math.Sincos(2 * math.Pi * float64(column) / facets)
			return vertex{
				at: r3.Vec{X: p.r * cos, Y: p.y, Z: p.r * sin}, normal: unit(r3.Vec{X: n.r * cos, Y: n.y, Z: n.r * sin}),
				u: 2 * math.Pi * float64(column) / facets * profile[0].r, v: p.y + p.r, light: light, paint: paint,
			}
		})
	}
}

// smooth draws a Catmull-Rom curve through the points, with steps parts between two of them.
func smooth(steps int, through ...point) []point {
	at := func(i int) point { return through[min(max(i, 0), len(through)-1)] }
	blend := func(a, b, c, d, t float64) float64 {
		return b + t/2*(c-a+t*(2*a-5*b+4*c-d+t*(3*(b-c)+d-a)))
	}
	var out []point
	for i := range len(through) - 1 {
		for s := range steps {
			a, b, c, d, t := at(i-1), at(i), at(i+1), at(i+2), float64(s)/float64(steps)
			out = append(out, point{max(0, blend(a.r, b.r, c.r, d.r, t)), blend(a.y, b.y, c.y, d.y, t)})
		}
	}
	return append(out, through[len(through)-1])
}

// tube bends a pipe along a curve in the plane across side: at(t) and its radius for t in [0,1].
func (m *mesh) tube(paint int, side r3.Vec, at func(t float64) (r3.Vec, float64)) {
	const rows, round = 24, 12
	m.sheet(rows+1, round+1, func(row, column int) vertex {
		t := float64(row) / rows
		here, radius := at(t)
		before, _ := at(max(0, t-0.01))
		after, _ := at(min(1, t+0.01))
		out := unit(r3.Cross(side, r3.Sub(after, before)))
		sin, cos := math.Sincos(2 * math.Pi * float64(column) / round)
		n := r3.Add(r3.Scale(cos, out), r3.Scale(sin, side))
		return vertex{at: r3.Add(here, r3.Scale(radius, n)), normal: n, u: t, v: radius * float64(column) / 2,
			light: 1, paint: paint}
	})
}

// arc is a path for tube: part of an ellipse about centre in the plane of the unit vectors a and b,
// from one angle to another, radians, with one radius of the pipe.
func arc(centre, a, b r3.Vec, ra, rb, from, to, pipe float64) func(float64) (r3.Vec, float64) {
	return func(t float64) (r3.Vec, float64) {
		sin, cos := math.Sincos(from + t*(to-from))
		return r3.Add(centre, r3.Add(r3.Scale(ra*cos, a), r3.Scale(rb*sin, b))), pipe
	}
}

// line is a path for tube: straight, with a radius at each end.
func line(from, to r3.Vec, r0, r1 float64) func(float64) (r3.Vec, float64) {
	return func(t float64) (r3.Vec, float64) {
		return r3.Add(from, r3.Scale(t, r3.Sub(to, from))), r0 + t*(r1-r0)
	}
}

// box adds the six sides of a block with its lowest corner at low.
func (m *mesh) box(paint int, low, size r3.Vec) {
	axes := [3]r3.Vec{{X: size.X}, {Y: size.Y}, {Z: size.Z}}
	for k, across := range axes {
		a, b := axes[(k+1)%3], axes[(k+2)%3]
		for _, end := range []float64{0, 1} {
			normal := r3.Scale(2*end-1, unit(across))
			m.sheet(2, 2, func(row, column int) vertex {
				u, v := float64(column), float64(row)
				p := r3.Add(r3.Add(low, r3.Scale(end, across)), r3.Add(r3.Scale(u, a), r3.Scale(v, b)))
				return vertex{at: p, normal: normal, u: u * r3.Norm(a), v: v * r3.Norm(b), light: 1, paint: paint}
			})
		}
	}
}

// bounds is the box around a mesh.
func (m *mesh) bounds() r3.Box {
	low, high := m.vertices[0].at, m.vertices[0].at
	for _, v := range m.vertices {
		low = r3.Vec{X: min(low.X, v.at.X), Y: min(low.Y, v.at.Y), Z: min(low.Z, v.at.Z)}
		high = r3.Vec{X: max(high.X, v.at.X), Y: max(high.Y, v.at.Y), Z: max(high.Z, v.at.Z)}
	}
	return r3.Box{Min: low, Max: high}
}
