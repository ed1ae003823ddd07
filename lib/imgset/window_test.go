package imgset

import (
	"image"
	"image/color"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"imagelab/lib/internal/dhash"
)

// counts is a photo of 16 bits a sample, whose levels run from low to high; a bright spot is at (x,
// x).
func counts(low, high uint16, x int) *image.Gray16 {
	img := image.NewGray16(image.Rect(0, 0, 64, 64))
	for i := range 64 * 64 {
		dx, dy := i%64-x, i/64-x
		level := float64(high-low) / (1 + float64(dx*dx+dy*dy)/40)
		img.SetGray16(i%64, i/64, color.Gray16{Y: low + uint16(level)})
	}
	return img
}

func TestWindow(t *testing.T) {
	tests := []struct {
		name, reason string
		levels       []Window
		want         Window
	}{
		{"none", "a set of ordinary photos", nil, Window{}},
		{"12 bits", "a microscope", []Window{{20, 3900}, {40, 4000}}, Window{20, 4000}},
		{"thermal", "far from zero", []Window{{27000, 29000}, {28000, 31000}}, Window{27000, 31000}},
		{"whole range", "pictures saved from an editor", []Window{{100, 64000}}, Window{}},
		{"more than half", "little is to be gained", []Window{{0, 30000}, {5000, 40000}}, Window{}},
		{"blank", "no range at all", []Window{{7, 7}}, Window{}},
		{"one stray photo of 200", "a saturated one must not hide the others", append(slices.Repeat([]Window{{10, 1000}}, 199), Window{0, 65535}), Window{10, 1000}},
	}
	for _, tt := range tests {
		if got := window(tt.levels); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestLevelsLeaveOutStuckPixels(t *testing.T) {
	img := image.NewGray16(image.Rect(0, 0, 200, 200))
	for i := range 200 * 200 {
		img.SetGray16(i%200, i/200, color.Gray16{Y: 1000 + uint16(i%500)})
	}
	for i, y := range []uint16{0, 0, 65535, 65535} {
		img.SetGray16(i, 0, color.Gray16{Y: y})
	}
	if got := levelsOf(img); got != (Window{1000, 1499}) {
		t.Errorf("levels %v, want 1000 to 1499", got)
	}
}

// TestSixteenBits reads a set of 12-bit counts: brightness stays comparable, the copies of none are
// found, and the note says what was done.
func TestSixteenBits(t *testing.T) {
	photos := t.TempDir()
	for i, high := range []uint16{1000, 2000, 4000} {
		put(t, photos, filepath.Join("a", string(rune('0'+i))+".png"), encode(t, "png", counts(100, high, 20+10*i)))
		put(t, photos, filepath.Join("b", string(rune('0'+i))+".tif"), encode(t, "tiff", counts(100, high, 50-7*i)))
	}
	put(t, photos, "b/ordinary.png", encode(t, "png", sample()))
	dir := filepath.Join(t.TempDir(), "set")
	s, err := Ingest(t.Context(), photos, dir, IngestOptions{MaxPixels: 1000}, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := WindowOf(s.Images)
	if want.Low < 100 || want.Low > 110 || want.High < 3900 || want.High > 4000 {
		t.Errorf("window %v, want about 100 to 4000", want)
	}
	if !slices.ContainsFunc(s.Notes, func(n string) bool { return strings.Contains(n, "the 6 photos with 16 bits use") }) {
		t.Errorf("notes %q", s.Notes)
	}
	loaded, err := Load(dir)
	if err != nil || !slices.EqualFunc(loaded.Images, s.Images, func(a, b Image) bool { return a.Window == b.Window }) {
		t.Errorf("the windows are not kept: %v", err)
	}
	brightest := map[string]uint8{}
	for _, im := range s.Images {
		if im.Has(FlagDeep) == (im.Window == Window{}) || im.Has(FlagDownsized) == im.Has(FlagDeep) {
			t.Errorf("%s: flags %v, window %v; only ordinary photos are downsized, only those of 16 bits have a window", im.Path, im.Flags, im.Window)
		}
		if !im.Has(FlagDeep) {
			continue
		}
		img, _, err := s.DecodeScaled(im, 64)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range img.(*image.NRGBA).Pix {
			if v < 255 {
				brightest[im.Path] = max(brightest[im.Path], v)
			}
		}
	}
	if a, b := brightest["a/0.png"], brightest["a/1.png"]; a < 50 || a > 65 || b < 115 || b > 130 {
		t.Errorf("brightest pixels %d and %d of 255, want about 900/3900 and 1900/3900 of it", a, b)
	}
	for i, im := range s.Images {
		for _, other := range s.Images[:i] {
			a, errA := dhash.Parse(im.Hash)
			b, errB := dhash.Parse(other.Hash)
			if errA != nil || errB != nil || im.Pixels == other.Pixels || a == b {
				t.Errorf("%s and %s are taken for one photo", im.Path, other.Path)
			}
		}
	}
}

// TestWholeRange keeps the upper 8 bits, as Pillow does.
func TestWholeRange(t *testing.T) {
	file := filepath.Join(t.TempDir(), "x.png")
	if err := os.WriteFile(file, encode(t, "png", counts(0, 65535, 30)), 0o644); err != nil {
		t.Fatal(err)
	}
	img, meta, err := Decode(file)
	if err != nil || !slices.Contains(meta.Flags, FlagDeep) || img.NRGBAAt(30, 30) != (color.NRGBA{255, 255, 255, 255}) {
		t.Errorf("%v, %+v", err, meta)
	}
}
