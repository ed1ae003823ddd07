package scene

import (
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/spatial/r3"
)

// kinds are the classes, in the order of [Classes]. Each draws its own proportions, which overlap
// between classes: a wide mug and a narrow bowl, a slim vase and a squat bottle.
var kinds = []struct {
	name string
	make func(r *rand.Rand) *mesh
}{
	{"bottle", bottle}, {"bowl", bowl}, {"box", carton}, {"can", can}, {"key", key}, {"mug", mug}, {"teapot", teapot},
	{"vase", vase},
}

// Classes returns the names of the kinds of objects, sorted. Index in it is Spec.Class.
func Classes() []string {
	var names []string
	for _, k := range kinds {
		names = append(names, k.name)
	}
	return names
}

var right, up, ahead = r3.Vec{X: 1}, r3.Vec{Y: 1}, r3.Vec{Z: 1}

func between(r *rand.Rand, low, high float64) float64 { return low + r.Float64()*(high-low) }

// Paints: 0 is the body, 1 its trim.

func bottle(r *rand.Rand) *mesh {
	m := &mesh{}
	body, height := between(r, 0.22, 0.42), between(r, 1.2, 1.6)
	neck, shoulder := body*between(r, 0.28, 0.6), height*between(r, 0.5, 0.68)
	m.lathe(0, 1, smooth(3, point{0, 0}, point{body * 0.96, 0}, point{body, 0.05}, point{body, shoulder},
		point{(body + neck) / 2, shoulder + 0.12*height}, point{neck, shoulder + 0.22*height}, point{neck, height})...)
	lid := neck * between(r, 1.05, 1.4)
	m.lathe(1, 1, point{lid, height - 0.08}, point{lid, height + 0.06}, point{0, height + 0.06})
	return m
}

func vase(r *rand.Rand) *mesh {
	m := &mesh{}
	foot, belly, neck := between(r, 0.18, 0.34), between(r, 0.34, 0.52), between(r, 0.14, 0.3)
	height, lip := between(r, 1.1, 1.6), neck*between(r, 1.2, 1.9)
	outer := smooth(5, point{foot, 0}, point{foot * 0.95, 0.06}, point{belly, height * between(r, 0.3, 0.5)},
		point{neck, height * between(r, 0.72, 0.86)}, point{lip, height})
	m.lathe(0, 1, outer...)
	m.lathe(1, 0.35, point{lip, height}, point{lip * 0.88, height}, point{neck * 0.85, height * 0.85},
		point{belly * 0.6, height * 0.5}, point{0, height * 0.4})
	return m
}

// vessel is open at the top, with a wall and a floor.
func (m *mesh) vessel(outer []point) {
	m.lathe(0, 1, append([]point{{0, outer[0].y}}, outer...)...)
	n := len(outer)
	inner := []point{outer[n-1]}
	for i := n - 1; i >= 0; i-- {
		inner = append(inner, point{outer[i].r * 0.9, max(outer[i].y, 0.07)})
	}
	m.lathe(1, 0.55, append(inner, point{0, 0.07})...)
}

func bowl(r *rand.Rand) *mesh {
	m := &mesh{}
	rim, height := between(r, 0.55, 0.8), between(r, 0.35, 0.65)
	m.vessel(smooth(5, point{rim * 0.45, 0}, point{rim * between(r, 0.72, 0.85), height * 0.35}, point{rim, height}))
	return m
}

func mug(r *rand.Rand) *mesh {
	m := &mesh{}
	rim, height := between(r, 0.36, 0.55), between(r, 0.7, 1.05)
	foot := rim * between(r, 0.75, 1.02)
	m.vessel([]point{{foot * 0.95, 0}, {foot, 0.04}, {rim, height}})
	pipe := between(r, 0.045, 0.08)
	m.tube(0, ahead, arc(r3.Vec{X: (foot + rim) / 2.05, Y: height * 0.52}, right, up, height*between(r, 0.28, 0.42),
		height*0.33, -math.Pi/2, math.Pi/2, pipe))
	return m
}

func can(r *rand.Rand) *mesh {
	m := &mesh{}
	radius, height := between(r, 0.3, 0.48), between(r, 0.75, 1.3)
	rim := radius * between(r, 0.85, 1)
	m.lathe(1, 1, point{0, 0}, point{rim, 0}, point{rim, 0.03}, point{radius, 0.08})
	m.lathe(0, 1, point{radius, 0.08}, point{radius, height - 0.08})
	m.lathe(1, 1, point{radius, height - 0.08}, point{rim, height}, point{rim * 0.93, height},
		point{rim * 0.9, height - 0.04}, point{0, height - 0.04})
	return m
}

func carton(r *rand.Rand) *mesh {
	m := &mesh{}
	w, h, d := between(r, 0.5, 1), between(r, 0.4, 1.2), between(r, 0.4, 0.9)
	m.box(0, r3.Vec{X: -w / 2, Z: -d / 2}, r3.Vec{X: w, Y: h, Z: d})
	if over := between(r, -0.03, 0.04); over > 0 { // most have a lid
		m.box(1, r3.Vec{X: -w/2 - over, Y: h * 0.75, Z: -d/2 - over}, r3.Vec{X: w + 2*over, Y: h*0.25 + over, Z: d + 2*over})
	}
	return m
}

func teapot(r *rand.Rand) *mesh {
	m := &mesh{}
	belly, height := between(r, 0.42, 0.58), between(r, 0.6, 0.95)
	top := belly * between(r, 0.4, 0.65)
	m.lathe(0, 1, smooth(5, point{belly * 0.6, 0}, point{belly, height * 0.45}, point{top, height * 0.95})...)
	knob := between(r, 0.06, 0.1)
	m.lathe(1, 1, smooth(4, point{top, height * 0.95}, point{top * 0.6, height * 1.06}, point{knob * 0.6, height * 1.1},
		point{knob, height*1.1 + knob}, point{0, height*1.1 + 2*knob})...)
	tip := r3.Vec{X: -belly - between(r, 0.2, 0.4), Y: height * between(r, 0.8, 1.05)}
	m.tube(0, ahead, line(r3.Vec{X: -belly * 0.7, Y: height * 0.35}, tip, 0.15, 0.06))
	m.tube(0, ahead, arc(r3.Vec{X: belly * 0.85, Y: height * 0.5}, right, up, between(r, 0.22, 0.36), height*0.34,
		-math.Pi/2, math.Pi/2, between(r, 0.04, 0.065)))
	return m
}

// key lies on the ground, raised a little so that it throws a shadow.
func key(r *rand.Rand) *mesh {
	m := &mesh{}
	pipe, bow, length := between(r, 0.05, 0.08), between(r, 0.18, 0.28), between(r, 0.7, 1)
	m.tube(0, up, arc(r3.Vec{Y: pipe}, right, ahead, bow, bow*between(r, 0.8, 1.3), 0, 2*math.Pi, pipe))
	m.tube(0, up, line(r3.Vec{X: bow, Y: pipe}, r3.Vec{X: bow + length, Y: pipe}, pipe, pipe*0.9))
	x := bow + length - 0.1
	for range 2 + r.IntN(2) {
		m.box(0, r3.Vec{X: x, Y: pipe * 0.5}, r3.Vec{X: 0.09, Y: pipe, Z: between(r, 0.14, 0.26)})
		x -= 0.15
	}
	return m
}

// thing is one piece of clutter of no class: a ball, a pencil, a coin or a sheet of paper, about 1
// across.
func thing(r *rand.Rand) *mesh {
	m := &mesh{}
	switch r.IntN(4) {
	case 0:
		var half []point
		for i := range 13 {
			sin, cos := math.Sincos(math.Pi * float64(i) / 12)
			half = append(half, point{0.4 * sin, 0.4 - 0.4*cos})
		}
		m.lathe(0, 1, half...)
	case 1:
		sin, cos := math.Sincos(between(r, 0, math.Pi))
		end := r3.Vec{X: 0.8 * cos, Z: 0.8 * sin}
		lift := r3.Vec{Y: 0.06}
		m.tube(0, up, line(r3.Sub(lift, end), r3.Add(lift, r3.Scale(0.8, end)), 0.06, 0.06))
		m.tube(1, up, line(r3.Add(lift, r3.Scale(0.8, end)), r3.Add(lift, end), 0.06, 0.01))
	case 2:
		m.lathe(0, 1, point{0.4, 0}, point{0.4, 0.06}, point{0.34, 0.07}, point{0, 0.07})
	default:
		m.box(0, r3.Vec{X: -0.5, Z: -0.7}, r3.Vec{X: 1, Y: 0.01, Z: 1.4})
	}
	return m
}
