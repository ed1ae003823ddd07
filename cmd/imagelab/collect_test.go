package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"imagelab/lib/collect"
	"imagelab/lib/collect/collecttest"
	"imagelab/lib/dataset"
)

// planOf writes a plan of two queries to a provider.
func planOf(t *testing.T, provider string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "plan.yaml")
	plan := fmt.Sprintf("contact: me@example.org\nprovider: %s\nwords: {garment: [shirt, vest]}\ntemplates: 'red "+
		"{garment}'\nclass: garment\nresults: 5\nrate: 1000\n", provider)
	if err := os.WriteFile(path, []byte(plan), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestCollect: from a plan to the manifest, and once more without a network.
func TestCollect(t *testing.T) {
	s := collecttest.New(t)
	plan := planOf(t, fmt.Sprintf("{kind: openverse, address: %q}", s.URL))
	if out := mustRun(t, "collect", plan, "--plan"); !strings.Contains(out, "2 queries, at most 10 photos") ||
		len(s.Requests()) != 0 {
		t.Errorf("after %d requests, the plan says\n%s", len(s.Requests()), out)
	}
	var p struct {
		Queries, Budget int
		List            []collect.Query
	}
	unmarshal(t, mustRun(t, "collect", plan, "--plan", "--json"), &p)
	if p.Queries != 2 || p.Budget != 10 || p.List[1] != (collect.Query{Text: "red vest", Class: "vest", Results: 5}) {
		t.Errorf("%+v", p)
	}
	dir, again, set := filepath.Join(t.TempDir(), "photos"), filepath.Join(t.TempDir(),
		"again"), filepath.Join(t.TempDir(), "set")
	if _, stderr, code := command(t, "collect", plan, "--out", dir); code != exitFailed || !strings.Contains(stderr,
		"--allow-private") || len(s.Requests()) != 0 {
		t.Errorf("a server on this machine: exit code %d after %d requests\n%s", code, len(s.Requests()), stderr)
	}
	out := mustRun(t, "collect", plan, "--out", dir, "--allow-private")
	if first, _, _ := strings.Cut(out, "\n"); first != "2 queries, at most 10 photos" || !strings.Contains(out,
		"10 photos of at most 10") {
		t.Errorf("collect says\n%s", out)
	}
	s.Close()
	var r collect.Result
	unmarshal(t, mustRun(t, "collect", plan, "--out", again, "--replay", dir, "--json"), &r)
	if r.Stages.Unique != 10 || len(r.ByQuery) != 2 || len(r.ByClass) != 2 {
		t.Errorf("replayed: %+v", r)
	}
	mustRun(t, "ingest", again, "--out", set)
	loaded, err := dataset.Load(set)
	if err != nil || len(loaded.Images) != 10 || loaded.Images[0].Origin == nil ||
		loaded.Images[0].Origin.Provider != "openverse" {
		t.Errorf("the set: %+v, %v", loaded, err)
	}
	unmarshal(t, mustRun(t, "collect", plan, "--out", again, "--replay", dir, "--set", set, "--json"), &r)
	if r.Stages.Kept == nil || *r.Stages.Kept != 10 {
		t.Errorf("kept: %+v", r.Stages)
	}
}

// TestCollectOfNothing fails, so that a script does not go on with an empty folder.
func TestCollectOfNothing(t *testing.T) {
	plan := planOf(t, fmt.Sprintf("{kind: folder, folder: %q, licence: all ours}", t.TempDir()))
	for _, args := range [][]string{{}, {"--json"}} {
		out := filepath.Join(t.TempDir(), "photos")
		stdout, stderr, code := command(t, append([]string{"collect", plan, "--out", out}, args...)...)
		if code != exitFailed || !strings.Contains(stderr, "no photo came") || stdout == "" ||
			strings.Contains(stdout, "next:") {
			t.Errorf("%v: exit code %d\n%s%s", args, code, stdout, stderr)
		}
	}
}

func TestCollectMistakes(t *testing.T) {
	plan := planOf(t, "openverse")
	for _, c := range []struct {
		name string
		args []string
		code int
		want string
	}{
		{"no folder", []string{plan}, exitUsage, "--out DIR"},
		{"a folder of photos", []string{plan, "--out", photos(t, 2)}, exitFailed, "holds photos"},
		{"no plan", []string{"nowhere.yaml", "--out", "x"}, exitFailed, "nowhere.yaml"},
		{"bing", []string{planOf(t, "bing"), "--out", "x"}, exitFailed, "closed since August 2025"},
		{"no recording", []string{plan, "--out", filepath.Join(t.TempDir(), "x"), "--replay", t.TempDir()}, exitFailed,
			"no recorded answers"},
		{"no time", []string{plan, "--out", "x", "--max-time", "0s"}, exitUsage, "--max-time"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, stderr, code := command(t, append([]string{"collect"}, c.args...)...); code != c.code ||
				!strings.Contains(stderr, c.want) {
				t.Errorf("exit code %d, %q", code, stderr)
			}
		})
	}
}
