package lookalike

import (
	"context"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"imagelab/lib/dataset"
	"imagelab/lib/dedup"
	"imagelab/lib/photo"
)

// scene is a smooth picture that differs with its seed, as photos do.
func scene(seed uint64) *image.NRGBA {
	r := rand.New(rand.NewPCG(seed, 0))
	small := image.NewNRGBA(image.Rect(0, 0, 12, 12))
	for i := range small.Pix {
		small.Pix[i] = uint8(r.UintN(256))
		if i%4 == 3 {
			small.Pix[i] = 255
		}
	}
	return photo.Resize(small, 300, 240)
}

func TestExplainShowsTheHashItself(t *testing.T) {
	for seed := range uint64(20) {
		s, err := Explain(scene(seed))
		if err != nil {
			t.Fatal(err)
		}
		n := map[uint8]int{}
		for y := range side {
			for x := range side {
				step := int(s.Small.GrayAt(Cell*x+Cell, Cell*y).Y) - int(s.Small.GrayAt(Cell*x, Cell*y).Y)
				shown := s.Bits.GrayAt(Cell*x+1, Cell*y+1).Y
				n[shown]++
				if step > 1 && shown != 255 || step < -1 && shown != 0 { // small steps are rounded in the picture
					t.Errorf("scene %d: at %d, %d the neighbour is %d levels brighter, and the picture shows %d",
						seed, x, y, step, shown)
				}
			}
		}
		if want := fmt.Sprintf("%d brighter, %d darker, %d alike", n[255], n[0], n[128]); s.Summary != want {
			t.Errorf("scene %d: %q, the picture shows %q", seed, s.Summary, want)
		}
	}
}

func TestExplainRefusesNoImage(t *testing.T) {
	if _, err := Explain(nil); err == nil {
		t.Error("no error without an image")
	}
}

// What a difference hash survives is its specification.
func TestTry(t *testing.T) {
	s := &dataset.Set{Root: t.TempDir()}
	for i := range 12 {
		name := fmt.Sprintf("%02d.png", i)
		writePNG(t, filepath.Join(s.Root, name), scene(uint64(i)))
		s.Images = append(s.Images, dataset.Image{Path: name})
	}
	trials, err := Try(context.Background(), s, s.Images, 6, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(trials) != len(changes) {
		t.Fatalf("%d trials of %d changes", len(trials), len(changes))
	}
	for _, trial := range trials {
		if len(trial.Pairs) != 6 {
			t.Errorf("%s: %d photos, want 6", trial.Change, len(trial.Pairs))
		}
		found := trial.Found(dedup.Default().Distance)
		switch trial.Change {
		case "saved as PNG", "half the size", "JPEG of quality 80", "mirrored", "grey": // which leave the order of brightness
			if found < 6 {
				t.Errorf("%s: %d of 6 are found, median distance %d", trial.Change, found, trial.Median())
			}
		case "quarter turn":
			if found > 0 {
				t.Errorf("%s: %d of 6 are found, median distance %d", trial.Change, found, trial.Median())
			}
		}
	}
	ctx, stop := context.WithCancel(context.Background())
	stop()
	if _, err := Try(ctx, s, s.Images, 6, nil); err != context.Canceled {
		t.Errorf("a stopped trial returns %v", err)
	}
}

func TestMedianAndFound(t *testing.T) {
	trial := Trial{Pairs: []dedup.Pair{{Distance: 9, Copies: true}, {Distance: 1, Copies: true}, {Distance: 3},
		{Distance: 3, Copies: true}}}
	if got := trial.Median(); got != 3 {
		t.Errorf("median %d, want 3", got)
	}
	if got := trial.Found(3); got != 2 { // a featureless photo is not taken for a copy although it is near
		t.Errorf("%d found within 3 bits, want 2", got)
	}
}

func TestCaptionCoversWhatItSays(t *testing.T) {
	img := scene(1)
	out := caption(img)
	black := 0
	for y := range 240 {
		for x := range 300 {
			if out.At(x, y) == (color.NRGBA{A: 255}) {
				black++
			}
		}
	}
	if want := 150 * 24; black < want || black > want+want/20 {
		t.Errorf("%d pixels are black, want about %d", black, want)
	}
}

func writePNG(t *testing.T, path string, img image.Image) {
	t.Helper()
	err := dataset.WriteFile(path, func(w io.Writer) error { return png.Encode(w, img) })
	if err != nil {
		t.Fatal(err)
	}
}
