package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"imagelab/lib/dedup"
	"imagelab/lib/photo/phototest"
)

// TestDedupTiers: tiers are kept with the set, and a person's answers about the pairs give the
// share that was left out wrongly.
func TestDedupTiers(t *testing.T) {
	folder, data := t.TempDir(), filepath.Join(t.TempDir(), "data")
	for i := range 4 {
		img := speckled(fmt.Sprint(i))
		phototest.Put(t, folder, fmt.Sprintf("a/%d.png", i), phototest.Encode(t, "png", img))
		phototest.Put(t, folder, fmt.Sprintf("a/%d.jpg", i), phototest.Encode(t, "jpeg", img)) // a near copy
		phototest.Put(t, folder, fmt.Sprintf("a/%d.bmp", i), phototest.Encode(t, "bmp", img))  // the same pixels
	}
	mustRun(t, "ingest", folder, "--out", data)
	removed := func(args ...string) int {
		t.Helper()
		var r dedup.Result
		unmarshal(t, mustRun(t, append([]string{"dedup", data, "--json"}, args...)...), &r)
		return r.Removed
	}
	if n := removed("--tiers", "bytes"); n != 0 {
		t.Errorf("%d photos have the same bytes", n)
	}
	if n := removed("--tiers", "pixels,bytes"); n != 4 {
		t.Errorf("%d photos are left out for their pixels, want 4", n)
	}
	if out := mustRun(t, "dedup", data); !strings.Contains(out, "as before, with --tiers bytes,pixels") {
		t.Errorf("tiers were not kept:\n%s", out)
	}
	if n := removed("--tiers", "bytes,pixels,hash"); n != 8 {
		t.Errorf("%d photos are left out, want 8", n)
	}
	judge := filepath.Join(data, dedup.JudgeFile)
	if _, stderr, code := command(t, "dedup", data, "--judge", judge); code != exitFailed ||
		!strings.Contains(stderr, "no pair") {
		t.Errorf("without answers: exit code %d, %s", code, stderr)
	}
	var questions []dedup.Question
	text, err := os.ReadFile(judge)
	if err == nil {
		err = json.Unmarshal(text, &questions)
	}
	if err != nil || len(questions) != 4 {
		t.Fatalf("%d questions, want 4: %v", len(questions), err)
	}
	answer := []bool{true, true, false}
	for i := range answer {
		questions[i].Copy = &answer[i]
	}
	if text, err = json.Marshal(questions); err == nil {
		err = os.WriteFile(judge, text, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
	mustRun(t, "dedup", data) // answers stay
	if out := mustRun(t, "dedup", data, "--judge", judge); !strings.Contains(out, "1 of 3 photos") ||
		!strings.Contains(out, "not judged yet: 1 pair") {
		t.Errorf("judged: %s", out)
	}
	page, err := os.ReadFile(filepath.Join(data, "duplicates.html"))
	if err != nil || !strings.Contains(string(page), "Pairs to judge") ||
		!strings.Contains(string(page), "Threshold of the tier hash") {
		t.Errorf("the page has no pairs to judge: %v", err)
	}
	for _, tiers := range []string{"hash", "bytes,looks"} {
		if _, stderr, code := command(t, "dedup", data, "--tiers", tiers); code != exitUsage ||
			!strings.Contains(stderr, "tier") {
			t.Errorf("--tiers %s: exit code %d, %s", tiers, code, stderr)
		}
	}
}
