//go:build unix

package asset

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestMain lets the test binary stand in for another imagelab process: with OTHER_CACHE it fetches
// and ends.
func TestMain(m *testing.M) {
	cache := os.Getenv("OTHER_CACHE")
	if cache == "" {
		os.Exit(m.Run())
	}
	if limit := os.Getenv("OTHER_FILE_LIMIT"); limit != "" {
		var n uint64
		fmt.Sscan(limit, &n)
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: n, Max: n}); err != nil {
			panic(err)
		}
	}
	archive := os.Getenv("FAKE_ARCHIVE")
	content, err := os.ReadFile(archive)
	if err != nil {
		panic(err)
	}
	sum := sha256.Sum256(content)
	ref := Ref{Name: "net", Client: "pip", Package: "net", Version: "1.0", File: filepath.Base(archive),
		SHA256: hex.EncodeToString(sum[:]), Bytes: 1000, Member: "net/model.pth", Layout: LayoutFile}
	path, err := ref.fetch(context.Background(), cache, os.Getenv("OTHER_FROM"), nil)
	fmt.Println(path, err)
}

func otherProcess(t *testing.T, cache string, env ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self)
	cmd.Env = append(append(os.Environ(), "OTHER_CACHE="+cache), env...)
	return cmd
}

func TestTwoProcesses(t *testing.T) {
	ref, log := fake(t, "good")
	cache := t.TempDir()
	other := otherProcess(t, cache)
	var out bytes.Buffer
	other.Stdout = &out
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	path, err := ref.fetch(t.Context(), cache, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	mustHold(t, path, payload)
	if err := other.Wait(); err != nil {
		t.Fatal(err)
	}
	if want := path + " <nil>\n"; out.String() != want {
		t.Errorf("the other process got %q, want %q", out.String(), want)
	}
	if n := clientRuns(t, log); n != 1 {
		t.Errorf("the client ran %d times, want once", n)
	}
}

func TestKilledProcessLeavesNoLock(t *testing.T) {
	ref, log := fake(t, "hang")
	cache := t.TempDir()
	other := otherProcess(t, cache)
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	orphan := waitReady(t, log)
	defer syscall.Kill(-orphan, syscall.SIGKILL)
	if err := other.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	other.Wait()
	if len(leftovers(t, cache)) == 0 {
		t.Fatal("the killed process left nothing: this test tests nothing")
	}
	t.Setenv("FAKE_MODE", "good")
	path, err := ref.fetch(t.Context(), cache, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	mustHold(t, path, payload)
	if left := leftovers(t, cache); len(left) != 2 {
		t.Errorf("want the file and its marker, got %q", left)
	}
}

func TestWaitingForTheLockEndsWithItsContext(t *testing.T) {
	ref, _ := fake(t, "good")
	cache := t.TempDir()
	unlock, err := Lock(t.Context(), cache, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	ctx, cancel := context.WithTimeout(t.Context(), time.Second) // the lock is asked for again and again
	defer cancel()
	waited := false
	_, err = ref.fetch(ctx, cache, "", func(stage string, _, _ int64) { waited = strings.HasPrefix(stage, "waiting") })
	if !errors.Is(err, context.DeadlineExceeded) || !waited {
		t.Errorf("got %v, reported %v; want a wrapped deadline and a word that it waits", err, waited)
	}
}

func TestFullDisk(t *testing.T) {
	_, _ = fake(t, "good")
	cache := t.TempDir()
	other := otherProcess(t, cache, "OTHER_FILE_LIMIT=4", "OTHER_FROM="+os.Getenv("FAKE_ARCHIVE"))
	out, _ := other.CombinedOutput()
	if !strings.Contains(string(out), "file too large") {
		t.Errorf("got %q, want the kernel's reason", out)
	}
	if left := leftovers(t, cache); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
}

func TestCacheThatCannotBeWritten(t *testing.T) {
	ref, _ := fake(t, "good")
	file := filepath.Join(t.TempDir(), "file")
	write(t, file, "")
	_, err := ref.fetch(t.Context(), filepath.Join(file, "cache"), "", nil)
	if err == nil || !strings.Contains(err.Error(), "IMAGELAB_CACHE") {
		t.Errorf("got %v, want a word about IMAGELAB_CACHE", err)
	}
}

func TestInterruptedFetch(t *testing.T) {
	ref, log := fake(t, "hang")
	cache := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ended := make(chan error, 1)
	go func() { _, err := ref.fetch(ctx, cache, "", nil); ended <- err }()
	pid := waitReady(t, log)
	cancel()
	select {
	case err := <-ended:
		if !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want a wrapped context.Canceled", err)
		}
	case <-time.After(4 * time.Second):
		t.Fatal("the fetch outlived its context")
	}
	if err := syscall.Kill(pid, 0); !errors.Is(err, syscall.ESRCH) {
		t.Errorf("the client still runs: %v", err)
	}
	if left := leftovers(t, cache); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
}
