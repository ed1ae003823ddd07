package scene

import (
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/spatial/r3"
)

// surface is a pattern in two colours on a plane: linear RGB in [0,1] in the components of a
// vector.
type surface struct {
	kind       int // see the constants
	a, b       r3.Vec
	cos, sin   float64 // turns the pattern
	scale      float64 // repeats in one length
	seed       uint32
	gloss      float64 // strength of the highlight
	smoothness int     // the highlight's exponent is 2^smoothness
}

const (
	plain = iota
	stripes
	checks
	stone
	wood
	speckles
	surfaceKinds
)

// newSurface draws a pattern with a repeat of about 1/low to 1/high. vivid in [0,1] is the highest
// saturation.
func newSurface(r *rand.Rand, low, high, vivid float64) surface {
	hue, value := r.Float64(), between(r, 0.15, 0.95)
	s := surface{
		kind: r.IntN(surfaceKinds), a: colour(hue, r.Float64()*vivid, value), seed: r.Uint32(),
		scale: low * math.Pow(high/low, r.Float64()), gloss: r.Float64() * r.Float64(), smoothness: 3 + r.IntN(5),
	}
	s.b = colour(hue+between(r, -0.15, 0.15), r.Float64()*vivid, min(1, max(0.05, value+between(r, -0.5, 0.5))))
	s.sin, s.cos = math.Sincos(between(r, 0, math.Pi))
	return s
}

// at is the colour at a place of the plane.
func (s *surface) at(u, v float64) r3.Vec {
	u, v = s.scale*(u*s.cos-v*s.sin), s.scale*(u*s.sin+v*s.cos)
	var t float64
	switch s.kind {
	case plain:
		t = 0.25 * s.noise(u, v)
	case stripes:
		t = edge(saw(u))
	case checks:
		x, y := edge(saw(u)), edge(saw(v))
		t = x + y - 2*x*y
	case stone:
		t = 0.5*s.noise(u, v) + 0.3*s.noise(2.1*u, 2.1*v) + 0.2*s.noise(5*u, 5*v)
	case wood:
		t = 0.6*math.Abs(saw(1.2*s.noise(0.35*u, 2.5*v)+0.3*v)) + 0.4*s.noise(u, 11*v)
	default:
		t = edge(3 * (s.noise(3*u, 3*v) - 0.7))
	}
	return r3.Add(r3.Scale(1-t, s.a), r3.Scale(t, s.b))
}

// saw is a triangle wave from -1 to 1 with period 1.
func saw(x float64) float64 { return 4*math.Abs(x-math.Floor(x)-0.5) - 1 }

// edge is 0 below, 1 above, with a ramp between that keeps the pattern from flickering.
func edge(x float64) float64 { return min(1, max(0, 0.5+4*x)) }

// noise is value noise in [0,1]: random at whole numbers, smooth between.
func (s *surface) noise(u, v float64) float64 {
	fu, fv := math.Floor(u), math.Floor(v)
	i, j, x, y := int32(fu), int32(fv), u-fu, v-fv
	x, y = x*x*(3-2*x), y*y*(3-2*y)
	low := (1-x)*s.random(i, j) + x*s.random(i+1, j)
	high := (1-x)*s.random(i, j+1) + x*s.random(i+1, j+1)
	return (1-y)*low + y*high
}

// random hashes a cell to [0,1].
func (s *surface) random(i, j int32) float64 {
	h := uint32(i)*0x9e3779b1 ^ uint32(j)*0x85ebca77 ^ s.seed
	h = (h ^ h>>15) * 0x2c1b3c6d
	h = (h ^ h>>12) * 0x297a2d39
	return float64(h^h>>15) / math.MaxUint32
}

// colour is hue (turns), saturation and value in [0,1] as linear RGB.
func colour(hue, saturation, value float64) r3.Vec {
	channel := func(shift float64) float64 {
		k := math.Mod(hue+shift+2, 1) * 6
		c := value * (1 - saturation*max(0, min(1, min(k, 4-k))))
		return c * c // about the inverse of the display's curve
	}
	return r3.Vec{X: channel(5.0 / 6), Y: channel(3.0 / 6), Z: channel(1.0 / 6)}
}

// tint is the colour of a black body relative to 6500 K, brightest channel 1: Tanner Helland's fit,
// 1,000 to 40,000 kelvin.
func tint(kelvin float64) r3.Vec {
	t := kelvin / 100
	red, green, blue := 255.0, 255.0, 255.0
	if t > 66 {
		red, green = 329.7*math.Pow(t-60, -0.1332), 288.1*math.Pow(t-60, -0.0755)
	} else {
		green = 99.47*math.Log(t) - 161.1
		blue = 138.5*math.Log(max(t-10, 1)) - 305
	}
	linear := func(c float64) float64 { return math.Pow(min(255, max(0, c))/255, 2.2) }
	return r3.Vec{X: linear(red), Y: linear(green), Z: linear(blue)}
}

func times(a, b r3.Vec) r3.Vec { return r3.Vec{X: a.X * b.X, Y: a.Y * b.Y, Z: a.Z * b.Z} }

// unit is r3.Unit without its guard against overflow, which costs more than all the rest of
// shading.
func unit(v r3.Vec) r3.Vec { return r3.Scale(1/math.Sqrt(r3.Dot(v, v)+1e-30), v) }
