package lookalike

import (
	"testing"

	"imagelab/lib/fulltest"

	"imagelab/lib/asset"
	"imagelab/lib/dataset"
	"imagelab/lib/dedup"
)

// TestRecallOnRealPhotos: of 100 photos of each set, altered and written to files, dedup by default
// finds at least so many. The floors lie 3 below what was measured.
func TestRecallOnRealPhotos(t *testing.T) {
	floors := []struct {
		set    string
		found  map[string]int // of 100
		others int            // pairs of different photos that may be called copies; 0 in foods
	}{
		{"foods", map[string]int{
			"saved as PNG": 97, "half the size": 97, "JPEG of quality 80": 97, "mirrored": 97, "grey": 97, "brighter": 92,
		}, 0},
		{"solar", map[string]int{
			"saved as PNG": 97, "half the size": 97, "JPEG of quality 80": 97, "mirrored": 97, "grey": 97, "brighter": 93,
		}, 6},
	}
	for _, tt := range floors {
		t.Run(tt.set, func(t *testing.T) {
			fulltest.Needs(t, "the data set")
			dir, err := asset.Fetch(t.Context(), tt.set, nil)
			if err != nil {
				t.Fatal(err)
			}
			s, err := dataset.Ingest(t.Context(), dir, t.TempDir(), dataset.DefaultIngest(), nil)
			if err != nil {
				t.Fatal(err)
			}
			trials, err := Try(t.Context(), s, s.Images, 100, nil)
			if err != nil {
				t.Fatal(err)
			}
			tried := map[string]bool{}
			for _, trial := range trials {
				tried[trial.Change] = true
				found := trial.Found(dedup.Default().Distance)
				t.Logf("%s: %d of %d, median distance %d", trial.Change, found, len(trial.Pairs), trial.Median())
				if least := tt.found[trial.Change]; found < least {
					t.Errorf("%s: %d of 100 are found, want at least %d", trial.Change, found, least)
				}
			}
			for change := range tt.found {
				if !tried[change] {
					t.Errorf("nothing was %s", change)
				}
			}
			precision(t, s, tt.others)
		})
	}
}

// precision counts the pairs that are called copies by what they look like, not by content. No
// photo of these sets is there twice but as the same file; of solar, some cells were photographed
// twice.
func precision(t *testing.T, s *dataset.Set, most int) {
	pairs, err := dedup.Pairs(s.Images, dedup.Default().Distance)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, p := range pairs {
		if p.Copies && p.A.SHA256 != p.B.SHA256 {
			t.Logf("distance %d: %s and %s", p.Distance, p.A.Path, p.B.Path)
			n++
		}
	}
	if n > most {
		t.Errorf("%d pairs of different photos are called copies, want at most %d", n, most)
	}
}
