package dedup

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"imagelab/lib/dataset"
	"imagelab/lib/internal/dhash"
)

// made is a set without files: fingerprints are given.
func made(prints ...dhash.Fingerprint) []dataset.Image {
	var images []dataset.Image
	for i, f := range prints {
		id := fmt.Sprintf("%064x", i+1)
		images = append(images, dataset.Image{
			Path: fmt.Sprintf("c/%05d", i), SHA256: id, Pixels: id, Class: "c", Width: 1, Height: 1, Hash: f.String(),
		})
	}
	return images
}

// near flips the first n bits of a hash with many changes.
func near(n int) dhash.Fingerprint {
	f := dhash.Fingerprint{Hash: dhash.Hash{0x5a5a_a5a5_5a5a_a5a5, 0x1234_ffff_0f0f_3c3c, 0xdead_beef_0bad_f00d, 0x5a5a_a5a5_1e1e_e1e1}}
	for i := range n {
		f.Hash[i/64] ^= 1 << (63 - i%64)
	}
	return f
}

func mustFind(t *testing.T, images []dataset.Image, distance int) [][]int {
	t.Helper()
	sets, err := findCopies(t.Context(), images, Options{Distance: distance, Keep: KeepFirst}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return sets
}

func TestGroupsEndAtTheDistance(t *testing.T) {
	images := made(near(0), near(3), near(6), near(30), near(9))
	for distance, want := range map[int]string{0: "[]", 2: "[]", 3: "[[0 1] [2 4]]", 6: "[[0 1 2]]", 9: "[[0 1 2 4]]"} {
		if got := fmt.Sprint(mustFind(t, images, distance)); got != want {
			t.Errorf("distance %d: %s, want %s", distance, got, want)
		}
	}
}

// TestChain has 3,000 photos, each a bit from the one before: what is left out is near what is
// kept, and no two that are kept are near one another. As one group of copies of copies, 1 of 3,000
// would be kept.
func TestChain(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	f := near(0)
	var prints []dhash.Fingerprint
	for range 3000 {
		bit := r.IntN(512)
		f.Hash[bit/64] ^= 1 << (bit % 64)
		prints = append(prints, f)
	}
	images := made(prints...)
	const distance = 16
	res := mark(images, mustFind(t, images, distance), Options{Distance: distance, Keep: KeepFirst})
	for _, g := range res.Groups {
		for _, m := range g.Members {
			if m.Distance > distance {
				t.Fatalf("%s is left out for %s, which is %d away", m.Path, g.Kept, m.Distance)
			}
		}
	}
	var kept []dataset.Image
	for _, im := range images {
		if im.Used() {
			kept = append(kept, im)
		}
	}
	pairs, err := Pairs(kept, distance)
	if err != nil || len(pairs) > 0 || len(kept) < 100 {
		t.Errorf("%d kept of %d, %d pairs of them near, %v", len(kept), len(images), len(pairs), err)
	}
}

// TestOrderDoesNotMatter shuffles a set of separate groups: the same images must stay together and
// the same number be kept; which is kept follows the manifest order.
func TestOrderDoesNotMatter(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var prints []dhash.Fingerprint
	for i := range 60 {
		f := near(i % 3)
		f.Hash[3] ^= uint64(i/6) * 0x0101_0101_0101_0101
		f.Hash[2] ^= uint64(i/6) * 0x1010_1010_1010_1010
		prints = append(prints, f)
	}
	groups := func(images []dataset.Image) string {
		res := mark(images, mustFind(t, images, 3), Default())
		var all []string
		for _, g := range res.Groups {
			var paths []string
			first := len(images)
			for _, m := range g.Members {
				paths = append(paths, m.Path)
				first = min(first, slices.IndexFunc(images, func(im dataset.Image) bool { return im.Path == m.Path }))
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
	images := made(prints...)
	want := groups(slices.Clone(images))
	if strings.Count(want, "\n") < 5 {
		t.Fatalf("too few groups to compare: %s", want)
	}
	for range 20 {
		r.Shuffle(len(images), func(i, j int) { images[i], images[j] = images[j], images[i] })
		if got := groups(slices.Clone(images)); got != want {
			t.Fatalf("shuffled:\n%s\nwant\n%s", got, want)
		}
	}
}

// TestDecidedPhotosAreKept: a photo that people excluded is never kept in place of one that they did
// not, whatever else speaks for it, and one that they chose is kept.
func TestDecidedPhotosAreKept(t *testing.T) {
	tests := []struct {
		name, reason string
		change       func(images []dataset.Image)
		kept         int // of three copies
	}{
		{"nothing", "the first", func([]dataset.Image) {}, 0},
		{"first excluded", "the next one", func(im []dataset.Image) { im[0].Excluded = "blurred" }, 1},
		{"all but one excluded", "it alone is used", func(im []dataset.Image) { im[0].Excluded, im[1].Excluded = "x", "x" }, 2},
		{"test photo excluded", "a side is no reason to keep it", func(im []dataset.Image) {
			im[1].Excluded, im[1].Split, im[1].Width = "x", dataset.Test, 90
		}, 0},
		{"chosen", "people know better", func(im []dataset.Image) { im[2].Chosen = true }, 2},
		{"chosen and excluded", "what is excluded is not kept", func(im []dataset.Image) { im[2].Chosen, im[2].Excluded = true, "x" }, 0},
		{"excluded under another label", "it is no conflict", func(im []dataset.Image) { im[1].Excluded, im[1].Class = "x", "d" }, 0},
	}
	for _, tt := range tests {
		for _, keep := range []string{KeepFirst, KeepLargest} {
			images := made(near(0), near(0), near(0))
			tt.change(images)
			r := mark(images, [][]int{{0, 1, 2}}, Options{Keep: keep})
			for i, im := range images {
				if im.Used() != (i == tt.kept) {
					t.Errorf("%s, keep %s: %s: photo %d is used: %v", tt.name, keep, tt.reason, i, im.Used())
				}
			}
			if r.Kept != 1 || r.Removed != 2 || r.Excluded != dataset.Excluded(images) {
				t.Errorf("%s: %+v", tt.name, r)
			}
		}
	}
}
