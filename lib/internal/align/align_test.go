package align

import (
	"image"
	"image/color"
	"math/rand/v2"
	"testing"

	"github.com/disintegration/imaging"
)

// scene is a picture with details of several sizes, which differs with its seed.
func scene(seed uint64) *image.NRGBA {
	r := rand.New(rand.NewPCG(seed, 0))
	out := imaging.New(240, 200, color.NRGBA{128, 128, 128, 255})
	for _, cells := range []int{6, 24} {
		small := image.NewNRGBA(image.Rect(0, 0, cells, cells))
		for i := range cells * cells {
			v := uint8(r.UintN(256))
			copy(small.Pix[4*i:], []uint8{v, v, v, 255})
		}
		out = imaging.Overlay(out, imaging.Resize(small, 240, 200, imaging.CatmullRom), image.Point{}, 0.5)
	}
	return out
}

func TestBestFindsCopies(t *testing.T) {
	crop := func(percent int) func(*image.NRGBA) *image.NRGBA {
		return func(m *image.NRGBA) *image.NRGBA {
			return imaging.CropAnchor(m, 240*percent/100, 200*percent/100, imaging.BottomRight)
		}
	}
	turn := func(degrees float64) func(*image.NRGBA) *image.NRGBA {
		return func(m *image.NRGBA) *image.NRGBA { return imaging.Rotate(m, degrees, color.White) }
	}
	tests := []struct {
		name   string
		change func(*image.NRGBA) *image.NRGBA
	}{
		{"same", func(m *image.NRGBA) *image.NRGBA { return m }},
		{"mirrored", func(m *image.NRGBA) *image.NRGBA { return imaging.FlipH(m) }},
		{"crop of 80 %", crop(80)},
		{"crop of 60 %", crop(60)},
		{"turned by 5 degrees", turn(5)},
		{"turned by -10 degrees", turn(-10)},
		{"framed", func(m *image.NRGBA) *image.NRGBA {
			return imaging.PasteCenter(imaging.New(270, 230, color.Black), m)
		}},
		{"darker", func(m *image.NRGBA) *image.NRGBA { return imaging.AdjustGamma(m, 0.7) }},
		{"half the size", func(m *image.NRGBA) *image.NRGBA { return imaging.Resize(m, 120, 100, imaging.Box) }},
	}
	for _, tt := range tests {
		lowest, highest := 1.0, 0.0
		for seed := range uint64(2) {
			a, b := Thumb(scene(seed)), Thumb(tt.change(scene(seed)))
			lowest = min(lowest, Best(a, b), Best(b, a))
			highest = max(highest, Best(Thumb(scene(seed+100)), b))
		}
		if lowest < 0.6 || highest > 0.5 {
			t.Errorf("%s: copies agree by %.2f at least, other pictures by %.2f at most", tt.name, lowest, highest)
		}
	}
}

// Pictures in which there is nothing to compare are no copies, and nothing is divided by 0.
func TestBestOfPlainPictures(t *testing.T) {
	grey := imaging.New(200, 200, color.Gray{90})
	half := imaging.Paste(grey, imaging.New(100, 200, color.White), image.Point{})
	tiny := imaging.New(200, 3, color.White)
	for _, a := range []image.Image{grey, half, tiny, image.NewNRGBA(image.Rectangle{}), nil} {
		for _, b := range []image.Image{grey, half, tiny, scene(1)} {
			if got := Best(Thumb(a), Thumb(b)); got != 0 && !(a == half && b == half) || got > 1 {
				t.Errorf("agreement %v of pictures without details", got)
			}
		}
	}
}

func TestTurnedAndMirrored(t *testing.T) {
	p := Picture{3, 2, []uint8{1, 2, 3, 4, 5, 6}}
	if got := p.Turned(1); got.W != 2 || got.H != 3 || string(got.Pix) != string([]uint8{3, 6, 2, 5, 1, 4}) {
		t.Errorf("a quarter turn gives %v", got)
	}
	if got := p.Turned(4); string(got.Pix) != string(p.Pix) {
		t.Errorf("four quarter turns give %v", got)
	}
	if got := p.Mirrored(); string(got.Pix) != string([]uint8{3, 2, 1, 6, 5, 4}) {
		t.Errorf("mirrored: %v", got)
	}
}

// A photo in the colour space of JPEG gives the picture that its pixels in RGB give.
func TestThumbOfJPEG(t *testing.T) {
	m := image.NewYCbCr(image.Rect(0, 0, 240, 200), image.YCbCrSubsampleRatio420)
	for y := range 200 {
		for x := range 240 {
			m.Y[m.YOffset(x, y)] = uint8(60 + x/2 + y%9)
		}
	}
	for i := range m.Cb {
		m.Cb[i], m.Cr[i] = 120, 140
	}
	for _, part := range []image.Rectangle{m.Rect, image.Rect(40, 20, 200, 140)} {
		a, b := Thumb(m.SubImage(part)), Thumb(imaging.Clone(m.SubImage(part)))
		if a.W != b.W || a.H != b.H {
			t.Fatalf("%d x %d, want %d x %d", a.W, a.H, b.W, b.H)
		}
		for i := range a.Pix {
			if d := int(a.Pix[i]) - int(b.Pix[i]); d < -2 || d > 2 {
				t.Fatalf("pixel %d of %v is %d, want %d", i, part, a.Pix[i], b.Pix[i])
			}
		}
	}
}
