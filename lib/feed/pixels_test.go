package feed

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"imagelab/lib/dataset"
	"imagelab/lib/photo"
)

// threePhotos is an ingested set of plain photos, each of another red.
func threePhotos(t *testing.T) *dataset.Set {
	t.Helper()
	photos := t.TempDir()
	for i := range 3 {
		img := image.NewNRGBA(image.Rect(0, 0, 40, 40))
		for k := range 40 * 40 {
			img.SetNRGBA(k%40, k/40, color.NRGBA{uint8(50 * i), uint8(k), uint8(k / 40), 255})
		}
		var out bytes.Buffer
		if err := png.Encode(&out, img); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(photos, fmt.Sprintf("%d.png", i)), out.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	s, err := dataset.Ingest(t.Context(), photos, filepath.Join(t.TempDir(), "set"), dataset.DefaultIngest(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// pack reports how many photos it decoded.
func pack(t *testing.T, s *dataset.Set, images []dataset.Image, side int, dir string) (decoded int64) {
	t.Helper()
	p, err := Pack(t.Context(), s, images, side, dir, func(stage string, done, _ int64) {
		if stage == "decoding photos" {
			decoded = done
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	for i, im := range images {
		img, _, err := photo.DecodeScaled(s.File(im), side)
		if err != nil {
			t.Fatal(err)
		}
		want := make([]byte, side*side*3)
		if Square(want, img, side); !bytes.Equal(p.Row(i), want) {
			t.Errorf("row %d is not %s", i, im.Path)
		}
	}
	return decoded
}

// TestPackIsKeyed: photos are decoded again when anything that the pixels depend on is another, and
// only then.
func TestPackIsKeyed(t *testing.T) {
	s, dir := threePhotos(t), t.TempDir()
	turned := slices.Clone(s.Images)
	slices.Reverse(turned)
	moved := slices.Clone(s.Images)
	for i := range moved {
		moved[i].Class, moved[i].Split = "another", "test"
	}
	for _, c := range []struct {
		name, reason string
		images       []dataset.Image
		side         int
		want         int64 // photos decoded
	}{
		{"first", "nothing is there", s.Images, 32, 3},
		{"again", "all is there", s.Images, 32, 0},
		{"other labels", "class and side of the split are not in the pixels", moved, 32, 0},
		{"other size", "another resizing", s.Images, 24, 3},
		{"other order", "row i is image i", turned, 32, 3},
		{"fewer", "rows would belong to others", s.Images[1:], 32, 2},
		{"all of them again", "none was overwritten", s.Images, 32, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := pack(t, s, c.images, c.side, dir); got != c.want {
				t.Errorf("%d photos were decoded, want %d: %s", got, c.want, c.reason)
			}
		})
	}
	changed := slices.Clone(s.Images)
	changed[1].SHA256 = strings.Repeat("0", 64)
	seen := slices.Clone(s.Images)
	seen[1].Window = photo.Window{Low: 20, High: 4000}
	for reason, other := range map[string]string{
		"16 bits that are seen otherwise": Key(seen),
		"a photo that was edited":         Key(changed), "a program that decodes otherwise": key(packVersion+"+", s.Images),
	} {
		if other == Key(s.Images) {
			t.Errorf("%s has the same key", reason)
		}
	}
}

// TestEditedPhoto: the manifest's digest, not the file's name, says which pixels are meant.
func TestEditedPhoto(t *testing.T) {
	s, dir := threePhotos(t), t.TempDir()
	pack(t, s, s.Images, 32, dir)
	other := threePhotos(t)
	file := other.File(other.Images[2])
	text, err := os.ReadFile(other.File(other.Images[0]))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, text, 0o644); err != nil {
		t.Fatal(err)
	}
	again, err := dataset.Ingest(t.Context(), other.Root, other.Dir, dataset.DefaultIngest(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := pack(t, again, again.Images, 32, dir); got != 3 {
		t.Errorf("%d photos were decoded after one was edited and ingested, want all 3 anew", got)
	}
}

// TestPhotosThatChangedAreNotPacked: what is decoded is what the manifest describes, however alike
// the files are otherwise.
func TestPhotosThatChangedAreNotPacked(t *testing.T) {
	for _, c := range []struct {
		name, reason string
		change       func(t *testing.T, s *dataset.Set)
		want         []string
	}{
		{"swapped", "two photos took each other's names and dates",
			func(t *testing.T, s *dataset.Set) { swap(t, s, 0, 2) }, []string{`"0.png"`, `"2.png"`, "2 of 3 photos"}},
		{"linked", "a link to another photo took the place of one", func(t *testing.T, s *dataset.Set) {
			must(t, os.Remove(s.File(s.Images[1])))
			must(t, os.Symlink(s.File(s.Images[0]), s.File(s.Images[1])))
		}, []string{`"1.png"`, "1 of 3 photos"}},
		{"gone", "a photo that is missing is named too",
			func(t *testing.T, s *dataset.Set) { must(t, os.Remove(s.File(s.Images[2]))) }, []string{`"2.png"`}},
	} {
		t.Run(c.name+" after training", func(t *testing.T) {
			s, dir := threePhotos(t), t.TempDir()
			pack(t, s, s.Images, 32, dir)
			c.change(t, s)
			if _, err := Pack(t.Context(), s, s.Images, 32, dir, nil); !errors.Is(err, dataset.ErrChanged) {
				t.Errorf("error %v, want ErrChanged: the pixels of before would be trained on again", err)
			}
		})
		t.Run(c.name, func(t *testing.T) {
			s, dir := threePhotos(t), t.TempDir()
			c.change(t, s)
			_, err := Pack(t.Context(), s, s.Images, 32, dir, nil)
			if !errors.Is(err, dataset.ErrChanged) {
				t.Fatalf("error %v, want ErrChanged: %s", err, c.reason)
			}
			for _, want := range append(c.want, "dataset.Ingest(") {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("the error lacks %q: %v", want, err)
				}
			}
			if left, _ := os.ReadDir(dir); len(left) > 0 {
				t.Errorf("it left %v", left)
			}
		})
	}
}

// swap exchanges two photos, their dates included.
func swap(t *testing.T, s *dataset.Set, i, j int) {
	t.Helper()
	a, b := s.File(s.Images[i]), s.File(s.Images[j])
	must(t, os.Rename(a, a+".aside"))
	must(t, os.Rename(b, a))
	must(t, os.Rename(a+".aside", b))
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestPhotosAreAway: a disk that is not mounted changes no photo.
func TestPhotosAreAway(t *testing.T) {
	s, dir := threePhotos(t), t.TempDir()
	pack(t, s, s.Images, 32, dir)
	must(t, os.Rename(s.Root, s.Root+"-away"))
	p, err := Pack(t.Context(), s, s.Images, 32, dir, nil)
	must(t, err)
	must(t, p.Close())
}

// TestPhotosThatCameBack: what is packed while photos are exchanged does not outlive their return.
func TestPhotosThatCameBack(t *testing.T) {
	s, dir := threePhotos(t), t.TempDir()
	swap(t, s, 0, 2)
	if _, err := Pack(t.Context(), s, s.Images, 32, dir, nil); err == nil {
		t.Fatal("exchanged photos were packed")
	}
	swap(t, s, 0, 2)
	if got := pack(t, s, s.Images, 32, dir); got != 3 {
		t.Errorf("%d photos were decoded, want 3", got)
	}
}

func TestTemporaryFolderThatCannotBeWritten(t *testing.T) {
	t.Setenv("TMPDIR", filepath.Join(t.TempDir(), "none"))
	if _, err := PackTemporary(t.Context(), &dataset.Set{}, nil, 32, nil); err == nil ||
		!strings.Contains(err.Error(), "TMPDIR") {
		t.Errorf("error %v, want one that speaks of TMPDIR", err)
	}
}

// TestSquareOfStrips compares with the square of the whole strip, resized: what lies beyond the
// middle must not matter.
func TestSquareOfStrips(t *testing.T) {
	for _, size := range []image.Point{{40, 400}, {400, 40}, {37, 301}, {2, 500}, {500, 3}, {64, 100}} {
		strip := image.NewNRGBA(image.Rectangle{Max: size})
		wave := func(at, length int) uint8 { return uint8(128 + 100*math.Sin(float64(at)*2/float64(length))) }
		short := min(size.X, size.Y)
		for y := range size.Y {
			for x := range size.X {
				strip.SetNRGBA(x, y, color.NRGBA{wave(x, short), wave(y, short), wave(x+y, short), 255})
			}
		}
		const side = 32
		w, h := max(side, size.X*side/min(size.X, size.Y)), max(side, size.Y*side/min(size.X, size.Y))
		whole, got := make([]byte, 3*side*side), make([]byte, 3*side*side)
		crop(whole, photo.Resize(strip, w, h), (w-side)/2, (h-side)/2, side)
		Square(got, strip, side)
		sum := 0
		for i := range got {
			sum += max(int(got[i]), int(whole[i])) - min(int(got[i]), int(whole[i]))
		}
		if mean := float64(sum) / float64(len(got)); mean > 2 {
			t.Errorf("%v: mean difference %.1f of 255 to the whole strip, resized", size, mean)
		}
	}
}

func TestSquareOfALineTakesNoMemory(t *testing.T) {
	for _, size := range []image.Point{{1, 65535}, {65535, 1}, {1, 1}, {2, 1}} {
		square := make([]byte, 3*224*224)
		photo := image.NewGray(image.Rectangle{Max: size})
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		Square(square, photo, 224)
		runtime.ReadMemStats(&after)
		if took := (after.TotalAlloc - before.TotalAlloc) >> 20; took > 16 {
			t.Errorf("%v took %d MiB", size, took)
		}
	}
}
