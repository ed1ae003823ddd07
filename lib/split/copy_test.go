package split

import (
	"maps"
	"os"
	"testing"
)

func TestCopy(t *testing.T) {
	s := set(t, map[string]int{"a": 40, "b": 40})
	mustRun(t, s, Options{Val: 0.2, Test: 0.25, Seed: 1})
	before, digest := sidesOf(s), s.SplitDigest()
	seen := map[string]bool{digest: true}
	for seed := uint64(2); seed < 5; seed++ {
		for _, run := range []int{0, 5} {
			o := Options{Val: 0.2, Test: 0.25, Seed: seed, GroupRun: run}
			c, err := Copy(s, o)
			if err != nil {
				t.Fatal(err)
			}
			if seen[c.SplitDigest()] || c.Dir != s.Dir {
				t.Errorf("seed %d, runs of %d: not another split of the same set", seed, run)
			}
			seen[c.SplitDigest()] = true
			if err := Gate(c); err != nil {
				t.Error(err)
			}
			alone := set(t, map[string]int{"a": 40, "b": 40})
			mustRun(t, alone, o)
			if !maps.Equal(sidesOf(c), sidesOf(alone)) {
				t.Error("a copy is split otherwise than Run would split a new set")
			}
		}
	}
	if !maps.Equal(sidesOf(s), before) || s.SplitDigest() != digest {
		t.Error("the set itself changed")
	}
	if files, err := os.ReadDir(s.Dir); err != nil || len(files) != 4 {
		t.Errorf("the folder holds %v, want what the first Run wrote", files)
	}
	if _, err := Copy(s, Options{Val: 0.9, Test: 0.9}); err == nil {
		t.Error("shares above one were accepted")
	}
	if _, err := Copy(set(t, map[string]int{"a": 10}), Default()); err == nil {
		t.Error("one class was accepted")
	}
}
