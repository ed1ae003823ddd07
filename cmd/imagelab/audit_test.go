package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"imagelab/lib/fulltest"
)

// brought is a folder with train, val and test inside, whose first test photo is a training photo
// too.
func brought(t *testing.T) string {
	t.Helper()
	source, root := photos(t, 24), t.TempDir()
	for _, class := range []string{"across", "down \"quoted\""} {
		files, err := filepath.Glob(filepath.Join(source, class, "*"))
		if err != nil || len(files) < 24 {
			t.Fatalf("%d photos of %s, %v", len(files), class, err)
		}
		for i, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			sides := []string{[]string{"train", "train", "val", "test"}[i%4]}
			if i == 3 && class == "across" {
				sides = append(sides, "train")
			}
			for _, side := range sides {
				to := filepath.Join(root, side, class, fmt.Sprintf("%02d%s", i, filepath.Ext(file)))
				if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(to, data, 0o644); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	return root
}

// TestAuditOfBroughtSplit: the leak of a split that somebody else made is found first, with its
// photos; --strict fails; neither photos nor the manifest are changed.
func TestAuditOfBroughtSplit(t *testing.T) {
	fulltest.Needs(t, "XLA and weights")
	source, data := brought(t), filepath.Join(t.TempDir(), "data")
	mustRun(t, "ingest", source, "--out", data)
	before := snapshot(t, source)
	manifest, err := os.ReadFile(filepath.Join(data, "manifest.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	var r struct {
		Findings []struct {
			Kind, Severity, Text string
			Photos               []string
		}
		Slices []struct{ Kind, Name string }
	}
	unmarshal(t, mustRun(t, "audit", data, "--like", filepath.Join(source, "val"), "--json"), &r)
	if len(r.Findings) == 0 || r.Findings[0].Kind != "leak" || r.Findings[0].Severity != "error" ||
		!slices.Equal(r.Findings[0].Photos, []string{"test/across/03.png", "train/across/03.png"}) {
		t.Errorf("the first finding must be the leak: %+v", r.Findings)
	}
	if !strings.Contains(r.Findings[0].Text, "without the leaked ones") || len(r.Slices) == 0 {
		t.Errorf("no accuracy without leaked photos, or no slices: %+v", r)
	}
	said := false
	for _, f := range r.Findings {
		said = said || f.Kind == "likeness" && strings.Contains(f.Text, "in the set already")
	}
	if !said {
		t.Error("nothing says that the deployment photos are in the set")
	}
	var plain struct{ Findings []struct{ Kind string } }
	unmarshal(t, mustRun(t, "audit", source, "--json"), &plain)
	if len(plain.Findings) == 0 || plain.Findings[0].Kind != "leak" {
		t.Errorf("a folder that was never ingested: %+v", plain)
	}
	if _, out, code := command(t, "audit", data, "--strict"); code != exitFailed || !strings.Contains(out, "1 error") {
		t.Errorf("--strict: exit code %d\n%s", code, out)
	}
	after, err := os.ReadFile(filepath.Join(data, "manifest.jsonl"))
	if err != nil || string(after) != string(manifest) || !maps.Equal(snapshot(t, source), before) {
		t.Errorf("the set or its photos were changed, %v", err)
	}
	if _, stderr, code := command(t, "audit", data, "--like", filepath.Join(data, "manifest.jsonl")); code != exitUsage ||
		!strings.Contains(stderr, "is no folder") {
		t.Errorf("a file to compare with: code %d, %s", code, stderr)
	}
	if _, _, code := command(t, "audit", data, "--like", t.TempDir()); code != exitFailed {
		t.Errorf("an empty deployment folder: exit code %d", code)
	}
}
