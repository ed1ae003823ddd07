package dedup

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"imagelab/lib/dhash"
	"imagelab/lib/imgset"
)

// made is a set without files: hashes are given.
func made(hashes ...dhash.Hash) []imgset.Image {
	var images []imgset.Image
	for i, h := range hashes {
		id := fmt.Sprintf("%064x", i+1)
		images = append(images, imgset.Image{Path: fmt.Sprintf("c/%03d", i), SHA256: id, Pixels: id, Class: "c", Width: 1, Height: 1, Hash: h.String()})
	}
	return images
}

// near flips the first n bits of a hash with many changes.
func near(n int) dhash.Hash {
	h := dhash.Hash{0x5a5a_a5a5_5a5a_a5a5, 0x1234_ffff_0f0f_3c3c, 0xdead_beef_0bad_f00d, 0x5a5a_a5a5_1e1e_e1e1}
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
	stripes := dhash.Hash{0xaaaa_aaaa_aaaa_aaaa, 0xaaaa_aaaa_aaaa_aaaa, 0xaaaa_aaaa_aaaa_aaaa, 0xaaaa_aaaa_aaaa_5555} // 16 changes: reach 2
	other := stripes
	other[0] ^= 7 << 61
	sets, err := findCopies(t.Context(), made(stripes, other), 8, nil)
	if err != nil || len(sets) != 0 {
		t.Errorf("3 bits apart with 16 changes: %v, %v; want no match", sets, err)
	}
}

// TestOrderDoesNotMatter shuffles a set with chains and conflicts: the same images must stay together and the same
// number be kept; which is kept follows the manifest order.
func TestOrderDoesNotMatter(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var hashes []dhash.Hash
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
