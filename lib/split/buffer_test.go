package split

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"imagelab/lib/dataset"
)

// film is a set of sequences of frames, of which every other ten frames show the other class.
func film(t *testing.T, clips, frames int) *dataset.Set {
	t.Helper()
	s := &dataset.Set{Dir: t.TempDir(), Root: "/photos", Source: dataset.SourceClasses}
	for clip := range clips {
		for k := range frames {
			class := []string{"cat", "dog"}[k/10%2]
			s.Images = append(s.Images, img(fmt.Sprintf("%s/clip%d_frame%04d.jpg", class, clip, k), class))
		}
	}
	return s
}

// closest is the smallest distance of two frames of one clip on two sides.
func closest(s *dataset.Set) int {
	least := 1 << 30
	all, _ := sequences(s.Images)
	for _, frames := range all {
		for i, f := range frames {
			for _, g := range frames[:i] {
				if s.Images[f.image].Split != s.Images[g.image].Split {
					least = min(least, f.number-g.number)
				}
			}
		}
	}
	return least
}

// TestBufferKeepsSidesApart: whatever the buffer, frames of two sides are further apart than it,
// the test side keeps all its photos, and nothing is left out that need not be.
func TestBufferKeepsSidesApart(t *testing.T) {
	o := Options{Val: 0.15, Test: 0.2, Seed: 1, GroupRun: 40}
	plain := film(t, 4, 400)
	mustRun(t, plain, o)
	for _, n := range []int{1, 2, 5, 12} {
		s := film(t, 4, 400)
		o.Buffer = n
		sum := mustRun(t, s, o)
		if got := closest(s); got != n+1 {
			t.Errorf("buffer %d: two sides are %d frames apart", n, got)
		}
		if sum.Buffer == 0 || sum.Buffer+len(s.Kept()) != len(s.Images) ||
			sum.Sides[dataset.Test] != len(plain.InSplit(dataset.Test)) {
			t.Errorf("buffer %d: %d left out, %v", n, sum.Buffer, sum.Sides)
		}
		for i, im := range s.Images {
			if !im.Buffer && im.Split != plain.Images[i].Split || im.Buffer && im.Split != "" {
				t.Fatalf("buffer %d: %s is on side %q, and on %q without a buffer", n, im.Path, im.Split, plain.Images[i].Split)
			}
		}
		if note := strings.Join(sum.Notes, " "); !strings.Contains(note, "left out as a buffer") {
			t.Error(note)
		}
	}
}

// TestBufferStaysWithTheSet: photos that come later are kept apart too, and the rule does not go
// without a word.
func TestBufferStaysWithTheSet(t *testing.T) {
	s := film(t, 2, 200)
	mustRun(t, s, Options{Val: 0.15, Test: 0.2, Seed: 1, GroupRun: 40, Buffer: 3})
	late := film(t, 3, 200)
	s.Images = append(s.Images, late.Images[400:]...)
	kept, ok, err := Kept(s.Dir)
	if err != nil || !ok || kept.Buffer != 3 {
		t.Fatalf("%+v, %v, %v", kept, ok, err)
	}
	first := mustRun(t, s, kept)
	if got := closest(s); got <= 3 {
		t.Errorf("with photos that came later, two sides are %d frames apart", got)
	}
	if again := mustRun(t, s, kept); again.Buffer != first.Buffer || again.Digest != first.Digest {
		t.Error("the same split again gives another set")
	}
	kept.Buffer = 0
	if _, err := Run(s, kept); !errors.Is(err, ErrRules) {
		t.Errorf("a split that drops the buffer: %v", err)
	}
	if kept.Buffer = -1; mustRun(t, s, kept).Buffer != 0 {
		t.Error("frames are left out though there is no buffer")
	}
}

func TestBufferOfWhat(t *testing.T) {
	tests := []struct {
		name, reason string
		a, b         string // paths, on the sides train and test
		n            int
		want         bool // a is left out
	}{
		{"neighbours", "the frame beside it", "train/cat/f_001.jpg", "test/cat/f_002.jpg", 1, true},
		{"further", "out of the buffer", "train/cat/f_001.jpg", "test/cat/f_003.jpg", 1, false},
		{"numbers with gaps", "time counts, not how many photos were kept", "train/cat/f_100.jpg",
			"test/cat/f_200.jpg", 50, false},
		{"another clip", "other names", "train/cat/a_001.jpg", "test/cat/b_002.jpg", 5, false},
		{"clips in folders", "one folder is another clip", "train/cat/v1/001.jpg", "test/cat/v2/002.jpg", 5, false},
		{"another class", "a film goes on while the label changes", "train/cat/f1.jpg", "test/dog/f2.jpg", 1, true},
		{"the last number counts", "a date before it", "train/cat/2024-05-01_7.jpg", "test/cat/2024-05-01_8.jpg", 1, true},
		{"no number", "no sequence", "train/cat/one.jpg", "test/cat/two.jpg", 9, false},
		{"a number too long", "a hash, not a count", "train/cat/12345678901234567890.jpg",
			"test/cat/12345678901234567891.jpg", 1, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			class := func(p string) string { return strings.Split(p, "/")[1] }
			s := &dataset.Set{Images: []dataset.Image{img(tt.a, class(tt.a)), img(tt.b, class(tt.b)),
				img("train/cat/x.jpg", "cat"), img("train/dog/x.jpg", "dog")}}
			s.Images[0].Split, s.Images[1].Split, s.Images[2].Split, s.Images[3].Split = dataset.Train, dataset.Test,
				dataset.Train, dataset.Train
			if err := (&plan{}).setBuffer(s, tt.n, false); err != nil || s.Images[0].Buffer != tt.want || s.Images[1].Buffer {
				t.Errorf("left out %v, %v; want %v: %s", s.Images[0].Buffer, err, tt.want, tt.reason)
			}
		})
	}
}

// TestBufferThatLeavesNothing: frames dealt one by one have a neighbour on another side nearly all.
func TestBufferThatLeavesNothing(t *testing.T) {
	s := film(t, 1, 60)
	_, err := Run(s, Options{Val: 0.2, Test: 0.3, Seed: 1, Buffer: 8})
	if err == nil || !strings.Contains(err.Error(), "none left on the side") || s.Images[0].Split != "" {
		t.Errorf("error %v, first photo on %q", err, s.Images[0].Split)
	}
}
