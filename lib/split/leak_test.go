package split

import (
	"errors"
	"strings"
	"testing"

	"imagelab/lib/imgset"
)

func TestLeaks(t *testing.T) {
	tests := []struct {
		name, reason string
		change       func(a, b *imgset.Image)
		kind         string
	}{
		{"none", "different photos", func(a, b *imgset.Image) {}, ""},
		{"bytes", "told once, though pixels and hash are the same too", func(a, b *imgset.Image) { b.SHA256, b.Pixels, b.Hash = a.SHA256, a.Pixels, a.Hash }, LeakBytes},
		{"pixels", "another format", func(a, b *imgset.Image) { b.Pixels = a.Pixels }, LeakPixels},
		{"dhash", "re-encoded", func(a, b *imgset.Image) { b.Hash = a.Hash }, LeakHash},
		{"blank", "hashes of blank images mean nothing", func(a, b *imgset.Image) { b.Hash, b.Flags = a.Hash, []string{imgset.FlagLowEntropy} }, ""},
		{"no hashes", "dedup has not run", func(a, b *imgset.Image) { a.Hash, b.Hash = "", "" }, ""},
		{"group", "a burst", func(a, b *imgset.Image) { a.Group, b.Group = "g", "g" }, LeakGroup},
		{"left out", "a duplicate is not used", func(a, b *imgset.Image) { b.SHA256, b.DuplicateOf = a.SHA256, a.Path }, ""},
		{"conflict", "not used either", func(a, b *imgset.Image) { b.SHA256, b.Conflict = a.SHA256, true }, ""},
		{"no side", "not used either", func(a, b *imgset.Image) { b.SHA256, b.Split = a.SHA256, "" }, ""},
		{"same side", "no harm to the measure", func(a, b *imgset.Image) { b.SHA256, b.Split = a.SHA256, imgset.Train }, ""},
	}
	for _, side := range []string{imgset.Val, imgset.Test} {
		for _, tt := range tests {
			s := set(t, map[string]int{"a": 2, "b": 2})
			for i := range s.Images {
				s.Images[i].Split = imgset.Train
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
			if tt.kind != "" && !strings.Contains(err.Error(), "a/000.jpg") || tt.kind != "" && !strings.Contains(err.Error(), "b/001.jpg") {
				t.Errorf("%s: the offenders are not named: %v", tt.name, err)
			}
		}
	}
}

func TestGateListsTwentyAndCounts(t *testing.T) {
	s := set(t, map[string]int{"a": 30, "b": 30})
	for i := range 30 {
		s.Images[i].Split, s.Images[30+i].Split = imgset.Train, imgset.Test
		s.Images[30+i].SHA256 = s.Images[i].SHA256
	}
	err := Gate(s)
	if err == nil || strings.Count(err.Error(), "same bytes") != 20 || !strings.Contains(err.Error(), "and 10 more") || !strings.Contains(err.Error(), "30 photos") {
		t.Errorf("%v", err)
	}
	for i := range s.Images {
		s.Images[i].Split = ""
	}
	if err := Gate(s); err == nil || !strings.Contains(err.Error(), "imagelab split") {
		t.Errorf("no split: %v", err)
	}
}
