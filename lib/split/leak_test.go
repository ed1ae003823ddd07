package split

import (
	"context"
	"errors"
	"strings"
	"testing"

	"imagelab/lib/dataset"
	"imagelab/lib/dedup"
	"imagelab/lib/internal/dhash"
	"imagelab/lib/photo"
)

func mirrored(t *testing.T, hash string) string {
	t.Helper()
	f, err := dhash.Parse(hash)
	if err != nil {
		t.Fatal(err)
	}
	return f.Mirrored().String()
}

// TestGateObeysDedup: what a person told dedup to keep passes the gate.
func TestGateObeysDedup(t *testing.T) {
	s := set(t, map[string]int{"a": 2, "b": 2})
	for i := range s.Images {
		s.Images[i].Split = dataset.Train
	}
	s.Images[3].Split, s.Images[3].Hash = dataset.Test, printOf(s.Images[0].Path, 5)
	for _, distance := range []int{0, 4} {
		if _, err := dedup.Run(t.Context(), s, dedup.Options{Distance: distance, Keep: dedup.KeepFirst}, nil); err != nil {
			t.Fatal(err)
		}
		if err := Gate(s); err != nil {
			t.Errorf("kept at distance %d: %v", distance, err)
		}
	}
	s.Images[1].SHA256 = id("a photo that dedup has not seen")
	if got := len(Leaks(s)); got != 1 {
		t.Errorf("a set that dedup has not seen: %d leaks, want 1", got)
	}
}

// TestGateBelievesPeople: photos that people call no copies may stand on two sides.
func TestGateBelievesPeople(t *testing.T) {
	s := set(t, map[string]int{"a": 3, "b": 2})
	for i := range s.Images {
		s.Images[i].Split = dataset.Train
	}
	s.Images[3].Split, s.Images[3].Hash = dataset.Test, printOf(s.Images[0].Path, 5)
	s.Images[1].Hash = printOf(s.Images[0].Path, 4)
	s.Images[0].Apart, s.Images[3].Apart = []string{"x", "y"}, []string{"y"}
	if got := Leaks(s); len(got) != 1 || got[0].Members[0].Path != s.Images[1].Path {
		t.Errorf("%+v, want the pair of which nobody said that it is none", got)
	}
	s.Images[1].Apart = []string{"y"}
	if got := Leaks(s); len(got) != 0 {
		t.Errorf("called no copies: %+v", got)
	}
	s.Images[4].Split, s.Images[4].Hash = dataset.Test, printOf(s.Images[2].Path, 5) // beside a photo that stands for
	s.Images[0].DuplicateOf, s.Images[0].Apart = s.Images[2].Path, []string{"z"}     // one of which people said so
	if got := Leaks(s); len(got) != 1 {
		t.Errorf("of another photo nothing was said: %+v", got)
	}
	s.Images[4].Apart = []string{"z"}
	if got := Leaks(s); len(got) != 0 {
		t.Errorf("no copy of what the kept photo stands for: %+v", got)
	}
}

// TestGateKnowsCopiesByFeatures: a copy that only features show may not stand on another side than
// its photo, and photos that came after the comparison are to be compared first.
func TestGateKnowsCopiesByFeatures(t *testing.T) {
	s := set(t, map[string]int{"a": 2, "b": 2})
	for i := range s.Images {
		s.Images[i].Split = dataset.Train
	}
	s.Images[2].Split = dataset.Test
	s.Images[2].Class, s.Images[3].Class = "a", "a"
	find := func(context.Context, []dataset.Image) (dedup.Near, error) { // in order of preference: the test photo first
		return dedup.Near{Pairs: []dedup.NearPair{{A: 0, B: 1, Agreement: 0.9}, {A: 1, B: 2, Agreement: 0.8}}}, nil
	}
	o := dedup.Options{Keep: dedup.KeepFirst, Tiers: "bytes,embedding"}
	if _, err := dedup.RunWith(t.Context(), s, o, find, nil); err != nil {
		t.Fatal(err)
	}
	first, copied := &s.Images[2], &s.Images[0] // and Images[1] is linked to the copy alone
	if copied.DuplicateOf != first.Path || !s.Images[1].Used() {
		t.Fatalf("%+v", s.Images)
	}
	if err := Gate(s); err != nil {
		t.Errorf("after dedup: %v", err)
	}
	// a person excludes the test photo, so that its copy takes its place, also on its side
	first.Excluded, first.DuplicateOf, copied.DuplicateOf, copied.Split = "blurred", copied.Path, "", dataset.Test
	var leak *LeakError
	if err := Gate(s); !errors.As(err, &leak) || len(leak.Leaks) != 1 || leak.Leaks[0].Kind != LeakEmbedding {
		t.Errorf("a copy by features stands on two sides: %v", err)
	}
	copied.Split = dataset.Train
	s.Images[3].SHA256 = id("a photo that dedup has not seen")
	if err := Gate(s); err == nil || !strings.Contains(err.Error(), "dedup") {
		t.Errorf("a photo that was not compared by features: %v", err)
	}
}

func TestLeaks(t *testing.T) {
	tests := []struct {
		name, reason string
		change       func(a, b *dataset.Image)
		kind         string
	}{
		{"none", "different photos", func(a, b *dataset.Image) {}, ""},
		{"bytes", "told once, though pixels and hash are the same too", func(a, b *dataset.Image) {
			b.SHA256,
				b.Pixels, b.Hash = a.SHA256, a.Pixels, a.Hash
		}, LeakBytes},
		{"pixels", "another format", func(a, b *dataset.Image) { b.Pixels = a.Pixels }, LeakPixels},
		{"dhash", "resized", func(a, b *dataset.Image) { b.Hash = a.Hash }, LeakHash},
		{"near", "encoded anew", func(a, b *dataset.Image) { b.Hash = printOf(a.Path, 16) }, LeakHash},
		{"mirrored", "training mirrors photos",
			func(a, b *dataset.Image) { b.Hash = mirrored(t, printOf(a.Path, 9)) }, LeakHash},
		{"not near", "another photo", func(a, b *dataset.Image) { b.Hash = printOf(a.Path, 17) }, ""},
		{"blank", "hashes of blank images mean nothing", func(a, b *dataset.Image) {
			b.Hash, b.Flags = a.Hash,
				[]string{photo.FlagLowEntropy}
		}, ""},
		{"no hashes", "of an older version; Prepare takes them first",
			func(a, b *dataset.Image) { a.Hash, b.Hash = "", "" }, ""},
		{"group", "a burst", func(a, b *dataset.Image) { a.Group, b.Group = "g", "g" }, LeakGroup},
		{"left out", "a duplicate is not used", func(a, b *dataset.Image) { b.SHA256, b.DuplicateOf = a.SHA256, a.Path }, ""},
		{"conflict", "not used either", func(a, b *dataset.Image) { b.SHA256, b.Conflict = a.SHA256, true }, ""},
		{"no side", "not used either", func(a, b *dataset.Image) { b.SHA256, b.Split = a.SHA256, "" }, ""},
		{"same side", "no harm to the measure", func(a, b *dataset.Image) {
			b.SHA256, b.Split = a.SHA256,
				dataset.Train
		}, ""},
	}
	for _, side := range []string{dataset.Val, dataset.Test} {
		for _, tt := range tests {
			s := set(t, map[string]int{"a": 2, "b": 2})
			for i := range s.Images {
				s.Images[i].Split = dataset.Train
			}
			s.Images[3].Split = side
			tt.change(&s.Images[0], &s.Images[3])
			leaks := Leaks(s)
			if tt.kind == "" && len(leaks) > 0 || tt.kind != "" && (len(leaks) != 1 || leaks[0].Kind != tt.kind) {
				t.Errorf("%s (%s): %+v, want kind %q", tt.name, tt.reason, leaks, tt.kind)
			}
			err := Gate(s)
			var leak *LeakError
			if (tt.kind != "") != errors.As(err, &leak) {
				t.Errorf("%s: gate says %v", tt.name, err)
			}
			if tt.kind != "" && !strings.Contains(err.Error(), "a/000.jpg") || tt.kind != "" &&
				!strings.Contains(err.Error(), "b/001.jpg") {
				t.Errorf("%s: the offenders are not named: %v", tt.name, err)
			}
		}
	}
}

func TestGateListsTwentyAndCounts(t *testing.T) {
	s := set(t, map[string]int{"a": 30, "b": 30})
	for i := range 30 {
		s.Images[i].Split, s.Images[30+i].Split = dataset.Train, dataset.Test
		s.Images[30+i].SHA256 = s.Images[i].SHA256
	}
	err := Gate(s)
	if err == nil || strings.Count(err.Error(), "same bytes") != 20 ||
		!strings.Contains(err.Error(), "and 10 more") || !strings.Contains(err.Error(), "30 photos") {
		t.Errorf("%v", err)
	}
	for i := range s.Images {
		s.Images[i].Split = ""
	}
	if err := Gate(s); err == nil || !strings.Contains(err.Error(), "split.Run") {
		t.Errorf("no split: %v", err)
	}
}
