package dedup

import (
	"fmt"
	"image"
	"image/color"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/disintegration/imaging"
)

// camera takes n photos of each class from one place. All that tells the classes apart is the
// colour of a square, side pixels.
func camera(t *testing.T, n, side int, classes map[string]color.NRGBA) map[string][]byte {
	t.Helper()
	base, r := scene(9, 240, 180), rand.New(rand.NewPCG(4, 4))
	files := map[string][]byte{}
	for class, lamp := range classes {
		for i := range n {
			img := imaging.Clone(base)
			for k := range img.Pix {
				if k%4 < 3 {
					img.Pix[k] = uint8(min(max(float64(img.Pix[k])+2*r.NormFloat64(), 0), 255))
				}
			}
			for y := range side {
				for x := range side {
					img.SetNRGBA(110+x, 80+y, lamp)
				}
			}
			files[fmt.Sprintf("%s/%02d.jpg", class, i)] = jpegOf(t, img, 90)
		}
	}
	return files
}

func TestFixedCamera(t *testing.T) {
	red, green, amber := color.NRGBA{230, 60, 40, 255}, color.NRGBA{40, 210, 60, 255}, color.NRGBA{200, 160, 30, 255}
	off, on := color.NRGBA{30, 30, 30, 255}, color.NRGBA{250, 250, 250, 255}
	tests := []struct {
		name, reason string
		side         int
		classes      map[string]color.NRGBA
		conflict     bool
		doubt        string
	}{
		{"lamp", "colours tell the classes apart, and the photos of each are alike", 24,
			map[string]color.NRGBA{"fault": red, "ok": green, "idle": amber}, false, "fixed camera"},
		{"bulb", "so does brightness", 24, map[string]color.NRGBA{"off": off, "on": on}, false, "fixed camera"},
		{"tiny lamp", "nothing that is compared tells the classes apart", 4,
			map[string]color.NRGBA{"fault": red, "ok": green}, true, "different classes look alike"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := ingest(t, camera(t, 8, tt.side, tt.classes))
			r := run(t, s, Default())
			lost := !tt.conflict && len(s.Classes()) != len(tt.classes)
			if (r.Conflicts > 0) != tt.conflict || lost || !strings.Contains(r.Doubt, tt.doubt) {
				t.Errorf("%s: %d conflicts, classes left %q, doubt %q", tt.reason, r.Conflicts, s.Classes(), r.Doubt)
			}
			if r = run(t, s, Options{Distance: 0, Keep: KeepFirst}); r.Removed > 0 || r.Doubt != "" {
				t.Errorf("at distance 0, %d photos are left out, doubt %q", r.Removed, r.Doubt)
			}
		})
	}
}

// TestPairsOfClasses: each product was photographed once for each of two classes.
func TestPairsOfClasses(t *testing.T) {
	scratched := func(img image.Image) *image.NRGBA {
		out := imaging.Clone(img)
		for i := range 9 {
			out.SetNRGBA(60+i, 40+i, color.NRGBA{250, 250, 250, 255})
		}
		return out
	}
	tests := []struct {
		name, reason string
		products     int
		alone        int // photos of either class that look like no other
		other        func(img image.Image) *image.NRGBA
		want         string // in the doubt; empty: there is none
	}{
		{"scratched", "a scratch is less than what is compared", 12, 0, scratched, "24 photos of different classes"},
		{"arrows", "left and right tell the classes apart", 12, 0, imaging.FlipH, "when they are mirrored"},
		{"among others", "a tenth is too many for wrong labels", 4, 20, scratched, "in 4 groups"},
		{"two pairs", "a wrong label or two is usual", 2, 0, scratched, ""},
		{"few of many", "so are three in a large set", 3, 40, scratched, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			files := map[string][]byte{}
			for i := range tt.products {
				img := scene(uint64(i), 120, 90)
				files[fmt.Sprintf("ok/%d.jpg", i)] = jpegOf(t, img, 90)
				files[fmt.Sprintf("bad/%d.jpg", i)] = jpegOf(t, tt.other(img), 90)
			}
			for i := range 2 * tt.alone {
				files[fmt.Sprintf("%s/alone%d.jpg", []string{"ok", "bad"}[i%2], i)] = jpegOf(t, scene(uint64(100+i), 120, 90), 90)
			}
			r := run(t, ingest(t, files), Default())
			if r.Conflicts != tt.products || (r.Doubt == "") != (tt.want == "") || !strings.Contains(r.Doubt, tt.want) {
				t.Errorf("%s: %d conflicts, doubt %q, want %q", tt.reason, r.Conflicts, r.Doubt, tt.want)
			}
		})
	}
}

func TestNoDoubtAboutCopies(t *testing.T) {
	files := map[string][]byte{}
	for i := range 6 {
		var img image.Image = scene(uint64(i), 120, 90)
		files[fmt.Sprintf("c/%d.png", i)] = pngOf(t, img)
		files[fmt.Sprintf("%c/%d.jpg", 'c'+i/5, i)] = jpegOf(t, img, 85)
	}
	if r := run(t, ingest(t, files), Default()); r.Removed != 7 || r.Conflicts != 1 || r.Doubt != "" {
		t.Errorf("removed %d, %d conflicts, doubt %q", r.Removed, r.Conflicts, r.Doubt)
	}
}
