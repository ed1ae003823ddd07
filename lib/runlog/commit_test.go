package runlog

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// A record must name the source it came from, also under `go run`, and must not claim a commit that
// was edited since.
func TestSourceCommit(t *testing.T) {
	dir := t.TempDir()
	git := func(args ...string) {
		t.Helper()
		command := exec.Command("git", append([]string{"-C", dir, "-c", "user.name=t", "-c",
			"user.email=t@example.org"}, args...)...)
		if out, err := command.CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, out)
		}
	}
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got := sourceCommit(dir); got != "" {
		t.Errorf("commit of a folder without git = %q, want none", got)
	}
	git("init", "-q")
	write("a.go", "package a\n")
	write("notes.md", "one\n")
	git("add", ".")
	git("commit", "-q", "-m", "first")
	clean := sourceCommit(dir)
	if len(clean) != 40 {
		t.Errorf("commit = %q, want 40 hexadecimal digits", clean)
	}
	write("notes.md", "two\n")
	if got := sourceCommit(dir); got != clean {
		t.Errorf("after an edit of prose: %q, want %q", got, clean)
	}
	write("a.go", "package a // changed\n")
	if got := sourceCommit(dir); got != clean+"+changes" {
		t.Errorf("after an edit of source: %q, want it marked", got)
	}
	if got := Commit(); strings.ContainsAny(got, " \n") {
		t.Errorf("Commit() = %q", got)
	}
}
