package feed

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/color"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"
)

// gradient is a store of photos whose pixels tell where they are: red is x, green is y, blue is the
// photo's number.
func gradient(t *testing.T, n, side int) *Pixels {
	t.Helper()
	img := image.NewNRGBA(image.Rect(0, 0, side, side))
	s, err := BuildStore(context.Background(), filepath.Join(t.TempDir(), "p.u8"), n, side*side*3, 0, "drawing", nil,
		func(i int, dst []byte) error {
			img := image.NewNRGBA(img.Rect)
			for y := range side {
				for x := range side {
					img.SetNRGBA(x, y, color.NRGBA{uint8(x), uint8(y), uint8(i), 255})
				}
			}
			Square(dst, img, side)
			return nil
		})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return &Pixels{Side: side, Store: s}
}

func TestCentreCrop(t *testing.T) {
	p := gradient(t, 3, 40)
	dst := make([]byte, 30*30*3)
	p.Plain(dst, 2, 30)
	if got, want := dst[:3], []byte{5, 5, 2}; !bytes.Equal(got, want) {
		t.Errorf("the first pixel is %v, want %v: 5 pixels of 40 are cut off on each side", got, want)
	}
	if got, want := dst[len(dst)-3:], []byte{34, 34, 2}; !bytes.Equal(got, want) {
		t.Errorf("the last pixel is %v, want %v", got, want)
	}
}

func TestViewsAreSeeded(t *testing.T) {
	p := gradient(t, 2, 40)
	all := Augment{MinScale: 0.6, Flip: true, FlipV: true, Rotate90: true, Color: 0.2, Erase: 0.5}
	view := func(i int, seed uint64, epoch int) []byte {
		dst := make([]byte, 30*30*3)
		p.View(dst, i, 30, all, seed, epoch)
		return dst
	}
	first := view(0, 1, 1)
	if !bytes.Equal(first, view(0, 1, 1)) {
		t.Error("the same seed, epoch and image gave two views: a stopped run could not continue exactly")
	}
	for _, c := range []struct {
		reason string
		other  []byte
	}{
		{"another epoch must show another view", view(0, 1, 2)},
		{"another seed must show another view", view(0, 2, 1)},
		{"another image must not share its neighbour's crop", view(1, 1, 1)},
	} {
		if bytes.Equal(first, c.other) {
			t.Error(c.reason)
		}
	}
	none := make([]byte, 30*30*3)
	p.View(none, 0, 30, Augment{}, 1, 1)
	plain := make([]byte, 30*30*3)
	p.Plain(plain, 0, 30)
	if !bytes.Equal(none, plain) {
		t.Error("no augmentation must give the plain view")
	}
}

// TestTurnsAreDealt: every way to lay a photo comes once before any comes again, so that few views
// show all of them.
func TestTurnsAreDealt(t *testing.T) {
	const size = 8
	p := gradient(t, 5, size)
	for _, c := range []struct {
		name, reason string
		a            Augment
		ways         int
	}{
		{"none", "nothing is laid otherwise", Augment{}, 1},
		{"left-right", "a photo and its mirror image", Augment{Flip: true}, 2},
		{"both", "four reflections", Augment{Flip: true, FlipV: true}, 4},
		{"quarter turns", "rotations only, no mirror image", Augment{Rotate90: true}, 4},
		{"all", "the square's eight symmetries", Augment{Flip: true, Rotate90: true}, 8},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.a.Orientations() != c.ways {
				t.Errorf("%d ways, want %d: %s", c.a.Orientations(), c.ways, c.reason)
			}
			for i := range 5 {
				seen := map[string]bool{}
				for view := range c.ways {
					dst := make([]byte, size*size*3)
					p.View(dst, i, size, c.a, 1, view)
					seen[string(dst)] = true
				}
				if len(seen) != c.ways {
					t.Errorf("image %d: %d of %d views differ", i, len(seen), c.ways)
				}
				for way := range c.ways {
					plain, laid := make([]byte, size*size*3), make([]byte, size*size*3)
					p.Plain(plain, i, size)
					if c.a.Orient(laid, plain, size, way); !seen[string(laid)] {
						t.Errorf("way %d is none of the views", way)
					}
				}
			}
		})
	}
	quarter := Augment{Rotate90: true}
	src, dst := make([]byte, size*size*3), make([]byte, size*size*3)
	p.Plain(src, 0, size)
	for way := range quarter.Orientations() {
		quarter.Orient(dst, src, size, way)
		corners := [][2]int{{0, 0}, {size - 1, 0}, {size - 1, size - 1}, {0, size - 1}} // clockwise
		first, matched := -1, 0
		for k, at := range corners {
			pixel := dst[3*(at[1]*size+at[0]):]
			for j, from := range corners {
				if int(pixel[0]) == from[0] && int(pixel[1]) == from[1] {
					matched++
					if shift := (j - k + 4) % 4; first >= 0 && shift != first {
						t.Errorf("way %d mirrors the photo: its corners do not turn together", way)
					} else {
						first = shift
					}
				}
			}
		}
		if matched != len(corners) {
			t.Errorf("way %d: %d corners of the photo are corners still", way, matched)
		}
	}
}

func TestStoreAppearsWholeOrNotAtAll(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.u8")
	broken := errors.New("broken photo")
	_, err := BuildStore(context.Background(), path, 100, 4, 2, "filling", nil, func(i int, dst []byte) error {
		if i == 50 {
			return broken
		}
		return nil
	})
	if !errors.Is(err, broken) {
		t.Fatalf("error %v, want the one of the row", err)
	}
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Errorf("a failed build left %v", left)
	}
	if err := os.WriteFile(path, []byte("half"), 0o644); err != nil {
		t.Fatal(err)
	}
	calls := 0
	build := func() *Store {
		s, err := BuildStore(context.Background(), path, 3, 4, 1, "filling", nil, func(i int, dst []byte) error {
			calls++
			copy(dst, []byte{byte(i), 1, 2, 3})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	build().Close()
	s := build()
	defer s.Close()
	if calls != 3 {
		t.Errorf("%d rows were computed; a file of the wrong size must be built again, a whole one not", calls)
	}
	if !bytes.Equal(s.Row(2), []byte{2, 1, 2, 3}) {
		t.Errorf("row 2 is %v", s.Row(2))
	}
	if r := s.Rechunk(2); r.Rows != 6 || !bytes.Equal(r.Row(4), []byte{2, 1}) {
		t.Errorf("rechunked: %d rows, row 4 is %v", r.Rows, r.Row(4))
	}
}

func TestStoppedBuild(t *testing.T) {
	ctx, stop := context.WithCancel(context.Background())
	dir := t.TempDir()
	_, err := BuildStore(ctx, filepath.Join(dir, "a"), 1000, 1, 2, "filling", nil, func(i int, _ []byte) error {
		if i == 10 {
			stop()
		}
		return nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want context.Canceled", err)
	}
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Errorf("a stopped build left %v", left)
	}
}

func TestAugmentIsValidated(t *testing.T) {
	for _, a := range []Augment{{MinScale: 1.1}, {MinScale: -0.1}, {Color: 2}, {Erase: -1}} {
		if a.Validate() == nil {
			t.Errorf("%+v was accepted", a)
		}
	}
}

// TestDamagedStoresAreBuiltAgain: bytes on a disk are believed when they are the ones that were
// written, for this name.
func TestDamagedStoresAreBuiltAgain(t *testing.T) {
	const rows, rowBytes = 5, 40
	for _, c := range []struct {
		name, reason string
		damage       func(file []byte) []byte
		want         int // rows computed
	}{
		{"none", "what is whole is not computed again", func(f []byte) []byte { return f }, 0},
		{"a bit", "memory and disks flip bits", func(f []byte) []byte { f[77] ^= 4; return f }, rows},
		{"two rows exchanged", "the order is part of it",
			func(f []byte) []byte { return slices.Concat(f[40:80], f[:40], f[80:]) }, rows},
		{"second half zero", "what a power cut leaves",
			func(f []byte) []byte { clear(f[rows*rowBytes/2 : rows*rowBytes]); return f }, rows},
		{"all zero", "the same", func(f []byte) []byte { clear(f); return f }, rows},
		{"shorter", "cut", func(f []byte) []byte { return f[:len(f)-1] }, rows},
		{"without its seal", "written by an older version", func(f []byte) []byte { return f[:rows*rowBytes] }, rows},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "a.u8")
			calls := atomic.Int64{}
			build := func(path string) {
				s, err := BuildStore(t.Context(), path, rows, rowBytes, 2, "filling", nil, func(i int, dst []byte) error {
					calls.Add(1)
					dst[0] = byte(i + 1)
					return nil
				})
				if err != nil {
					t.Fatal(err)
				}
				defer s.Close()
				if s.Row(4)[0] != 5 || s.Row(1)[37] != 0 {
					t.Errorf("rows %v and %v", s.Row(4), s.Row(1))
				}
			}
			build(path)
			file, err := os.ReadFile(path)
			if err == nil {
				err = os.WriteFile(path, c.damage(file), 0o644)
			}
			if err != nil {
				t.Fatal(err)
			}
			calls.Store(0)
			build(path)
			if got := int(calls.Load()); got != c.want {
				t.Errorf("%d rows were computed, want %d: %s", got, c.want, c.reason)
			}
			other := filepath.Join(filepath.Dir(path), "b.u8")
			if err := os.Rename(path, other); err != nil {
				t.Fatal(err)
			}
			calls.Store(0)
			if build(other); calls.Load() != rows {
				t.Error("a file of another name was believed")
			}
		})
	}
}
