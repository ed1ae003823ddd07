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
