package grouping

import (
	"fmt"
	"maps"
	"slices"
	"testing"
)

// TestShuffledUnitsStayWhole: films of which some frames are near copies of the next one. Dealt at
// random, no near copies may lie in two groups, or they would join all groups into one.
func TestShuffledUnitsStayWhole(t *testing.T) {
	const films, frames = 40, 25
	var units, labels []int
	var groups []string
	for film := range films {
		for frame := range frames {
			if frame%10 == 1 { // near the one before
				units = append(units, units[len(units)-1])
			} else {
				units = append(units, len(units))
			}
			labels, groups = append(labels, film%2), append(groups, fmt.Sprint("film ", film))
		}
	}
	f := &finder{classes: 2}
	shuffled := f.shuffled(units, groups, labels)
	of, size := map[int]string{}, map[string]int{}
	for i, g := range shuffled {
		if before, ok := of[units[i]]; ok && before != g {
			t.Fatalf("unit %d lies in %s and %s", units[i], before, g)
		}
		of[units[i]] = g
		size[g]++
	}
	count := map[int]int{}
	for _, n := range join(units, shuffled) {
		count[n]++
	}
	if len(count) != films {
		t.Errorf("%d groups, want %d: near copies join none", len(count), films)
	}
	for g, n := range size {
		if n < frames-5 || n > frames+5 {
			t.Errorf("%s has %d photos at random, and %d of its own", g, n, frames)
		}
	}
	moved := 0
	for i := range groups {
		if shuffled[i] != groups[i] {
			moved++
		}
	}
	if moved < len(groups)/2 {
		t.Errorf("only %d of %d photos are in another group", moved, len(groups))
	}
}

// TestSample: groups stay whole, the same seed gives the same photos, and few photos are all taken.
func TestSample(t *testing.T) {
	var group []int
	for i := range 1000 {
		group = append(group, i%7*i%90)
	}
	size := map[int]int{}
	for _, g := range group {
		size[g]++
	}
	if all := sample(group, 1000, 1); len(all) != 1000 {
		t.Errorf("%d of 1000 photos are taken, though so many may be", len(all))
	}
	some := sample(group, 300, 1)
	if len(some) < 300 || len(some) > 300+slices.Max(slices.Collect(maps.Values(size))) {
		t.Errorf("%d photos, want 300 and what completes a group", len(some))
	}
	if !slices.Equal(some, sample(group, 300, 1)) || slices.Equal(some, sample(group, 300, 2)) {
		t.Error("the seed decides")
	}
	taken := map[int]int{}
	for _, i := range some {
		taken[group[i]]++
	}
	for g, n := range taken {
		if n != size[g] {
			t.Errorf("%d of the %d photos of group %d", n, size[g], g)
		}
	}
}
