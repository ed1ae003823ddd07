//go:build unix

package main

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gomlx/compute"

	"imagelab/lib/engine"
)

// readOnly takes away the right to write from all below dir, until the test ends.
func readOnly(t *testing.T, dir string) {
	t.Helper()
	set := func(folder, file fs.FileMode) {
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			if d.IsDir() {
				return os.Chmod(path, folder)
			}
			return os.Chmod(path, file)
		})
		if err != nil {
			t.Error(err)
		}
	}
	set(0o555, 0o444)
	t.Cleanup(func() { set(0o755, 0o644) })
}

// TestReadOnlyFolders: a folder that cannot be written to is met at once by train, and told in
// words that help.
func TestReadOnlyFolders(t *testing.T) {
	t.Setenv(compute.ConfigEnvVar, engine.Go)
	t.Setenv("TMPDIR", "/tmp")
	work := t.TempDir()
	if err := os.Chmod(filepath.Dir(work), 0o755); err != nil { // another user must get there
		t.Fatal(err)
	}
	run := filepath.Join(work, "run")
	data := filepath.Join(work, "data")
	fit := []string{"train", data, "--size", "32", "--cut", "head", "--views", "0", "--out"}
	mustRun(t, "ingest", photos(t, 8), "--out", data)
	mustRun(t, "dedup", data)
	mustRun(t, "split", data)
	mustRun(t, append(fit, run)...)
	if err := os.Mkdir(filepath.Join(work, "empty"), 0o755); err != nil {
		t.Fatal(err)
	}
	readOnly(t, work)
	for _, c := range []struct {
		name, reason string
		args         []string
		want         string
	}{
		{"train into a new folder", "it cannot be made", append(fit, filepath.Join(work, "new")), "--out"},
		{"train into a folder", "nothing can be written into it", append(fit, filepath.Join(work, "empty")), "--out"},
		{"eval", "the result is added to the run's record", []string{"eval", run, data}, "folder writable"},
	} {
		t.Run(c.name, func(t *testing.T) {
			out, err := otherProcess(t, envUser, "65534", c.args...)
			var exit *exec.ExitError
			if !errors.As(err, &exit) || exit.ExitCode() != exitFailed ||
				!strings.Contains(out, "permission denied") || !strings.Contains(out, c.want) {
				t.Errorf("%v, and says %q; want exit code %d, why, and %q: %s", err, out, exitFailed, c.want, c.reason)
			}
			if strings.Contains(c.name, "train") && strings.Contains(out, "head, C") {
				t.Error("it was noticed only after training")
			}
		})
	}
}
