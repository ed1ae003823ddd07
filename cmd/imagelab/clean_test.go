package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestClean: what is named is removed and told, nothing else.
func TestClean(t *testing.T) {
	cache := t.TempDir()
	t.Setenv("IMAGELAB_CACHE", cache)
	set := filepath.Join(t.TempDir(), "set")
	mustRun(t, "ingest", photos(t, 4), "--out", set)
	if err := os.RemoveAll(filepath.Join(set, "cache")); err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(cache, "photos", "a.jpg"), "")

	for _, c := range []struct {
		reason, stdout, stderr string
		code                   int
		args                   []string
	}{
		{"an unknown name in an empty cache is a mistake", "", "typo", exitFailed, []string{"typo"}},
		{"an empty list is no null", `{"removed":[]}` + "\n", "", 0, []string{"--all", "--json"}},
		{"nothing was there, so nothing was removed", "", "nothing to remove", 0, []string{set}},
		{"the same for programs", `{"removed":[]}` + "\n", "nothing to remove", 0, []string{set, "--json"}},
	} {
		stdout, stderr, code := command(t, append([]string{"clean"}, c.args...)...)
		if stdout != c.stdout || !strings.Contains(stderr, c.stderr) || code != c.code {
			t.Errorf("%s: %q, %q, exit code %d", c.reason, stdout, stderr, code)
		}
	}

	put(t, filepath.Join(set, "cache", "pixels-0-64.u8"), "abc")
	if _, _, code := command(t, "clean", set, "typo"); code != exitFailed {
		t.Errorf("exit code %d for a name that is not there", code)
	}
	if out := mustRun(t, "clean", set); !strings.Contains(out, "removed "+filepath.Join(set, "cache")+", ") {
		t.Errorf("the set's cache was there until now, also after a line with a typo: %s", out)
	}
	put(t, filepath.Join(set, "cache", "pixels-0-64.u8"), "abc")
	mine := filepath.Join(set, "cache", "mine.jpg")
	put(t, mine, "a photo")
	if stdout, stderr, code := command(t, "clean", set); code != 0 || !strings.Contains(stdout, "removed") ||
		!strings.Contains(stderr, "leaves them") || !strings.Contains(stderr, "mine.jpg") {
		t.Errorf("beside a person's file: %q, %q, exit code %d", stdout, stderr, code)
	}
	if _, err := os.Stat(mine); err != nil {
		t.Errorf("a person's file is gone: %v", err)
	}
	other := t.TempDir()
	put(t, filepath.Join(other, "manifest.jsonl"), `{"a":1}`)
	put(t, filepath.Join(other, "cache", "pixels-mine"), "a list")
	if _, _, code := command(t, "clean", other); code != exitFailed {
		t.Errorf("exit code %d for the folder of another program", code)
	}
	if _, err := os.Stat(filepath.Join(other, "cache", "pixels-mine")); err != nil {
		t.Errorf("another program's cache is gone: %v", err)
	}
	if _, err := os.Stat(filepath.Join(cache, "photos", "a.jpg")); err != nil {
		t.Errorf("a photo beside the cache's folders is gone: %v", err)
	}
}
