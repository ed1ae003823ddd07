package main

import (
	"errors"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"

	"imagelab/experiments/internal/patches"
	"imagelab/lib/dataset"
	"imagelab/lib/engine"
)

func TestWatchSeesThePeak(t *testing.T) {
	debug.FreeOSMemory() // as watch does
	before := engine.AnonymousMemory()
	failed := errors.New("failed")
	peak, err := watch(func() error {
		room := make([]byte, 64<<20)
		for i := range room {
			room[i] = byte(i)
		}
		return failed
	})
	if err != failed || before <= 0 || peak < before+60<<20 || peak > before+200<<20 {
		t.Errorf("64 MB were taken beside %d MB: peak %d MB, %v", before>>20, peak>>20, err)
	}
}

func TestPhotosAreDifferentAndStay(t *testing.T) {
	dir := t.TempDir()
	for _, n := range []int{6, 8} { // a folder may grow
		if err := patches.Draw(t.Context(), dir, n, 32, nil); err != nil {
			t.Fatal(err)
		}
	}
	s, err := dataset.Ingest(t.Context(), dir, filepath.Join(t.TempDir(), "set"), dataset.DefaultIngest(), nil)
	if err != nil || len(s.Images) != 8 || len(s.Classes()) != len(patches.Classes) {
		t.Fatalf("%+v, %v", s, err)
	}
	seen := map[string]bool{}
	for _, im := range s.Images {
		seen[im.Hash] = true
	}
	if len(seen) != 8 {
		t.Errorf("%d different hashes of 8 photos", len(seen))
	}
}

func TestTable(t *testing.T) {
	rows := []row{
		{1000, []stage{{"ingest", 20 << 20, 1.4}, {"train head", 500 << 20, 20}}},
		{101_000, []stage{{"ingest", 120 << 20, 130}, {"train head", 500 << 20, 900}}},
	}
	got := table(rows)
	for _, want := range []string{"1000", "120 (130)", "1.0 kB", "0.0 kB"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	if table(nil) != "" {
		t.Error("no rows are not nothing")
	}
}
