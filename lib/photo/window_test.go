package photo

import (
	"image"
	"image/color"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"imagelab/lib/photo/phototest"
)

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
		{"one stray photo of 200", "a saturated one must not hide the others",
			append(slices.Repeat([]Window{{10, 1000}}, 199), Window{0, 65535}), Window{10, 1000}},
	}
	for _, tt := range tests {
		if got := CommonWindow(tt.levels); got != tt.want {
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

// TestWholeRange keeps the upper 8 bits, as Pillow does.
func TestWholeRange(t *testing.T) {
	file := filepath.Join(t.TempDir(), "x.png")
	if err := os.WriteFile(file, phototest.Encode(t, "png", phototest.Counts(0, 65535, 30)), 0o644); err != nil {
		t.Fatal(err)
	}
	img, meta, err := Decode(file)
	if err != nil || !slices.Contains(meta.Flags, FlagDeep) || img.NRGBAAt(30, 30) != (color.NRGBA{255, 255, 255, 255}) {
		t.Errorf("%v, %+v", err, meta)
	}
}
