package scene

import (
	"image"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/spatial/r3"
)

// fine is how many times finer than the picture objects are drawn, against jagged edges.
const fine = 2

// halfField is the tangent of half the camera's field of view: that of a phone at twice its zoom.
const halfField = 0.4

// camera is a pinhole. It stands so far off that the object has the wanted size at the same field
// of view.
type camera struct {
	eye, right, up, ahead r3.Vec
	heading               r3.Vec  // ahead without its slope
	distance              float64 // to the object
	zoom                  float64 // shares of the image's side in one length at distance 1
	shift, centre         [2]float64
}

func newCamera(s Spec, object *mesh) camera {
	box := object.bounds()
	middle := r3.Scale(0.5, r3.Add(box.Min, box.Max))
	radius := r3.Norm(r3.Sub(box.Max, middle))
	sa, ca := math.Sincos(s.View.Azimuth * math.Pi / 180)
	se, ce := math.Sincos(s.View.Elevation * math.Pi / 180)
	sr, cr := math.Sincos(s.View.Roll * math.Pi / 180)
	c := camera{heading: r3.Vec{X: -ca, Z: -sa}, distance: radius / (halfField * s.Share), zoom: 1}
	c.distance = max(c.distance, 2*radius)
	c.ahead = r3.Add(r3.Scale(ce, c.heading), r3.Scale(-se, up))
	c.eye = r3.Sub(middle, r3.Scale(c.distance, c.ahead))
	level := unit(r3.Cross(c.heading, up))
	upright := r3.Cross(level, c.ahead)
	c.right = r3.Add(r3.Scale(cr, level), r3.Scale(sr, upright))
	c.up = r3.Add(r3.Scale(cr, upright), r3.Scale(-sr, level))
	// The second look measures the object, and makes it exactly as large as wanted.
	low, high := [2]float64{math.Inf(1), math.Inf(1)}, [2]float64{math.Inf(-1), math.Inf(-1)}
	for _, v := range object.vertices {
		q, _ := c.project(v.at)
		for k := range q {
			low[k], high[k] = min(low[k], q[k]), max(high[k], q[k])
		}
	}
	c.zoom = s.Share / max(high[0]-low[0], high[1]-low[1])
	c.centre = [2]float64{(low[0] + high[0]) / 2, (low[1] + high[1]) / 2}
	c.shift = [2]float64{s.View.X, s.View.Y}
	return c
}

// project gives the place in the image, shares of the side from the centre, right and up, and the
// depth.
func (c *camera) project(p r3.Vec) (q [2]float64, depth float64) {
	d := r3.Sub(p, c.eye)
	depth = r3.Dot(d, c.ahead)
	q = [2]float64{r3.Dot(d, c.right) / depth, r3.Dot(d, c.up) / depth}
	for k := range q {
		q[k] = (q[k]-c.centre[k])*c.zoom + c.shift[k]
	}
	return q, depth
}

// ray is the direction in which a place of the image looks; its part along ahead is 1.
func (c *camera) ray(q [2]float64) r3.Vec {
	for k := range q {
		q[k] = (q[k]-c.shift[k])/c.zoom + c.centre[k]
	}
	return r3.Add(c.ahead, r3.Add(r3.Scale(q[0], c.right), r3.Scale(q[1], c.up)))
}

// picture is a scene being drawn, in linear light.
type picture struct {
	size        int
	spec        Spec
	camera      camera
	lamp        r3.Vec // direction to the lamp
	lampLight   r3.Vec
	skyLight    r3.Vec
	table, wall surface
	reach       float64 // distance of the wall behind the object over the camera's
	shadow      []float64
	pixels      []r3.Vec
	layer       []r3.Vec // objects, fine
	depth       []float64
	covered     []bool
}

func newPicture(size int, s Spec, c camera) *picture {
	n := size * size
	p := &picture{size: size, spec: s, camera: c, shadow: make([]float64, n), pixels: make([]r3.Vec, n),
		layer: make([]r3.Vec, n*fine*fine), depth: make([]float64, n*fine*fine), covered: make([]bool, n*fine*fine)}
	sa, ca := math.Sincos(s.Light.Azimuth * math.Pi / 180)
	se, ce := math.Sincos(s.Light.Elevation * math.Pi / 180)
	side := unit(r3.Cross(c.heading, up))
	p.lamp = r3.Add(r3.Scale(se, up), r3.Scale(ce, r3.Add(r3.Scale(sa, side), r3.Scale(-ca, c.heading))))
	t := tint(s.Light.Temperature)
	p.lampLight = r3.Scale(s.Light.Brightness*(0.55+0.45*s.Light.Shadow), t)
	p.skyLight = r3.Scale(s.Light.Brightness*(0.75-0.5*s.Light.Shadow),
		r3.Add(r3.Scale(0.6, t), r3.Vec{X: 0.4, Y: 0.4, Z: 0.4}))
	return p
}

// hit is how far along the ray d the table or the wall is.
func (p *picture) hit(d r3.Vec) (t float64, onWall bool) {
	c := &p.camera
	table, wall := math.Inf(1), math.Inf(1)
	if d.Y < 0 {
		table = -c.eye.Y / d.Y
	}
	if along := r3.Dot(d, c.heading); along > 0 {
		wall = (p.reach*c.distance + c.distance*math.Sqrt(1-c.ahead.Y*c.ahead.Y)) / along
	}
	return min(table, wall, 100*c.distance), wall < table
}

// add draws a mesh and throws its shadow. An object is drawn over what is there already: nothing
// hides it.
func (p *picture) add(m *mesh, paints []surface, object bool) {
	fineSize := float64(p.size * fine)
	places := make([][3]float64, len(m.vertices))
	shadows := make([][3]float64, len(m.vertices))
	for i, v := range m.vertices {
		places[i] = p.place(v.at, fineSize)
		shadows[i] = p.place(r3.Sub(v.at, r3.Scale(v.at.Y/p.lamp.Y, p.lamp)), float64(p.size))
	}
	if object {
		clear(p.depth)
	}
	for _, t := range m.triangles {
		p.cover(t, shadows, p.size, func(i int, _ [3]float64, _ float64) { p.shadow[i] = 1 })
		p.cover(t, places, p.size*fine, func(i int, w [3]float64, nearness float64) {
			if nearness > p.depth[i] {
				p.depth[i], p.covered[i] = nearness, true
				p.layer[i] = p.shade(m, t, w, paints)
			}
		})
	}
}

// place is a point's pixel on a square of size pixels, and 1/depth, which is linear over the image.
func (p *picture) place(v r3.Vec, size float64) [3]float64 {
	q, depth := p.camera.project(v)
	return [3]float64{(q[0] + 0.5) * size, (0.5 - q[1]) * size, 1 / depth}
}

// cover calls at for every pixel whose centre lies in the triangle, with the corners' weights.
func (p *picture) cover(t [3]int, places [][3]float64, size int, at func(i int, w [3]float64, nearness float64)) {
	a, b, c := places[t[0]], places[t[1]], places[t[2]]
	area := (b[0]-a[0])*(c[1]-a[1]) - (c[0]-a[0])*(b[1]-a[1])
	if a[2] <= 0 || b[2] <= 0 || c[2] <= 0 || math.Abs(area) < 1e-9 {
		return // behind the camera, or edge-on
	}
	per := 1 / area
	limit := func(x float64) int { return int(min(float64(size), max(0, x))) }
	left, right := limit(math.Ceil(min(a[0], b[0], c[0])-0.5)), limit(math.Floor(max(a[0], b[0], c[0])+0.5))
	top, bottom := limit(math.Ceil(min(a[1], b[1], c[1])-0.5)), limit(math.Floor(max(a[1], b[1], c[1])+0.5))
	for y := top; y < bottom; y++ {
		py := float64(y) + 0.5
		for x := left; x < right; x++ {
			px := float64(x) + 0.5
			w1 := ((px-a[0])*(c[1]-a[1]) - (c[0]-a[0])*(py-a[1])) * per
			w2 := ((b[0]-a[0])*(py-a[1]) - (px-a[0])*(b[1]-a[1])) * per
			if w0 := 1 - w1 - w2; w0 >= 0 && w1 >= 0 && w2 >= 0 {
				at(y*size+x, [3]float64{w0, w1, w2}, w0*a[2]+w1*b[2]+w2*c[2])
			}
		}
	}
}

// shade is the light that comes from a point of a triangle: Lambert's for the body, Blinn and
// Phong's for the highlight.
func (p *picture) shade(m *mesh, t [3]int, w [3]float64, paints []surface) r3.Vec {
	var at, n r3.Vec
	var u, v, open float64
	for k, i := range t {
		c := &m.vertices[i]
		at, n = r3.Add(at, r3.Scale(w[k], c.at)), r3.Add(n, r3.Scale(w[k], c.normal))
		u, v, open = u+w[k]*c.u, v+w[k]*c.v, open+w[k]*c.light
	}
	s := &paints[m.vertices[t[0]].paint]
	toEye := unit(r3.Sub(p.camera.eye, at))
	if n = unit(n); r3.Dot(n, toEye) < 0 {
		n = r3.Scale(-1, n) // the inside
	}
	lambert := open * max(0, r3.Dot(n, p.lamp))
	sky := open * (0.65 + 0.35*n.Y)
	out := times(s.at(u, v), r3.Add(r3.Scale(lambert, p.lampLight), r3.Scale(sky, p.skyLight)))
	if lambert > 0 {
		shine := max(0, r3.Dot(n, unit(r3.Add(p.lamp, toEye))))
		for range s.smoothness {
			shine *= shine
		}
		out = r3.Add(out, r3.Scale(s.gloss*shine, p.lampLight))
	}
	return out
}

// drawTable fills the picture with table and wall, in the light that the shadows leave.
func (p *picture) drawTable() {
	blur(p.shadow, p.size, max(1, p.size/60))
	c := &p.camera
	wide := r3.Cross(c.heading, up)
	scale := c.zoom / c.distance // lengths of the world to shares of the image
	onTable := r3.Add(r3.Scale(p.lamp.Y, p.lampLight), p.skyLight)
	onWall := r3.Add(r3.Scale(max(0.1, -r3.Dot(p.lamp, c.heading)), p.lampLight), p.skyLight)
	for i := range p.pixels {
		q := [2]float64{(float64(i%p.size)+0.5)/float64(p.size) - 0.5, 0.5 - (float64(i/p.size)+0.5)/float64(p.size)}
		d := c.ray(q)
		t, wall := p.hit(d)
		at := r3.Scale(scale, r3.Add(c.eye, r3.Scale(t, d)))
		if wall {
			p.pixels[i] = times(p.wall.at(r3.Dot(at, wide), at.Y), onWall)
			continue
		}
		dark := p.shadow[i] * p.spec.Light.Shadow
		light := r3.Sub(onTable, r3.Scale(dark, r3.Add(r3.Scale(p.lamp.Y, p.lampLight), r3.Scale(0.35, p.skyLight))))
		p.pixels[i] = times(p.table.at(at.X, at.Z), light)
	}
}

// blur averages over squares of 2*radius+1 pixels, twice, which is close to a bell.
func blur(values []float64, size, radius int) {
	line := make([]float64, size)
	for pass := range 4 {
		step, next := 1, size
		if pass%2 == 1 {
			step, next = size, 1
		}
		for row := range size {
			at := func(i int) *float64 { return &values[row*next+min(max(i, 0), size-1)*step] }
			sum := 0.0
			for i := -radius; i <= radius; i++ {
				sum += *at(i)
			}
			for i := range size {
				line[i] = sum / float64(2*radius+1)
				sum += *at(i + radius + 1) - *at(i - radius)
			}
			for i := range size {
				*at(i) = line[i]
			}
		}
	}
}

// develop lays the objects over the table and makes 8-bit pixels: exposure with soft highlights,
// gamma, sensor noise.
func (p *picture) develop(r *rand.Rand) *image.NRGBA {
	out := image.NewNRGBA(image.Rect(0, 0, p.size, p.size))
	grain := between(r, 0.5, 4)
	for i := range p.pixels {
		c := p.compose(i)
		for k, v := range [3]float64{c.X, c.Y, c.Z} {
			v = 255*math.Sqrt(1.15*v/(1+0.15*v)) + grain*r.NormFloat64()
			out.Pix[4*i+k] = uint8(min(255, max(0, v+0.5)))
		}
		out.Pix[4*i+3] = 255
	}
	return out
}

// compose is pixel i: the average of the fine pixels over it.
func (p *picture) compose(i int) r3.Vec {
	var sum r3.Vec
	x, y := i%p.size*fine, i/p.size*fine
	n := 0
	for dy := range fine {
		for dx := range fine {
			if j := (y+dy)*p.size*fine + x + dx; p.covered[j] {
				sum = r3.Add(sum, p.layer[j])
				n++
			}
		}
	}
	const all = fine * fine
	return r3.Add(r3.Scale(1.0/all, sum), r3.Scale(float64(all-n)/all, p.pixels[i]))
}
