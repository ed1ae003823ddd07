package dhash

import (
	"image"
	"image/color"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/disintegration/imaging"
)

func TestChanges(t *testing.T) {
	row, stripes := uint64(0x1234_1234_1234_1234), uint64(0xffff_0000_ffff_0000)
	tests := []struct {
		name string
		hash Hash
		want int
	}{
		{"blank", Hash{}, 0},
		{"all set", Hash{^uint64(0), ^uint64(0), ^uint64(0), ^uint64(0)}, 0},
		{"rows alike", Hash{row, row, row, row, ^row, ^row, ^row, ^row}, 0},
		{"alternating rows", Hash{stripes, stripes, stripes, stripes}, 240},
		{"top row only", Hash{0x8000_0000_0000_0000}, 1},
		{"last row only", Hash{0, 0, 0, 3, 0, 0, 0, 1}, 3},
	}
	for _, tt := range tests {
		if got := tt.hash.Changes(); got != tt.want {
			t.Errorf("%s: %d changes, want %d", tt.name, got, tt.want)
		}
	}
}

// noise is a picture of random pixels.
func noise(seed uint64, w, h int) *image.NRGBA {
	r := rand.New(rand.NewPCG(seed, 5))
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	for i := range img.Pix {
		img.Pix[i] = uint8(r.UintN(256))
		if i%4 == 3 {
			img.Pix[i] = 255
		}
	}
	return img
}

// scene is a picture of soft shapes, as photos are.
func scene(seed uint64, w, h int) *image.NRGBA {
	return imaging.Resize(noise(seed, 12, 12), w, h, imaging.CatmullRom)
}

func mustOf(t testing.TB, img image.Image) Fingerprint {
	t.Helper()
	f, err := Of(img)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestHashMatchesItsDefinition(t *testing.T) {
	img := image.NewGray(image.Rect(0, 0, 17, 16)) // a cell to a pixel
	r := rand.New(rand.NewPCG(5, 5))
	for i := range img.Pix {
		img.Pix[i] = uint8(r.UintN(4)) // few levels, so that neighbours are often alike
	}
	var want Hash
	for i := range 256 {
		y, x := i/16, i%16
		switch left, right := img.GrayAt(x, y).Y, img.GrayAt(x+1, y).Y; {
		case left < right:
			want[i/64] |= 1 << (63 - i%64)
		case left > right:
			want[4+i/64] |= 1 << (63 - i%64)
		}
	}
	got := mustOf(t, img)
	if got.Hash != want {
		t.Errorf("got %x, want %x", got.Hash, want)
	}
	if back, err := Parse(got.String()); err != nil || back != got {
		t.Errorf("%v reads back as %v, %v", got, back, err)
	}
	other := got.Hash
	other[1] ^= 0x8001
	other[7] ^= 1
	if d := got.Hash.Distance(other); d != 3 || got.Hash.Distance(got.Hash) != 0 {
		t.Errorf("distance %d of three flipped bits, %d of none", d, got.Hash.Distance(got.Hash))
	}
}

func TestMirrored(t *testing.T) {
	for seed := range uint64(20) {
		for _, img := range []*image.NRGBA{scene(seed, 150, 97), noise(seed, 40, 33), noise(seed, 3, 5)} {
			f := mustOf(t, img)
			m := mustOf(t, imaging.FlipH(img))
			if d := f.Mirrored().Hash.Distance(m.Hash); d > 0 {
				t.Errorf("%v: the hash of the mirrored picture is %d bits from the mirrored hash", img.Rect, d)
			}
			if f.Distance(m) > 1 || f.Mirrored().Mirrored() != f { // 1: levels are rounded
				t.Errorf("%v: mirrored pictures are %d apart", img.Rect, f.Distance(m))
			}
		}
	}
}

func TestDistance(t *testing.T) {
	photo := scene(1, 240, 180)
	spot := func(img image.Image, c color.NRGBA, side int) image.Image {
		out := imaging.Clone(img)
		for y := range side {
			for x := range side {
				out.SetNRGBA(110+x, 80+y, c)
			}
		}
		return out
	}
	grey := image.NewGray(photo.Rect)
	for y := range 180 {
		for x := range 240 {
			grey.Set(x, y, photo.At(x, y))
		}
	}
	small := imaging.Resize(photo, 81, 60, imaging.Linear)
	off, on := spot(grey, color.NRGBA{30, 30, 30, 255}, 24), spot(grey, color.NRGBA{250, 250, 250, 255}, 24)
	// Equally bright.
	red, green, pale := color.NRGBA{230, 60, 40, 255}, color.NRGBA{40, 130, 60, 255}, color.NRGBA{165, 90, 80, 255}
	tests := []struct {
		name, reason string
		a, b         image.Image
		least, most  int
	}{
		{"same", "no difference", photo, photo, 0, 0},
		{"half the size", "thumbnails", photo, imaging.Resize(photo, 120, 90, imaging.Lanczos), 0, 4},
		{"mirrored and smaller", "training mirrors photos anyway", photo, imaging.FlipH(small), 0, 8},
		{"brighter", "a change of brightness is matched", photo, imaging.AdjustGamma(photo, 1.2), 0, 12},
		{"darker", "its colours are paler by as much", photo, imaging.AdjustFunc(photo, func(c color.NRGBA) color.NRGBA {
			return color.NRGBA{uint8(int(c.R) * 7 / 10), uint8(int(c.G) * 7 / 10), uint8(int(c.B) * 7 / 10), 255}
		}), 0, 8},
		{"lamp that pales", "equally bright: the photo as a whole did not change", spot(photo, red, 24),
			spot(photo, pale, 24), Different, Different},
		{"grey", "a grey copy tells nothing of colours", photo, grey, 0, 2},
		{"another photo", "hashes differ", photo, scene(2, 240, 180), 100, Different},
		{"lamp of another colour", "equally bright", spot(photo, red, 24), spot(photo, green, 24), Different, Different},
		{"lamp on", "only the brightness of one place tells them apart", off, on, 20, Different},
	}
	for _, tt := range tests {
		a, b := mustOf(t, tt.a), mustOf(t, tt.b)
		d := a.Distance(b)
		if d < tt.least || d > tt.most || b.Distance(a) != d {
			t.Errorf("%s (%s): %d and %d, want %d to %d", tt.name, tt.reason, d, b.Distance(a), tt.least, tt.most)
		}
	}
}

func TestOfRefuses(t *testing.T) {
	for _, img := range []image.Image{nil, image.NewGray(image.Rect(0, 0, 0, 5))} {
		if _, err := Of(img); err == nil {
			t.Errorf("%v has a fingerprint", img)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	good := Fingerprint{}.String()
	for _, s := range []string{
		"", strings.Repeat("0", 64), good[1:], good[2:], "1" + good[1:], good[:len(good)-1], good + "A",
		good[:9] + "*" + good[10:],
	} {
		if _, err := Parse(s); err == nil {
			t.Errorf("%q was accepted", s)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(Fingerprint{}.String())
	f.Add(strings.Repeat("0", 64))
	f.Fuzz(func(t *testing.T, s string) {
		if print, err := Parse(s); err == nil && print.String() != s {
			t.Errorf("%q reads as %q", s, print.String())
		}
	})
}

// BenchmarkOf is the fingerprint of a decoded photo of 0.4 megapixels, on one core.
func BenchmarkOf(b *testing.B) {
	img := scene(1, 600, 700)
	for b.Loop() {
		mustOf(b, img)
	}
}
