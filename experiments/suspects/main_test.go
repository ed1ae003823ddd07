package main

import (
	"os"
	"path/filepath"
	"testing"

	"imagelab/experiments/internal/quick"
)

func TestQuick(t *testing.T) {
	var x experiment
	dir, _ := quick.Run(t, "suspects", x.run, 0, "suspects.svg")
	if table, err := os.ReadFile(filepath.Join(dir, file)); err != nil || len(table) == 0 {
		t.Errorf("%v", err)
	}
}

// TestRank: precision of the first twentieth, and recall of the first tenth.
func TestRank(t *testing.T) {
	order := []string{"a", "b", "c", "d"}
	got := rank(order, map[string]bool{"a": true, "d": true, "z": true}, 40)
	if got.Precision != 0.5 || got.Recall != 2.0/3 {
		t.Errorf("%+v", got)
	}
}

func TestRowsRoundTrip(t *testing.T) {
	r := row{Set: "s", Noise: uniform, Rate: 0.05, Seed: 2, Ours: ranking{0.5, 0.25}, Noisy: 0.8, Relabelled: 0.85,
		Clean: 0.9,
		Peers: map[string]ranking{methods[0]: {0.5, 0.75}}}
	got, err := parse(r.cells())
	if err != nil || got.Peers[methods[0]] != r.Peers[methods[0]] || len(got.Peers) != 1 ||
		got.Relabelled != r.Relabelled || got.Ours != r.Ours {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := parse([]string{"s"}); err == nil {
		t.Error("a short row is taken")
	}
}
