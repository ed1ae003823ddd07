package dedup

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"imagelab/lib/imgset"
)

// scene is a smooth picture that differs with its seed, as photos do.
func scene(seed uint64, w, h int) *image.NRGBA {
	r := rand.New(rand.NewPCG(seed, 0))
	small := image.NewNRGBA(image.Rect(0, 0, 12, 12))
	for i := range small.Pix {
		small.Pix[i] = uint8(r.UintN(256))
		if i%4 == 3 {
			small.Pix[i] = 255
		}
	}
	return imgset.Resize(small, w, h)
}

func pngOf(t *testing.T, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func jpegOf(t *testing.T, img image.Image, quality int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: quality}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// ingest writes the files into a folder and ingests it.
func ingest(t *testing.T, files map[string][]byte) *imgset.Set {
	t.Helper()
	src := t.TempDir()
	for name, data := range files {
		file := filepath.Join(src, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	s, err := imgset.Ingest(t.Context(), src, filepath.Join(t.TempDir(), "set"), imgset.DefaultIngest(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func run(t *testing.T, s *imgset.Set, o Options) Result {
	t.Helper()
	r, err := Run(t.Context(), s, o, nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// brief lists each group: the kept path, then the others with their kind.
func brief(r Result) string {
	var lines []string
	for _, g := range r.Groups {
		line := g.Kept
		if g.Conflict {
			line = "conflict " + line
		}
		for _, m := range g.Members {
			if m.Path != g.Kept {
				line += " " + m.Kind + ":" + m.Path
			}
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

func TestRun(t *testing.T) {
	a, b := scene(1, 120, 90), scene(2, 120, 90)
	flat := func(v uint8, w int) []byte {
		img := image.NewGray(image.Rect(0, 0, w, 60))
		for i := range img.Pix {
			img.Pix[i] = v
		}
		return pngOf(t, img)
	}
	twoTone := func(v uint8) []byte {
		img := image.NewGray(image.Rect(0, 0, 80, 60))
		for i := range img.Pix {
			if i%80 < 40 {
				img.Pix[i] = v
			}
		}
		return pngOf(t, img)
	}
	ramp := func(step int) []byte {
		img := image.NewGray(image.Rect(0, 0, 85, 60))
		for i := range img.Pix {
			img.Pix[i] = uint8(i % 85 * step)
		}
		return pngOf(t, img)
	}
	tests := []struct {
		name, reason string
		files        map[string][]byte
		want         string
		low, kept    int
	}{
		{"bytes", "a plain copy", map[string][]byte{"c/b.png": pngOf(t, a), "c/a.png": pngOf(t, a), "d/x.png": pngOf(t, b)}, "c/a.png bytes:c/b.png", 0, 2},
		{"pixels", "the same picture in another format", map[string][]byte{"c/a.png": pngOf(t, a), "c/b.png": append(pngOf(t, a), 0), "d/x.png": pngOf(t, b)}, "c/a.png pixels:c/b.png", 0, 2},
		{"re-encoded", "as every upload does", map[string][]byte{"c/a.png": pngOf(t, a), "c/b.jpg": jpegOf(t, a, 80), "d/x.png": pngOf(t, b)}, "c/a.png dhash:c/b.jpg", 0, 2},
		{"resized", "thumbnails", map[string][]byte{"c/a.png": pngOf(t, a), "c/b.png": pngOf(t, imgset.Resize(a, 60, 45)), "d/x.png": pngOf(t, b)}, "c/a.png dhash:c/b.png", 0, 2},
		{"conflict", "nobody knows which label is right", map[string][]byte{"c/a.png": pngOf(t, a), "d/a.png": pngOf(t, a), "d/x.png": pngOf(t, b), "c/y.png": pngOf(t, scene(3, 90, 90))}, "conflict c/a.png bytes:d/a.png", 0, 2},
		{"blank", "white pages are not one photo", map[string][]byte{"c/a.png": flat(255, 80), "c/b.png": flat(254, 80), "c/c.png": flat(0, 90), "d/x.png": pngOf(t, b)}, "", 3, 4},
		{"two tones", "a border between two tones hashes alike wherever the tones", map[string][]byte{"c/a.png": twoTone(250), "c/b.png": twoTone(90), "d/x.png": pngOf(t, b)}, "", 2, 3},
		{"ramps", "skies", map[string][]byte{"c/a.png": ramp(1), "c/b.png": ramp(3), "d/x.png": pngOf(t, b)}, "", 2, 3},
		{"same blank", "identical content counts even so", map[string][]byte{"c/a.png": flat(255, 80), "c/b.png": flat(255, 80), "d/x.png": pngOf(t, b)}, "c/a.png bytes:c/b.png", 2, 2},
		{"given test side", "it stays as it was given", map[string][]byte{"train/c/a.png": pngOf(t, a), "validation/c/a.png": pngOf(t, a), "test/c/z.png": pngOf(t, a), "train/d/x.png": pngOf(t, b)},
			"test/c/z.png bytes:train/c/a.png bytes:validation/c/a.png", 0, 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := ingest(t, tt.files)
			r := run(t, s, Default())
			if got := brief(r); got != tt.want || r.LowEntropy != tt.low || r.Kept != tt.kept || r.Removed != r.Images-tt.kept || len(s.Kept()) != tt.kept {
				t.Errorf("%s: groups %q, low entropy %d, kept %d (%d in the set); want %q, %d, %d", tt.reason, got, r.LowEntropy, r.Kept, len(s.Kept()), tt.want, tt.low, tt.kept)
			}
			loaded, err := imgset.Load(s.Dir)
			if err != nil || !reflect.DeepEqual(loaded.Images, s.Images) {
				t.Errorf("the manifest on disk is another: %v", err)
			}
			if again, err := Load(s.Dir); err != nil || !reflect.DeepEqual(again, r) {
				t.Errorf("Load gave %+v, %v; want %+v", again, err, r)
			}
		})
	}
}

func TestKeepLargest(t *testing.T) {
	a := scene(1, 120, 90)
	s := ingest(t, map[string][]byte{"c/a.png": pngOf(t, imgset.Resize(a, 60, 45)), "c/b.png": pngOf(t, a), "d/x.png": pngOf(t, scene(2, 50, 50))})
	for keep, want := range map[string]string{KeepFirst: "c/a.png dhash:c/b.png", KeepLargest: "c/b.png dhash:c/a.png"} {
		if got := brief(run(t, s, Options{Distance: 8, Keep: keep})); got != want {
			t.Errorf("keep %s: %q, want %q", keep, got, want)
		}
	}
}

func TestConflictLeavesNoneInUse(t *testing.T) {
	a := pngOf(t, scene(1, 120, 90))
	s := ingest(t, map[string][]byte{"c/1.png": a, "c/2.png": a, "d/3.png": a, "d/x.png": pngOf(t, scene(2, 90, 90))})
	r := run(t, s, Default())
	if r.Conflicts != 1 || r.Conflicted != 3 || len(s.Kept()) != 1 || s.Kept()[0].Path != "d/x.png" {
		t.Errorf("%+v, kept %v", r, s.Kept())
	}
	for _, im := range s.Images[:3] {
		if !im.Conflict {
			t.Errorf("%s is not marked", im.Path)
		}
	}
}

// made is a set without files: hashes are given.
func made(hashes ...bits256) []imgset.Image {
	var images []imgset.Image
	for i, h := range hashes {
		id := fmt.Sprintf("%064x", i+1)
		images = append(images, imgset.Image{Path: fmt.Sprintf("c/%03d", i), SHA256: id, Pixels: id, Class: "c", Width: 1, Height: 1, Hash: h.String()})
	}
	return images
}

// near flips the first n bits of a hash with many changes.
func near(n int) bits256 {
	h := bits256{0x5a5a_a5a5_5a5a_a5a5, 0x1234_ffff_0f0f_3c3c, 0xdead_beef_0bad_f00d, 0x5a5a_a5a5_1e1e_e1e1}
	for i := range n {
		h[i/64] ^= 1 << (63 - i%64)
	}
	return h
}

func TestDistanceIsTransitive(t *testing.T) {
	images := made(near(0), near(3), near(6), near(30))
	for distance, want := range map[int]int{0: 0, 2: 0, 3: 1, 6: 1} {
		sets, err := findCopies(t.Context(), images, distance, nil)
		if err != nil || len(sets) != want || want == 1 && !slices.Equal(sets[0], []int{0, 1, 2}) {
			t.Errorf("distance %d: %v, %v; want %d groups", distance, sets, err, want)
		}
	}
}

func TestReachShrinksWithContent(t *testing.T) {
	stripes := bits256{0xaaaa_aaaa_aaaa_aaaa, 0xaaaa_aaaa_aaaa_aaaa, 0xaaaa_aaaa_aaaa_aaaa, 0xaaaa_aaaa_aaaa_5555} // 16 changes: reach 2
	other := stripes
	other[0] ^= 7 << 61
	sets, err := findCopies(t.Context(), made(stripes, other), 8, nil)
	if err != nil || len(sets) != 0 {
		t.Errorf("3 bits apart with 16 changes: %v, %v; want no match", sets, err)
	}
}

func TestChanges(t *testing.T) {
	tests := []struct {
		name string
		hash bits256
		want int
	}{
		{"blank", bits256{}, 0},
		{"all set", bits256{^uint64(0), ^uint64(0), ^uint64(0), ^uint64(0)}, 0},
		{"rows alike", bits256{0x1234_1234_1234_1234, 0x1234_1234_1234_1234, 0x1234_1234_1234_1234, 0x1234_1234_1234_1234}, 0},
		{"alternating rows", bits256{0xffff_0000_ffff_0000, 0xffff_0000_ffff_0000, 0xffff_0000_ffff_0000, 0xffff_0000_ffff_0000}, 240},
		{"top row only", bits256{0x8000_0000_0000_0000}, 1},
		{"last row only", bits256{0, 0, 0, 3}, 2},
	}
	for _, tt := range tests {
		if got := tt.hash.changes(); got != tt.want {
			t.Errorf("%s: %d changes, want %d", tt.name, got, tt.want)
		}
	}
}

func TestHashMatchesItsDefinition(t *testing.T) {
	img := image.NewNRGBA(image.Rect(0, 0, 17, 16)) // a cell to a pixel: no resize
	r := rand.New(rand.NewPCG(5, 5))
	grey := [16][17]uint8{}
	for y := range 16 {
		for x := range 17 {
			grey[y][x] = uint8(r.UintN(256))
			img.SetNRGBA(x, y, color.NRGBA{grey[y][x], grey[y][x], grey[y][x], 255})
		}
	}
	var want bits256
	for i := range 256 {
		if y, x := i/16, i%16; grey[y][x] < grey[y][x+1] {
			want[i/64] |= 1 << (63 - i%64)
		}
	}
	got, err := dhash(img)
	if err != nil || got != want {
		t.Errorf("got %v, %v; want %v", got, err, want)
	}
	if back, err := parseHash(got.String()); err != nil || back != got {
		t.Errorf("%v reads back as %v, %v", got, back, err)
	}
}

// TestOrderDoesNotMatter shuffles a set with chains and conflicts: the same images must stay together and the same
// number be kept; which is kept follows the manifest order.
func TestOrderDoesNotMatter(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var hashes []bits256
	for i := range 60 {
		hashes = append(hashes, near(2*(i%25)+20*(i/25)))
	}
	groups := func(images []imgset.Image) string {
		sets, err := findCopies(t.Context(), images, 3, nil)
		if err != nil {
			t.Fatal(err)
		}
		res := mark(images, sets, Default())
		var all []string
		for _, g := range res.Groups {
			var paths []string
			first := len(images)
			for _, m := range g.Members {
				paths = append(paths, m.Path)
				first = min(first, slices.IndexFunc(images, func(im imgset.Image) bool { return im.Path == m.Path }))
			}
			if images[first].Path != g.Kept {
				t.Errorf("kept %s, not the first of its group, %s", g.Kept, images[first].Path)
			}
			slices.Sort(paths)
			all = append(all, strings.Join(paths, " "))
		}
		slices.Sort(all)
		return strings.Join(all, "\n")
	}
	images := made(hashes...)
	want := groups(slices.Clone(images))
	if want == "" {
		t.Fatal("no groups to compare")
	}
	for range 20 {
		r.Shuffle(len(images), func(i, j int) { images[i], images[j] = images[j], images[i] })
		if got := groups(slices.Clone(images)); got != want {
			t.Fatalf("shuffled:\n%s\nwant\n%s", got, want)
		}
	}
}

func TestResultOfAnotherState(t *testing.T) {
	a := pngOf(t, scene(1, 120, 90))
	s := ingest(t, map[string][]byte{"c/1.png": a, "c/2.png": a, "d/x.png": pngOf(t, scene(2, 90, 90)), "d/y.png": pngOf(t, scene(3, 90, 90))})
	r := run(t, s, Default())
	if !r.Fits(s) {
		t.Error("the result of this very set does not fit it")
	}
	for name, change := range map[string]func(images []imgset.Image) []imgset.Image{
		"ingested again": func(images []imgset.Image) []imgset.Image { images[1].DuplicateOf = ""; return images },
		"fewer photos":   func(images []imgset.Image) []imgset.Image { return images[:3] },
		"other copy": func(images []imgset.Image) []imgset.Image {
			images[1].DuplicateOf, images[2].DuplicateOf = "", "d/y.png"
			return images
		},
		"now a conflict": func(images []imgset.Image) []imgset.Image { images[0].Conflict = true; return images },
	} {
		other := *s
		other.Images = change(slices.Clone(s.Images))
		if r.Fits(&other) {
			t.Errorf("%s: the result is of another state, and fits", name)
		}
	}
}

func TestRunAgainReusesHashes(t *testing.T) {
	s := ingest(t, map[string][]byte{"c/a.png": pngOf(t, scene(1, 90, 90)), "d/x.png": pngOf(t, scene(2, 90, 90))})
	first := run(t, s, Default())
	if err := os.RemoveAll(s.Root); err != nil {
		t.Fatal(err)
	}
	if again := run(t, s, Default()); !reflect.DeepEqual(again, first) {
		t.Errorf("%+v, then %+v", first, again)
	}
}

func TestRunRefuses(t *testing.T) {
	s := ingest(t, map[string][]byte{"c/a.png": pngOf(t, scene(1, 90, 90)), "d/x.png": pngOf(t, scene(2, 90, 90))})
	for _, o := range []Options{{Distance: -1, Keep: KeepFirst}, {Distance: 65, Keep: KeepFirst}, {Keep: "best"}} {
		if _, err := Run(t.Context(), s, o, nil); err == nil {
			t.Errorf("%+v: no error", o)
		}
	}
	if _, err := Load(s.Dir); err == nil || !strings.Contains(err.Error(), "imagelab dedup") {
		t.Errorf("Load before Run: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Run(ctx, s, Default(), nil); err == nil {
		t.Error("a stopped run gave no error")
	}
	if err := os.WriteFile(filepath.Join(s.Root, "c", "a.png"), []byte("gone bad"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Run(t.Context(), s, Default(), nil); err == nil || !strings.Contains(err.Error(), "imagelab ingest") {
		t.Errorf("a photo that changed: %v", err)
	}
}
