package dedup

import (
	"context"
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
	f := dhash.Fingerprint{Hash: dhash.Hash{0x5a5a_a5a5_5a5a_a5a5, 0x1234_ffff_0f0f_3c3c, 0xdead_beef_0bad_f00d,
		0x5a5a_a5a5_1e1e_e1e1}}
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
	return several(sets)
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
	res := mark(images, mustFind(t, images, distance), Options{Distance: distance, Keep: KeepFirst}, nil)
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
		res := mark(images, mustFind(t, images, 3), Default(), nil)
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

// TestDecidedPhotosAreKept: a photo that people excluded is never kept in place of one that they
// did not, whatever else speaks for it, and one that they chose is kept.
func TestDecidedPhotosAreKept(t *testing.T) {
	tests := []struct {
		name, reason string
		change       func(images []dataset.Image)
		kept         int // of three copies
	}{
		{"nothing", "the first", func([]dataset.Image) {}, 0},
		{"first excluded", "the next one", func(im []dataset.Image) { im[0].Excluded = "blurred" }, 1},
		{"all but one excluded", "it alone is used",
			func(im []dataset.Image) { im[0].Excluded, im[1].Excluded = "x", "x" }, 2},
		{"test photo excluded", "a side is no reason to keep it", func(im []dataset.Image) {
			im[1].Excluded, im[1].Split, im[1].Width = "x", dataset.Test, 90
		}, 0},
		{"chosen", "people know better", func(im []dataset.Image) { im[2].Chosen = true }, 2},
		{"chosen and excluded", "what is excluded is not kept",
			func(im []dataset.Image) { im[2].Chosen, im[2].Excluded = true, "x" }, 0},
		{"excluded under another label", "it is no conflict",
			func(im []dataset.Image) { im[1].Excluded, im[1].Class = "x", "d" }, 0},
	}
	for _, tt := range tests {
		for _, keep := range []string{KeepFirst, KeepLargest} {
			images := made(near(0), near(0), near(0))
			tt.change(images)
			o := Options{Distance: 16, Keep: keep}
			sets, err := findCopies(t.Context(), images, o, nil)
			if err != nil {
				t.Fatal(err)
			}
			r := mark(images, several(sets), o, nil)
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

// TestGreyPhotoBetweenColours: a grey photo matches a red and a blue one, which are no copies of
// each other. All are there, no two that are kept are near, and the groups say how they hold.
func TestGreyPhotoBetweenColours(t *testing.T) {
	coloured := func(cb, cr uint8) dhash.Fingerprint {
		f := near(0)
		for i := range f.Cells {
			f.Cells[i] = [3]uint8{100, cb, cr}
		}
		return f
	}
	grey, red, blue := coloured(128, 128), coloured(100, 220), coloured(220, 100)
	for name, prints := range map[string][]dhash.Fingerprint{
		"grey first": {grey, red, blue, red}, "grey last": {red, blue, grey}, "grey between": {blue, grey, red, grey, red},
	} {
		images := made(prints...)
		r := mark(images, mustFind(t, images, 16), Default(), nil)
		if r.Kept != 2 {
			t.Errorf("%s: %d kept, want a red and a blue one: %+v", name, r.Kept, r.Groups)
		}
		kept := slices.DeleteFunc(slices.Clone(images), func(im dataset.Image) bool { return !im.Used() })
		if pairs, err := Pairs(kept, 16); err != nil || len(pairs) > 0 {
			t.Errorf("%s: kept photos are near each other: %v, %v", name, pairs, err)
		}
		for _, g := range r.Groups {
			if g.Weakest.Distance > 16 != g.SingleLink {
				t.Errorf("%s: weakest pair %+v, single link %v", name, g.Weakest, g.SingleLink)
			}
		}
	}
}

// TestWeakestPair: of a chain that its middle holds together, the ends are the weakest pair; counts
// are of photos, however many pairs they make.
func TestWeakestPair(t *testing.T) {
	for _, n := range []int{0, 500} {
		prints := []dhash.Fingerprint{near(8), near(0), near(18)}
		for range n {
			prints = append(prints, near(8))
		}
		images := made(prints...)
		r := mark(images, mustFind(t, images, 16), Default(), nil)
		if len(r.Groups) != 1 || r.Removed != 2+n {
			t.Fatalf("%d left out in %d groups", r.Removed, len(r.Groups))
		}
		if g := r.Groups[0]; !g.SingleLink || g.Weakest != (Weak{"c/00001", "c/00002", 18}) {
			t.Errorf("%d more copies: single link %v, weakest %+v", n, g.SingleLink, g.Weakest)
		}
	}
}

// TestNearJoinsGroups: copies by features join the group of the earliest of them, with the copies
// that they have themselves.
func TestNearJoinsGroups(t *testing.T) {
	f := func(k int) dhash.Fingerprint {
		p := near(0)
		p.Hash[4] ^= uint64(k) * 0x1111_1111_0f0f_0f0f
		p.Hash[5] ^= uint64(k) * 0x00ff_00ff_5555_5555
		return p
	}
	images := made(f(1), f(2), f(2), f(3), f(4)) // 1 and 2 are alike
	find := func(_ context.Context, given []dataset.Image) (Near, error) {
		if len(given) != 4 {
			t.Errorf("%d photos are compared by features, want those that are kept", len(given))
		}
		return Near{Pairs: []NearPair{{A: 0, B: 1, Agreement: 0.9}, {A: 1, B: 2, Agreement: 0.8}}}, nil
	}
	o := Options{Distance: 16, Keep: KeepFirst, Tiers: "bytes,hash,embedding"}
	r, err := search(t.Context(), images, o, find, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := brief(r); !strings.Contains(got, "c/00000") || r.Kept != 3 {
		t.Errorf("%d kept, %s", r.Kept, got)
	}
	if len(r.Groups) != 1 || len(r.Groups[0].Members) != 3 {
		t.Fatalf("%+v", r.Groups)
	}
	for i, want := range []string{KindBytes, KindEmbedding, KindLinked} {
		if m := r.Groups[0].Members[i]; m.Kind != want {
			t.Errorf("member %d is %q, want %q", i, m.Kind, want)
		}
	}
	if !r.Groups[0].SingleLink || len(r.Near) != 2 || r.Near[1].A != "c/00001" || r.Near[1].B != "c/00003" {
		t.Errorf("single link %v, near %+v", r.Groups[0].SingleLink, r.Near)
	}

	images[0].Apart, images[1].Apart = []string{"people said so"}, []string{"people said so"}
	if r, err = search(t.Context(), images, o, find, nil); err != nil {
		t.Fatal(err)
	}
	if len(r.Groups) != 1 || r.Groups[0].Kept != "c/00001" || len(r.Groups[0].Members) != 3 || len(r.Near) != 1 {
		t.Errorf("the first two are no copies, but groups are %+v and near %+v", r.Groups, r.Near)
	}
}

func TestParseTiers(t *testing.T) {
	for _, tt := range []struct{ text, want, reason string }{
		{"bytes,pixels,hash", "", "the default is stored as nothing, so that older programs read it"},
		{"hash, bytes", "bytes,hash", "in order, spaces do not count"},
		{"bytes,pixels,hash,embedding", "bytes,pixels,hash,embedding", "all"},
		{"bytes", "bytes", "one"},
		{"hash", "error", "the same file is always a copy"},
		{"bytes,dhash", "error", "no such tier"},
		{"", "error", "no such tier"},
	} {
		got, err := ParseTiers(tt.text)
		if err != nil {
			got = "error"
		}
		if got != tt.want {
			t.Errorf("%q: %s, want %s: %s", tt.text, got, tt.want, tt.reason)
		}
	}
}

// TestTenThousandCopies: the time is in proportion to the photos, not to their pairs, of which
// there are 50 million: these would take half an hour.
func TestTenThousandCopies(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	var prints []dhash.Fingerprint
	for range 10_000 {
		f := near(0)
		for range 7 {
			bit := r.IntN(512)
			f.Hash[bit/64] ^= 1 << (bit % 64)
		}
		prints = append(prints, f)
	}
	images := made(prints...)
	res, err := search(t.Context(), images, Default(), nil, nil)
	if err != nil || len(res.Groups) != 1 || res.Removed != 9999 {
		t.Fatalf("%d left out in %d groups, %v", res.Removed, len(res.Groups), err)
	}
	if w := res.Groups[0].Weakest.Distance; w <= 7 || w > 32 {
		t.Errorf("the weakest pair is %d apart", w)
	}
	units, err := Units(t.Context(), images, 16)
	if err != nil {
		t.Fatal(err)
	}
	for i, of := range units {
		if of != 0 {
			t.Fatalf("photo %d is of unit %d", i, of)
		}
	}
}
