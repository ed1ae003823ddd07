package scene

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/color"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/spatial/r3"

	"imagelab/lib/dataset"
)

func seeded(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 1)) }

var studio = Spec{Share: 0.5, View: FixedView, Light: FixedLight}

func TestRenderFollowsTheSeed(t *testing.T) {
	a, b, c := Render(64, studio, seeded(1)), Render(64, studio, seeded(1)), Render(64, studio, seeded(2))
	if !bytes.Equal(a.Pix, b.Pix) {
		t.Error("the same seed drew another picture")
	}
	if bytes.Equal(a.Pix, c.Pix) {
		t.Error("another seed drew the same picture")
	}
}

// outline draws only the object and returns the box of its pixels.
func outline(size int, s Spec, seed uint64) image.Rectangle {
	r := seeded(seed)
	object := kinds[s.Class].make(r)
	p := newPicture(size, s, newCamera(s, object))
	p.add(object, []surface{newSurface(r, 1, 2, 1), newSurface(r, 1, 2, 1)}, true)
	box := image.Rectangle{}
	for i, covered := range p.covered {
		if covered {
			x, y := i%(size*fine), i/(size*fine)
			box = box.Union(image.Rect(x, y, x+1, y+1))
		}
	}
	return box
}

func TestShareIsTheObjectsSize(t *testing.T) {
	const size = 128
	for class, name := range Classes() {
		for i, share := range []float64{0.05, 0.2, 0.5, 0.8} {
			c := Condition{VaryView: true, VaryLight: true, Share: share}
			s := c.Spec(class, seeded(uint64(10*class+i)))
			box := outline(size, s, uint64(class))
			got := float64(max(box.Dx(), box.Dy())) / (size * fine)
			if math.Abs(got-share) > 3.0/(size*fine) {
				t.Errorf("%s of share %g is %.3f of the side (box %v)", name, share, got, box)
			}
			x := float64(box.Min.X+box.Max.X)/2/(size*fine) - 0.5
			y := 0.5 - float64(box.Min.Y+box.Max.Y)/2/(size*fine)
			if math.Abs(x-s.View.X) > 0.02 || math.Abs(y-s.View.Y) > 0.02 {
				t.Errorf("%s is centred at %.3f, %.3f, not at %.3f, %.3f", name, x, y, s.View.X, s.View.Y)
			}
			if !box.In(image.Rect(0, 0, size*fine, size*fine)) || box.Min.X < 1 || box.Min.Y < 1 {
				t.Errorf("%s of share %g is cut off: %v", name, share, box)
			}
		}
	}
}

func TestConditionVariesWhatItSays(t *testing.T) {
	both := Condition{VaryView: true, VaryLight: true, Share: 0.3}
	tests := []struct {
		name        string
		reason      string
		c           Condition
		view, light bool
	}{
		{"fixed", "nothing varies", Condition{Share: 0.3}, false, false},
		{"view", "the view is that of the picture with both", Condition{VaryView: true, Share: 0.3}, true, false},
		{"light", "the light is that of the picture with both", Condition{VaryLight: true, Share: 0.3}, false, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for seed := range uint64(20) {
				s, full := tt.c.Spec(2, seeded(seed)), both.Spec(2, seeded(seed))
				view, light := FixedView, FixedLight
				if tt.view {
					view = full.View
				}
				if tt.light {
					light = full.Light
				}
				if s.View != view || s.Light != light {
					t.Fatalf("seed %d: %+v (%s)", seed, s, tt.reason)
				}
				if err := full.Validate(); err != nil {
					t.Fatalf("seed %d: %v", seed, err)
				}
			}
		})
	}
}

// brightness is the mean of all channels, 0 to 255.
func brightness(img *image.NRGBA) (mean float64, rgb [3]float64) {
	for i, v := range img.Pix {
		if i%4 < 3 {
			rgb[i%4] += float64(v) * 4 / float64(len(img.Pix))
		}
	}
	return (rgb[0] + rgb[1] + rgb[2]) / 3, rgb
}

func TestLightChangesThePicture(t *testing.T) {
	dim, warm, cold, shadow := studio, studio, studio, studio
	dim.Light.Brightness = 0.3
	warm.Light.Temperature, cold.Light.Temperature = 2500, 12000
	shadow.Light.Azimuth = 60
	mean, _ := brightness(Render(64, studio, seeded(3)))
	if darker, _ := brightness(Render(64, dim, seeded(3))); darker > 0.7*mean {
		t.Errorf("a third of the light gives a mean of %.0f after %.0f", darker, mean)
	}
	_, w := brightness(Render(64, warm, seeded(3)))
	_, c := brightness(Render(64, cold, seeded(3)))
	if w[0]/w[2] <= 1.2*c[0]/c[2] {
		t.Errorf("red over blue is %.2f in warm light and %.2f in cold light", w[0]/w[2], c[0]/c[2])
	}
	if bytes.Equal(Render(64, studio, seeded(3)).Pix, Render(64, shadow, seeded(3)).Pix) {
		t.Error("the lamp's direction changes nothing")
	}
}

func TestLampStandsWhereTheSpecSays(t *testing.T) {
	tests := []struct {
		name, reason string
		azimuth      float64
		along        func(c camera) r3.Vec
	}{
		{"front", "0 degrees is the camera's side", 0, func(c camera) r3.Vec { return r3.Scale(-1, c.heading) }},
		{"right", "90 degrees is the camera's right", 90, func(c camera) r3.Vec { return c.right }},
		{"back", "180 degrees is against the camera", 180, func(c camera) r3.Vec { return c.heading }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := studio
			s.Light.Azimuth, s.Light.Elevation = tt.azimuth, 30
			p := newPicture(32, s, newCamera(s, mug(seeded(1))))
			if got, want := r3.Dot(p.lamp, tt.along(p.camera)), math.Cos(math.Pi/6); math.Abs(got-want) > 1e-9 {
				t.Errorf("component %.3f, not %.3f (%s)", got, want, tt.reason)
			}
		})
	}
}

func TestValidate(t *testing.T) {
	tests := []struct {
		name, reason, says string
		change             func(*Spec)
	}{
		{"class", "there are eight", "class", func(s *Spec) { s.Class = 8 }},
		{"share", "nothing to see", "share", func(s *Spec) { s.Share = 0 }},
		{"share not a number", "compares false with everything", "share", func(s *Spec) { s.Share = math.NaN() }},
		{"flat view", "the table would be a line", "view", func(s *Spec) { s.View.Elevation = 0 }},
		{"low lamp", "shadows without end", "light", func(s *Spec) { s.Light.Elevation = 0 }},
		{"shadow", "a share", "shadow", func(s *Spec) { s.Light.Shadow = 1.5 }},
		{"clutter", "not negative", "clutter", func(s *Spec) { s.Clutter = -1 }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := studio
			tt.change(&s)
			if err := s.Validate(); err == nil || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("%v (%s)", err, tt.reason)
			}
		})
	}
}

func TestWriteIsReadByIngest(t *testing.T) {
	ctx, dir := context.Background(), filepath.Join(t.TempDir(), "scenes")
	o := Options{Condition: Condition{Share: 0.5, Clutter: 2}, Train: 2, Val: 1, Test: 1, Size: 40, Seed: 7}
	n, err := Write(ctx, dir, o, nil)
	if err != nil || n != 8*4 {
		t.Fatalf("%d pictures, %v", n, err)
	}
	set, err := dataset.Open(ctx, dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(set.Classes(), Classes()) {
		t.Errorf("classes %v", set.Classes())
	}
	for side, want := range map[string]int{dataset.Train: 16, dataset.Val: 8, dataset.Test: 8} {
		if got := len(set.InSplit(side)); got != want {
			t.Errorf("%d pictures in %s, not %d", got, side, want)
		}
	}
	pixels := map[string]bool{}
	for _, im := range set.Images {
		pixels[im.Pixels] = true
	}
	if len(pixels) != n {
		t.Errorf("%d different pictures of %d", len(pixels), n)
	}
}

func TestWriteGrowsAndRefuses(t *testing.T) {
	ctx, dir := context.Background(), t.TempDir()
	o := Options{Condition: Condition{Share: 0.5}, Train: 1, Size: 32, Seed: 7}
	if _, err := Write(ctx, dir, o, nil); err != nil {
		t.Fatal(err)
	}
	first := filepath.Join(dir, "train", "mug", "mug00000.jpg")
	before, err := os.ReadFile(first)
	if err != nil {
		t.Fatal(err)
	}
	o.Train = 2
	if n, err := Write(ctx, dir, o, nil); err != nil || n != 16 {
		t.Fatalf("%d pictures, %v", n, err)
	}
	if after, err := os.ReadFile(first); err != nil || !bytes.Equal(before, after) {
		t.Errorf("a picture changed while the folder grew (%v)", err)
	}
	for name, change := range map[string]func(*Options){
		"size": func(o *Options) { o.Size = 33 }, "seed": func(o *Options) { o.Seed++ },
		"share": func(o *Options) { o.Share = 0.4 },
	} {
		other := o
		change(&other)
		if _, err := Write(ctx, dir, other, nil); err == nil || !strings.Contains(err.Error(), "another folder") {
			t.Errorf("another %s: %v", name, err)
		}
	}
}

func TestWriteStops(t *testing.T) {
	ctx, stop := context.WithCancel(context.Background())
	dir := t.TempDir()
	_, err := Write(ctx, dir, Options{Condition: Condition{Share: 0.5}, Train: 50, Size: 32},
		func(_ string, done, _ int64) {
			if done == 3 {
				stop()
			}
		})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("%v", err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "train", "*", "*"))
	if err != nil || len(files) >= 400 || len(files) < 3 {
		t.Errorf("%d files, %v", len(files), err)
	}
}

// gradient is wider than it is high.
func gradient() *image.NRGBA {
	photo := image.NewNRGBA(image.Rect(0, 0, 100, 60))
	for y := range 60 {
		for x := range 100 {
			photo.SetNRGBA(x, y, color.NRGBA{uint8(2 * x), 80, uint8(4 * y), 255})
		}
	}
	return photo
}

func TestPad(t *testing.T) {
	photo := gradient()
	tests := []struct {
		name, reason string
		share        float64
		inside       image.Rectangle
	}{
		{"half", "the centre square at half the side, in the middle", 0.5, image.Rect(12, 12, 36, 36)},
		{"whole", "the centre square itself", 1, image.Rect(0, 0, 48, 48)},
		{"tiny", "never less than a pixel", 0.001, image.Rect(23, 23, 24, 24)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := Pad(photo, 48, tt.share)
			if got.Rect != image.Rect(0, 0, 48, 48) {
				t.Fatalf("size %v", got.Rect)
			}
			small := square(photo, tt.inside.Dx())
			for y := range tt.inside.Dy() {
				for x := range tt.inside.Dx() {
					if got.NRGBAAt(tt.inside.Min.X+x, tt.inside.Min.Y+y) != small.NRGBAAt(x, y) {
						t.Fatalf("pixel %d, %d of the small photo is wrong (%s)", x, y, tt.reason)
					}
				}
			}
		})
	}
}

func TestWritePadded(t *testing.T) {
	ctx, dir := context.Background(), t.TempDir()
	o := Options{Condition: Condition{Share: 0.5}, Train: 1, Test: 1, Size: 40, Seed: 7}
	if _, err := Write(ctx, filepath.Join(dir, "scenes"), o, nil); err != nil {
		t.Fatal(err)
	}
	set, err := dataset.Open(ctx, filepath.Join(dir, "scenes"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := WritePadded(ctx, set, filepath.Join(dir, "padded"), 32, 0.5, nil); err != nil {
		t.Fatal(err)
	}
	padded, err := dataset.Open(ctx, filepath.Join(dir, "padded"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(padded.InSplit(dataset.Train)) != 8 || len(padded.InSplit(dataset.Test)) != 8 || padded.Images[0].Width != 32 {
		t.Errorf("%d training and %d test photos, %d wide", len(padded.InSplit(dataset.Train)),
			len(padded.InSplit(dataset.Test)), padded.Images[0].Width)
	}
	set.Images[0].Split = ""
	if err := WritePadded(ctx, set, filepath.Join(dir, "more"), 32, 0.5, nil); err == nil {
		t.Error("a photo without a side would be lost in silence")
	}
}
