package split

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"imagelab/lib/dataset"
	"imagelab/lib/internal/dhash"
)

func id(name string) string {
	sum := sha256.Sum256([]byte(name))
	return hex.EncodeToString(sum[:])
}

// printOf is the fingerprint of a made-up photo, far from those of all others, with flips bits of
// its hash flipped.
func printOf(name string, flips int) string {
	r := rand.New(rand.NewChaCha8(sha256.Sum256([]byte(name))))
	var f dhash.Fingerprint
	for i := range f.Hash {
		f.Hash[i] = r.Uint64()
	}
	for i := range flips {
		f.Hash[i/64] ^= 1 << (i % 64)
	}
	return f.String()
}

func img(path, class string) dataset.Image {
	return dataset.Image{Path: path, SHA256: id(path), Pixels: id("pixels " + path), Hash: printOf(path, 0),
		Class: class, Width: 1, Height: 1}
}

// set makes a set of n images of each class: class/000.jpg and so on.
func set(t testing.TB, counts map[string]int) *dataset.Set {
	t.Helper()
	s := &dataset.Set{Dir: t.TempDir(), Root: "/photos", Source: dataset.SourceClasses}
	for _, class := range slices.Sorted(maps.Keys(counts)) {
		for i := range counts[class] {
			s.Images = append(s.Images, img(fmt.Sprintf("%s/%03d.jpg", class, i), class))
		}
	}
	return s
}

func mustRun(t testing.TB, s *dataset.Set, o Options) Summary {
	t.Helper()
	sum, err := Run(s, o)
	if err != nil {
		t.Fatal(err)
	}
	return sum
}

// sidesOf maps content to side, so that sets in another order or with other paths can be compared.
func sidesOf(s *dataset.Set) map[string]string {
	out := map[string]string{}
	for _, im := range s.Images {
		out[im.SHA256] = im.Split
	}
	return out
}

func TestSharesAreExactWithoutGroups(t *testing.T) {
	counts := map[string]int{"a": 100, "b": 60, "c": 20, "d": 3}
	s := set(t, counts)
	sum := mustRun(t, s, Default())
	want := map[string]map[string]int{
		"a": {"train": 65, "val": 15, "test": 20}, "b": {"train": 39, "val": 9, "test": 12},
		"c": {"train": 13, "val": 3, "test": 4}, "d": {"train": 1, "val": 1, "test": 1},
	}
	for class := range want {
		if !maps.Equal(sum.PerClass[class], want[class]) {
			t.Errorf("class %s: %v, want %v", class, sum.PerClass[class], want[class])
		}
	}
	if n := len(s.InSplit("train")) + len(s.InSplit("val")) + len(s.InSplit("test")); n != len(s.Images) {
		t.Errorf("%d of %d images have a side", n, len(s.Images))
	}
	loaded, err := dataset.Load(s.Dir)
	if err != nil || loaded.SplitDigest() != sum.Digest {
		t.Errorf("the saved manifest has another split: %v", err)
	}
	none := mustRun(t, set(t, counts), Options{Test: 0.25, Seed: 1})
	if none.Sides["val"] != 0 || none.PerClass["a"]["test"] != 25 {
		t.Errorf("without val: %v", none.Sides)
	}
}

func TestSeedAndOrder(t *testing.T) {
	counts := map[string]int{"a": 40, "b": 30}
	first := set(t, counts)
	mustRun(t, first, Default())
	want := sidesOf(first)
	shuffled := set(t, counts)
	rand.New(rand.NewPCG(3, 4)).Shuffle(len(shuffled.Images), func(i, j int) {
		shuffled.Images[i], shuffled.Images[j] = shuffled.Images[j], shuffled.Images[i]
	})
	mustRun(t, shuffled, Default())
	if !maps.Equal(sidesOf(shuffled), want) {
		t.Error("another order of the same photos gave another split")
	}
	renamed := set(t, counts)
	for i := range renamed.Images {
		renamed.Images[i].Path = fmt.Sprintf("x%d.jpg", 1000-i)
	}
	mustRun(t, renamed, Default())
	if !maps.Equal(sidesOf(renamed), want) {
		t.Error("other names of the same photos gave another split")
	}
	other, o := set(t, counts), Default()
	o.Seed = 2
	mustRun(t, other, o)
	if maps.Equal(sidesOf(other), want) {
		t.Error("another seed gave the same split")
	}
}

// TestProperties splits random grouped sets: each used image once on one side, no group on two,
// shares near, and no leak.
func TestProperties(t *testing.T) {
	for seed := range uint64(30) {
		r := rand.New(rand.NewPCG(seed, 9))
		s := set(t, map[string]int{"a": 80 + r.IntN(80), "b": 80 + r.IntN(80), "c": 60 + r.IntN(40)})
		for i := range s.Images {
			if r.IntN(3) > 0 { // groups across classes, of one to about eight images
				s.Images[i].GroupColumn = fmt.Sprint("g", r.IntN(60))
			}
			if r.IntN(20) == 0 {
				s.Images[i].DuplicateOf = s.Images[0].Path
			}
		}
		s.Images[0].DuplicateOf = ""
		o := Default()
		o.Seed = seed
		sum := mustRun(t, s, o)
		side := map[string]string{}
		for _, im := range s.Images {
			if im.Used() != (im.Split != "") {
				t.Fatalf("seed %d: %+v", seed, im)
			}
			if !im.Used() || im.Group == "" {
				continue
			}
			if was, ok := side[im.Group]; ok && was != im.Split {
				t.Fatalf("seed %d: group %s on %s and %s", seed, im.Group, was, im.Split)
			}
			side[im.Group] = im.Split
		}
		for class, n := range sum.PerClass {
			total := float64(n["train"] + n["val"] + n["test"])
			if math.Abs(float64(n["test"])/total-0.20) > 0.06 || math.Abs(float64(n["val"])/total-0.15) > 0.06 {
				t.Errorf("seed %d: class %s got %v", seed, class, n)
			}
		}
		if err := Gate(s); err != nil {
			t.Errorf("seed %d: %v", seed, err)
		}
	}
}

func TestGroupRules(t *testing.T) {
	s := set(t, map[string]int{"a": 30, "b": 30})
	for i := range s.Images {
		s.Images[i].GroupColumn = fmt.Sprint("shoot ", i/4)
	}
	tests := []struct {
		name, reason string
		change       func(o *Options)
		want         func(i int) string
	}{
		{"column", "the CSV's column is honoured by default", func(*Options) {},
			func(i int) string { return fmt.Sprint("shoot ", i/4) }},
		{"none", "switched off", func(o *Options) { o.GroupColumn = false }, func(int) string { return "" }},
		{"pattern", "the first submatch of the path", func(o *Options) { o.GroupPattern = `/(\d\d)\d\.jpg$` },
			func(i int) string { return fmt.Sprintf("%02d", i%30/10) }},
		{"run", "seven neighbours, ending with the folder", func(o *Options) { o.GroupRun = 7 },
			func(i int) string { return "run of " + s.Images[i/30*30+i%30/7*7].Path }},
		{"column again", "another rule in between does not lose the column", func(*Options) {},
			func(i int) string { return fmt.Sprint("shoot ", i/4) }},
	}
	for _, tt := range tests {
		o := Default()
		o.Redo = true
		tt.change(&o)
		mustRun(t, s, o)
		for i, im := range s.Images {
			if im.Group != tt.want(i) {
				t.Fatalf("%s (%s): image %d has group %q, want %q", tt.name, tt.reason, i, im.Group, tt.want(i))
			}
		}
		if err := Gate(s); err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

func TestRefuses(t *testing.T) {
	good := map[string]int{"a": 10, "b": 10}
	with := func(change func(*Options)) Options { o := Default(); change(&o); return o }
	tests := []struct {
		name, reason string
		set          *dataset.Set
		o            Options
		want         []string
	}{
		{"one class", "nothing to tell apart", set(t, map[string]int{"a": 9}), Default(), []string{"one class only (a)"}},
		{"a class with one image", "no side but train could have it", set(t, map[string]int{"a": 9, "b": 1}),
			Default(), []string{`"b" has 1, 2 missing`, "add images"}},
		{"two small classes", "all are told", set(t, map[string]int{"a": 2, "b": 1, "c": 30}), Default(),
			[]string{`"a" has 2, 1 missing; "b" has 1, 2 missing`}},
		{"no labels", "there is nothing to learn", set(t, map[string]int{"": 5, "a": 5}), Default(),
			[]string{"5 of 10 images have no class"}},
		{"one group", "it cannot be on three sides", set(t, good), with(func(o *Options) { o.GroupPattern = `^(.)` }),
			[]string{`"a" has 10, 2 missing`, "images of one group count once"}},
		{"no match", "a pattern that finds nothing is a mistake", set(t, good),
			with(func(o *Options) { o.GroupPattern = `(xyz)` }), []string{"matches no path", "a/000.jpg"}},
		{"no submatch", "which part is the group", set(t, good), with(func(o *Options) { o.GroupPattern = `xyz` }),
			[]string{"round brackets"}},
		{"bad pattern", "a typing error", set(t, good), with(func(o *Options) { o.GroupPattern = `(` }),
			[]string{"group pattern"}},
		{"two rules", "which", set(t, good), with(func(o *Options) { o.GroupPattern, o.GroupRun = `(.)`, 3 }),
			[]string{"not both"}},
		{"nothing to train on", "a typing error", set(t, good), with(func(o *Options) { o.Val, o.Test = 0.5, 0.5 }),
			[]string{"leave something"}},
		{"no list", "the file is not there", set(t, good), with(func(o *Options) { o.FixedTest = "/none" }),
			[]string{"test ids"}},
		{"in memory", "nowhere to save it", &dataset.Set{Images: set(t, good).Images}, Default(), []string{"dataset.Ingest"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			before := slices.Clone(tt.set.Images)
			_, err := Run(tt.set, tt.o)
			for _, want := range tt.want {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("%s: error %v, want %q", tt.reason, err, want)
				}
			}
			if !slices.EqualFunc(before, tt.set.Images, func(a, b dataset.Image) bool {
				return a.Split == b.Split && a.Group == b.Group
			}) {
				t.Error("the set was changed")
			}
		})
	}
}
