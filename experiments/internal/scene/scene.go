// Package scene makes photos whose truth is known: one object of a known kind on a cluttered table,
// seen from a known view in a known light, at a known size. They are drawn, not taken, and serve
// controlled experiments only: in a folder of real photos view, light and size vary together, here
// one can vary while the others stand still.
//
// Start with [Write], which fills a folder that dataset.Ingest reads, or [Render] for one picture.
// [Pad] shrinks a real photo within its frame. Everything follows from seeds, and no file is read.
package scene

import (
	"errors"
	"fmt"
	"image"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/spatial/r3"
)

// View is where the camera stands and where the object appears.
type View struct {
	Azimuth   float64 // degrees around the object
	Elevation float64 // degrees above the table, in [5,85]
	Roll      float64 // degrees that the camera is turned about its axis
	X, Y      float64 // centre of the object from the centre of the image, shares of the side, right and up
}

// Light is one lamp and the light from all sides.
type Light struct {
	Azimuth     float64 // degrees from the camera's heading: 0 comes from the camera, 90 from its right
	Elevation   float64 // degrees above the table, in [15,90]
	Temperature float64 // kelvin, in [1500,15000]
	Brightness  float64 // exposure: 1 is well exposed, in [0.05,4]
	Shadow      float64 // depth of the shadow in [0,1]
}

// Spec is the truth about a scene.
type Spec struct {
	Class   int     // index into Classes
	Share   float64 // the object's longer side in the image over the image's side, in (0,1]
	Clutter int     // pieces of clutter on the table
	View    View
	Light   Light
}

// The fixed view and light: from the front a little above, a lamp over the left shoulder.
var (
	FixedView  = View{Azimuth: 30, Elevation: 25}
	FixedLight = Light{Azimuth: -45, Elevation: 55, Temperature: 6000, Brightness: 1, Shadow: 0.6}
)

// Validate reports the first value outside its range.
func (s Spec) Validate() error {
	for _, rule := range []struct {
		ok   bool
		says string
	}{
		{s.Class >= 0 && s.Class < len(kinds), fmt.Sprintf("class must lie in 0..%d", len(kinds)-1)},
		{s.Share > 0 && s.Share <= 1, "share must lie in (0,1]"},
		{s.Clutter >= 0 && s.Clutter <= 100, "clutter must lie in 0..100"},
		{s.View.Elevation >= 5 && s.View.Elevation <= 85, "the view's elevation must lie in 5..85 degrees"},
		{s.Light.Elevation >= 15 && s.Light.Elevation <= 90, "the light's elevation must lie in 15..90 degrees"},
		{s.Light.Temperature >= 1500 && s.Light.Temperature <= 15000,
			"the light's temperature must lie in 1500..15000 kelvin"},
		{s.Light.Brightness >= 0.05 && s.Light.Brightness <= 4, "the light's brightness must lie in 0.05..4"},
		{s.Light.Shadow >= 0 && s.Light.Shadow <= 1, "the light's shadow must lie in 0..1"},
	} {
		if !rule.ok {
			return errors.New("scene: " + rule.says)
		}
	}
	return nil
}

// Condition says what varies from picture to picture; the rest is fixed. Shape, colours, table and
// clutter always vary.
type Condition struct {
	VaryView  bool    `json:"vary_view"`  // any azimuth, 8 to 75 degrees of elevation, up to 40 of roll, any position
	VaryLight bool    `json:"vary_light"` // any direction above 20 degrees, 2,200 to 10,000 K, 1/4 to 2 of the brightness
	Share     float64 `json:"share"`      // see Spec.Share
	Clutter   int     `json:"clutter"`    // see Spec.Clutter
}

// Spec draws one scene of a class. It takes the same numbers from r whatever the condition, so that
// pictures with the same number differ between conditions in what varies, and in nothing else.
func (c Condition) Spec(class int, r *rand.Rand) Spec {
	s := Spec{Class: class, Share: c.Share, Clutter: c.Clutter, View: FixedView, Light: FixedLight}
	free := max(0, 0.96-c.Share) // keeps the object inside
	view := View{Azimuth: between(r, 0, 360), Elevation: between(r, 8, 75), Roll: between(r, -40, 40),
		X: free * between(r, -0.5, 0.5), Y: free * between(r, -0.5, 0.5)}
	light := Light{Azimuth: between(r, -180, 180), Elevation: between(r, 20, 80), Temperature: between(r, 2200, 10000),
		Brightness: math.Exp2(between(r, -2, 1)), Shadow: between(r, 0, 0.9)}
	if c.VaryView {
		s.View = view
	}
	if c.VaryLight {
		s.Light = light
	}
	return s
}

// Render draws the scene as size x size opaque pixels. r decides all that the spec leaves open: the
// object's proportions and paints, the table, the wall, the clutter and the sensor's noise. It
// panics on a spec that Validate refuses.
func Render(size int, s Spec, r *rand.Rand) *image.NRGBA {
	if err := s.Validate(); err != nil {
		panic(err)
	}
	object := kinds[s.Class].make(r)
	paints := []surface{newSurface(r, 1.5, 6, 0.85), newSurface(r, 1.5, 6, 0.85)}
	p := newPicture(size, s, newCamera(s, object))
	p.table, p.wall = newSurface(r, 2, 9, 0.45), newSurface(r, 1, 6, 0.35)
	p.reach = between(r, 0.35, 1.2)
	for range s.Clutter {
		p.scatter(r)
	}
	p.add(object, paints, true)
	p.drawTable()
	return p.develop(r)
}

// scatter puts a piece of clutter somewhere on the table, away from the object where there is room.
func (p *picture) scatter(r *rand.Rand) {
	m, paints := thing(r), []surface{newSurface(r, 1, 5, 0.85), newSurface(r, 1, 5, 0.85)}
	share := between(r, 0.04, 0.2)
	var at r3.Vec
	for range 8 {
		q := [2]float64{between(r, -0.55, 0.55), between(r, -0.55, 0.55)}
		d := p.camera.ray(q)
		t, onWall := p.hit(d)
		at = r3.Add(p.camera.eye, r3.Scale(t, d))
		v := p.spec.View
		if !onWall && math.Hypot(q[0]-v.X, q[1]-v.Y) > 0.5*(share+p.spec.Share) {
			break
		}
		at.Y = -1
	}
	if at.Y < -0.5 {
		return
	}
	scale := share * p.camera.distance / p.camera.zoom
	sin, cos := math.Sincos(between(r, 0, 2*math.Pi))
	turn := func(v r3.Vec) r3.Vec { return r3.Vec{X: v.X*cos - v.Z*sin, Y: v.Y, Z: v.X*sin + v.Z*cos} }
	for i := range m.vertices {
		v := &m.vertices[i]
		v.at, v.normal = r3.Add(at, r3.Scale(scale, turn(v.at))), turn(v.normal)
	}
	p.add(m, paints, false)
}
