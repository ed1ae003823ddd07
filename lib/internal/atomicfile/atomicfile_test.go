package atomicfile

import (
	"bufio"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestMain lets the test binary stand in for another process, which writes half of WHOLEFILE_PATH,
// says so, and goes on when its input ends.
func TestMain(m *testing.M) {
	path := os.Getenv("WHOLEFILE_PATH")
	if path == "" {
		os.Exit(m.Run())
	}
	err := Write(path, 0, func(f *os.File) error {
		_, err := f.WriteString("half")
		os.Stdout.WriteString("half\n")
		_, readErr := io.Copy(io.Discard, os.Stdin)
		_, writeErr := f.WriteString(" and half")
		return errors.Join(err, readErr, writeErr)
	})
	if err != nil {
		panic(err)
	}
}

// halfWay starts another process and returns when it has written half of path. closing input lets
// it finish.
func halfWay(t *testing.T, path string) (cmd *exec.Cmd, input io.Closer) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd = exec.CommandContext(t.Context(), self)
	cmd.Env = append(os.Environ(), "WHOLEFILE_PATH="+path)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line != "half\n" {
		t.Fatalf("the other process says %q, %v", line, err)
	}
	return cmd, in
}

func content(s string) func(*os.File) error {
	return func(f *os.File) error { _, err := f.WriteString(s); return err }
}

func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return out
}

// TestKilledWriter: what a killed process left is deleted by the next writer in the folder, and
// what a living one is at is not.
func TestKilledWriter(t *testing.T) {
	dir := t.TempDir()
	killed, _ := halfWay(t, filepath.Join(dir, "killed"))
	living, input := halfWay(t, filepath.Join(dir, "living"))
	if err := killed.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	killed.Wait()
	if left := names(t, dir); len(left) != 2 {
		t.Fatalf("before: %q; want two unfinished files", left)
	}
	if err := Write(filepath.Join(dir, "mine"), 0, content("mine")); err != nil {
		t.Fatal(err)
	}
	if left := names(t, dir); len(left) != 2 || !strings.HasPrefix(left[0], prefix) || left[1] != "mine" {
		t.Errorf("after: %q; want mine and the unfinished file of the process that lives", left)
	}
	if err := input.Close(); err != nil {
		t.Fatal(err)
	}
	if err := living.Wait(); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(filepath.Join(dir, "living")); err != nil || string(got) != "half and half" {
		t.Errorf("the living process wrote %q, %v", got, err)
	}
	if left := names(t, dir); len(left) != 2 {
		t.Errorf("in the end: %q; want the two files", left)
	}
}

func TestFailedWriteKeepsTheOldFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a")
	if err := Write(path, 3, content("old")); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o644 {
		t.Errorf("mode %v, %v; want one that others can read", info.Mode(), err)
	}
	broken := errors.New("broken photo")
	err = Write(path, 3, func(f *os.File) error { return errors.Join(content("new")(f), broken) })
	if !errors.Is(err, broken) {
		t.Errorf("error %v, want fill's own", err)
	}
	if got, _ := os.ReadFile(path); string(got) != "old" || len(names(t, dir)) != 1 {
		t.Errorf("%q and %q are left, want the old file alone", got, names(t, dir))
	}
}

func TestTry(t *testing.T) {
	dir := t.TempDir()
	if err := Try(dir); err != nil || len(names(t, dir)) != 0 {
		t.Errorf("in a folder of one's own: %v, and %q are left", err, names(t, dir))
	}
	if err := Try(filepath.Join(dir, "none")); err == nil {
		t.Error("files can be written in a folder that is not there")
	}
}

func TestErrorsSayWhatToDo(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	full := func(*os.File) error { return &os.PathError{Op: "write", Path: "x", Err: syscall.ENOSPC} }
	for _, c := range []struct {
		name, reason string
		path         string
		size         int64
		fill         func(*os.File) error
		want         string
	}{
		{"full", "how much must be freed", filepath.Join(t.TempDir(), "a"), 5<<20 + 1, full,
			"takes 6 MB: write x: no space left on device; make room"},
		{"full, size unknown", "no made-up number", filepath.Join(t.TempDir(), "a"), 0, full,
			"a: write x: no space left on device; make room"},
		{"not a folder", "nothing can be written there", filepath.Join(file, "a"), 0, content(""), "choose another"},
		{"no folder", "the caller makes folders", filepath.Join(file+"s", "a"), 0, content(""), "no such file"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := Write(c.path, c.size, c.fill); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q: %s", err, c.want, c.reason)
			}
		})
	}
}

// TestForeignFilesStay: browsers and download managers call their unfinished files so too.
func TestForeignFilesStay(t *testing.T) {
	dir := t.TempDir()
	foreign := filepath.Join(dir, ".part-photos")
	if err := os.WriteFile(foreign, []byte("a download"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := Write(filepath.Join(dir, "mine"), 0, content("mine")); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(foreign); err != nil || string(got) != "a download" {
		t.Errorf("another program's file: %q, %v", got, err)
	}
}
