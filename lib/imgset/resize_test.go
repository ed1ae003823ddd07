package imgset

import (
	"fmt"
	"image"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/disintegration/imaging"
)

// TestResizeEqualsImaging: the same filter in floating point, on the hardest of pictures.
func TestResizeEqualsImaging(t *testing.T) {
	for _, c := range []struct {
		name, reason     string
		from, to         image.Point
		largest, typical float64
	}{
		{"photo", "what most are", image.Pt(400, 533), image.Pt(224, 298), 2, 0.1},
		{"wide", "the other way round", image.Pt(711, 400), image.Pt(455, 256), 2, 0.1},
		{"enlarged", "small photos", image.Pt(50, 67), image.Pt(224, 300), 2, 0.1},
		{"one axis", "the other stays as it is", image.Pt(90, 60), image.Pt(90, 31), 1, 0.1},
		{"as it is", "nothing to filter", image.Pt(40, 30), image.Pt(40, 30), 0, 0},
		{"to a pixel", "the mean", image.Pt(64, 64), image.Pt(1, 1), 1, 1},
		{"from a pixel", "one colour", image.Pt(1, 1), image.Pt(9, 7), 0, 0},
		{"strip", "fewer pixels than weights", image.Pt(300, 2), image.Pt(100, 1), 1, 0.2},
		{"thumbnail", "many weights", image.Pt(1200, 900), image.Pt(40, 30), 1, 0.1},
	} {
		t.Run(c.name, func(t *testing.T) {
			img := noise(c.from.X, c.from.Y)
			got, want := Resize(img, c.to.X, c.to.Y), imaging.Resize(img, c.to.X, c.to.Y, imaging.CatmullRom)
			if got.Rect != want.Rect {
				t.Fatalf("%v, want %v", got.Rect, want.Rect)
			}
			largest := 0.0
			for i := range got.Pix {
				largest = max(largest, math.Abs(float64(got.Pix[i])-float64(want.Pix[i])))
			}
			if typical := meanDifference(got, want); largest > c.largest || typical > c.typical {
				t.Errorf("%s: differs by %.2f on average and %.0f at most from imaging", c.reason, typical, largest)
			}
		})
	}
}

// TestLanesKeepApart: full contrast, where one colour overshoots above and the next below, must not leak into the next lane.
func TestLanesKeepApart(t *testing.T) {
	img := image.NewNRGBA(image.Rect(0, 0, 64, 64))
	r := rand.New(rand.NewPCG(1, 1))
	for i := range img.Pix {
		img.Pix[i] = uint8(255 * (r.IntN(2) | i>>1&i&1))
	}
	for _, side := range []int{5, 40, 63, 65, 200} {
		together := Resize(img, side, side)
		for channel := range 3 {
			alone := image.NewNRGBA(img.Rect)
			for i := range alone.Pix {
				if i%4 == channel || i%4 == 3 {
					alone.Pix[i] = img.Pix[i] | 255*uint8(i%4/3)
				}
			}
			one := Resize(alone, side, side)
			for i := channel; i < len(one.Pix); i += 4 {
				if one.Pix[i] != together.Pix[i] {
					t.Fatalf("side %d: channel %d is %d alone and %d beside others", side, channel, one.Pix[i], together.Pix[i])
				}
			}
		}
	}
}

// TestPlanesResizeAsPixels: a channel of its own takes three rows at a time, at any number of rows.
func TestPlanesResizeAsPixels(t *testing.T) {
	for _, size := range []image.Point{{X: 61, Y: 40}, {X: 60, Y: 41}, {X: 62, Y: 42}, {X: 1, Y: 1}, {X: 3, Y: 2}} {
		img := noise(size.X, size.Y)
		red := plane{make([]byte, size.X*size.Y), size.X, 1, size.X, size.Y, float64(size.X), float64(size.Y)}
		for i := range red.pix {
			red.pix[i] = img.Pix[4*i]
		}
		want, got := make([]byte, 3*20*15), make([]byte, 20*15)
		planeOf(img).resize(want, catmullRom, 33, 31, image.Rect(7, 9, 27, 24))
		red.resize(got, catmullRom, 33, 31, image.Rect(7, 9, 27, 24))
		for i := range got {
			if got[i] != want[3*i] {
				t.Fatalf("%v: sample %d is %d, want %d", size, i, got[i], want[3*i])
			}
		}
	}
}

func TestSquareIsTheMiddle(t *testing.T) {
	for _, size := range []image.Point{{X: 90, Y: 60}, {X: 60, Y: 90}, {X: 60, Y: 60}, {X: 31, Y: 64}, {X: 20, Y: 25}} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			img := noise(size.X, size.Y)
			w, h, _ := centre(size.X, size.Y, 30)
			whole := imaging.CropCenter(Resize(img, w, h), 30, 30)
			got, want := make([]byte, 30*30*3), []byte{}
			for i := range 30 * 30 {
				want = append(want, whole.Pix[4*i:4*i+3]...)
			}
			if Square(got, img, 30); min(w, h) != 30 || !slices.Equal(got, want) {
				t.Errorf("%d x %d: not the middle of the resized photo", w, h)
			}
		})
	}
}

func BenchmarkResize(b *testing.B) {
	img, dst := noise(400, 533), make([]byte, 224*224*3)
	for b.Loop() {
		Square(dst, img, 224)
	}
}
