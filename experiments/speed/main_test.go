package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"testing"

	"imagelab/lib/fulltest"

	"imagelab/experiments/speed/race"
	"imagelab/lib/lab"
)

// Ours alone: the peers' packages are several GB. experiments/speed/peer's tests speak with a peer.
func TestQuick(t *testing.T) {
	fulltest.Needs(t, "XLA, weights and a data set")
	dir := t.TempDir()
	var s speed
	var out bytes.Buffer
	file := filepath.Join(dir, "ratios.json")
	args := []string{"-quick", "-out", filepath.Join(dir, "speed"), "-json", file}
	if code := lab.Start(context.Background(), "speed", args, &out, io.Discard, s.run, s.Flags); code != 0 {
		t.Fatalf("exit code %d", code)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var ratios []race.Ratio
	if err := json.Unmarshal(text, &ratios); err != nil {
		t.Fatal(err)
	}
	got := map[string]bool{}
	for _, r := range ratios {
		got[r.Work] = r.Ours > 0
	}
	for _, work := range []string{"decode and resize", "difference hash", "forward, batch 1", "forward, best batch",
		"step, cut stage7", "whole way, cut head"} {
		if !got[work] {
			t.Errorf("%q was not measured; measured were %v", work, got)
		}
	}
	for _, want := range []string{"matrix product", "No peer was measured"} {
		if !bytes.Contains(out.Bytes(), []byte(want)) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
	for _, name := range []string{"report.html", "speed.svg", "speed.csv", "whole.csv", race.File} {
		if _, err := os.Stat(filepath.Join(dir, "speed", name)); err != nil {
			t.Error(err)
		}
	}
}
