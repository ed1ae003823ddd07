// Package venvtest makes Python environments for tests.
package venvtest

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"imagelab/lib/fulltest"

	"imagelab/lib/asset"
)

// Environment is the folder of a virtual environment in the cache that holds these packages, each
// pinned as "name==version", and is made once.
func Environment(t *testing.T, pins ...string) string {
	t.Helper()
	fulltest.Needs(t, "pip")
	cache, err := asset.CacheDir()
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(cache, asset.VenvsDir, strings.Join(append(pins, "venv"), "-"))
	unlock, err := asset.Lock(t.Context(), filepath.Dir(dir), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	done := filepath.Join(dir, "done")
	if _, err := os.Stat(done); err == nil {
		return dir
	}
	commands := [][]string{{"python3", "-m", "venv", "--clear", dir}}
	if len(pins) > 0 {
		commands = append(commands, append([]string{filepath.Join(dir, "bin", "python"), "-m", "pip", "install", "--quiet",
			"--disable-pip-version-check", "--only-binary", ":all:"}, pins...))
	}
	for _, c := range commands {
		if out, err := exec.CommandContext(t.Context(), c[0], c[1:]...).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", c, err, out)
		}
	}
	if err := os.WriteFile(done, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}
