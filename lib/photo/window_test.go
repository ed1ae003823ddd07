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

// TestLevelsLeaveOutMarks: what programs and detectors write into a photo of counts must not turn
// the photo black, and what belongs to the photo stays.
func TestLevelsLeaveOutMarks(t *testing.T) {
	const side = 64
	made := func(low, span int, mark func(i int) (level int, ok bool)) image.Image {
		img := image.NewGray16(image.Rect(0, 0, side, side))
		for i := range side * side {
			y := low + i%span
			if level, ok := mark(i); ok {
				y = level
			}
			img.SetGray16(i%side, i/side, color.Gray16{Y: uint16(y)})
		}
		return img
	}
	first := func(n, level int) func(i int) (int, bool) {
		return func(i int) (int, bool) { return level, i < n }
	}
	rim := image.NewNRGBA64(image.Rect(0, 0, side, side))
	for i := range side * side {
		c := color.NRGBA64{1000, 1100, uint16(1200 + i%100), 65535}
		if i < 5*side {
			c = color.NRGBA64{65535, 65535, 65535, 0}
		}
		rim.SetNRGBA64(i%side, i/side, c)
	}
	tests := []struct {
		name, reason string
		img          image.Image
		want         Window
	}{
		{"one hot pixel", "a small photo has no 10,000 samples", made(1000, 500, first(1, 65535)), Window{1000, 1499}},
		{"scale bar", "a microscope's program draws it", made(100, 3000, first(200, 65535)), Window{100, 3099}},
		{"border", "scanners frame", made(100, 3000, first(4*side, 65535)), Window{100, 3099}},
		{"no signal", "a thermal camera's pixels that see nothing", made(29500, 800, first(40, 0)), Window{29500, 30299}},
		{"both", "a bar on thermal counts", made(29500, 800, func(i int) (int, bool) { return i % 2 * 65535, i < 40 }),
			Window{29500, 30299}},
		{"transparent rim", "it is not to be seen", rim, Window{1000, 1299}},
		{"black belongs", "a dark photo's shadows end in black", made(40, 3000, first(40, 0)), Window{0, 3039}},
		{"saturated", "levels go on up to the end", made(61000, 4500, first(400, 65535)), Window{61400, 65535}},
		{"two levels", "a mask has nothing else", made(0, 1, first(400, 65535)), Window{0, 65535}},
	}
	for _, tt := range tests {
		if got := levelsOf(tt.img); got != tt.want {
			t.Errorf("%s: %v, want %v: %s", tt.name, got, tt.want, tt.reason)
		}
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
