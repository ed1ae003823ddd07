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
	"strings"
	"testing"

	"imagelab/lib/dedup"
	"imagelab/lib/dhash"
	"imagelab/lib/imgset"
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
	return imgset.Resize(small, 300, 240)
}

func TestExplainShowsTheHashItself(t *testing.T) {
	for seed := range uint64(20) {
		img := scene(seed)
		s, err := Explain(img)
		if err != nil {
			t.Fatal(err)
		}
		h, err := dhash.Of(img)
		if err != nil {
			t.Fatal(err)
		}
		want := h.String()
		if got := bitsOf(s.Bits); got != want || s.Hash != want {
			t.Errorf("scene %d: the picture shows %s, the step says %s, dedup has %s", seed, got, s.Hash, want)
		}
		for y := range side {
			for x := range side {
				darker := s.Small.GrayAt(Cell*x, Cell*y).Y < s.Small.GrayAt(Cell*x+Cell, Cell*y).Y
				if white := s.Bits.GrayAt(Cell*x, Cell*y).Y == 255; darker && !white {
					t.Errorf("scene %d: at %d, %d a pixel is darker than its neighbour and the bit is not set", seed, x, y)
				}
			}
		}
	}
}

// bitsOf reads a picture of bits back.
func bitsOf(img *image.Gray) string {
	var hash strings.Builder
	for y := range side {
		row := 0
		for x := range side {
			row <<= 1
			if img.GrayAt(Cell*x+1, Cell*y+1).Y == 255 {
				row |= 1
			}
		}
		fmt.Fprintf(&hash, "%04x", row)
	}
	return hash.String()
}

func TestExplainRefusesNoImage(t *testing.T) {
	if _, err := Explain(nil); err == nil {
		t.Error("no error without an image")
	}
}

// What a difference hash survives is its specification.
func TestTry(t *testing.T) {
	s := &imgset.Set{Root: t.TempDir()}
	for i := range 12 {
		name := fmt.Sprintf("%02d.png", i)
		writePNG(t, filepath.Join(s.Root, name), scene(uint64(i)))
		s.Images = append(s.Images, imgset.Image{Path: name})
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
		median, found := trial.Median(), trial.Found(12)
		switch trial.Change {
		case "half the size", "JPEG of quality 80", "brighter": // the order of brightness stays
			if median > 12 || found < 5 {
				t.Errorf("%s moves the hash by %d bits, and %d of 6 are found", trial.Change, median, found)
			}
		case "mirrored", "quarter turn": // which turns the order around
			if median < 60 || found > 0 {
				t.Errorf("%s moves the hash by %d bits, and %d of 6 are found", trial.Change, median, found)
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
	trial := Trial{Pairs: []dedup.Pair{{Distance: 9, Copies: true}, {Distance: 1, Copies: true}, {Distance: 3}, {Distance: 3, Copies: true}}}
	if got := trial.Median(); got != 3 {
		t.Errorf("median %d, want 3", got)
	}
	if got := trial.Found(3); got != 2 { // a featureless photo is not taken for a copy although it is near
		t.Errorf("%d found within 3 bits, want 2", got)
	}
}

func TestCaptionCoversWhatItSays(t *testing.T) {
	img := scene(1)
	out, err := caption(img)
	if err != nil {
		t.Fatal(err)
	}
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
	err := imgset.WriteFile(path, func(w io.Writer) error { return png.Encode(w, img) })
	if err != nil {
		t.Fatal(err)
	}
}
