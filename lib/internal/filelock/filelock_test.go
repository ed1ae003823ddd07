package filelock

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// TestMain lets the test binary be another program that holds a lock until it is killed.
func TestMain(m *testing.M) {
	if path := os.Getenv("FILELOCK_HOLD"); path != "" {
		l, err := Try(path)
		if err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		fmt.Println("held")
		time.Sleep(time.Hour)
		l.Close()
	}
	os.Exit(m.Run())
}

// otherProgram holds the lock at path until it is killed.
func otherProgram(t *testing.T, path string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0], "a b")
	cmd.Env = append(os.Environ(), "FILELOCK_HOLD="+path)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "held\n" {
		t.Fatal(line, err)
	}
	return cmd
}

// TestOtherProgram: another program keeps the lock until it is killed, and everyone is told who it
// is.
func TestOtherProgram(t *testing.T) {
	path := filepath.Join(t.TempDir(), Name)
	other := otherProgram(t, path)
	_, err := Try(path)
	var held *HeldError
	who := fmt.Sprintf("'a b'` (process %d, since", other.Process.Pid)
	if !errors.As(err, &held) || !strings.Contains(err.Error(), who) || !strings.Contains(err.Error(),
		filepath.Dir(path)+" is in use by ") {
		t.Errorf("refused with %v; it should name the folder and %q", err, who)
	}
	ctx, stop := context.WithCancel(t.Context())
	var told string
	if _, err := Wait(ctx, path, func(stage string, _, _ int64) { told = stage; stop() }); !errors.Is(err,
		context.Canceled) {
		t.Errorf("a stopped wait: %v", err)
	}
	if !strings.HasPrefix(told, "waiting for ") || !strings.Contains(told, who) {
		t.Errorf("told %q", told)
	}
	kill := func(string, int64, int64) { other.Process.Kill() }
	l, err := Share(t.Context(), path, kill)
	if err != nil {
		t.Fatalf("after the other was killed: %v", err)
	}
	l.Close()
	if l, err = Try(path); err != nil {
		t.Fatalf("what a killed program left keeps others out: %v", err)
	}
	l.Close()
	if _, err := os.Lstat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a lock that was given back leaves its file: %v", err)
	}
}

// TestOneAtATime: of many that wait for one lock, each has it alone, though its file is deleted and
// made again.
func TestOneAtATime(t *testing.T) {
	path := filepath.Join(t.TempDir(), Name)
	var inside, turns atomic.Int32
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			for range 5 {
				l, err := Wait(t.Context(), path, nil)
				if err != nil {
					t.Error(err)
					return
				}
				if inside.Add(1) > 1 {
					t.Error("two have one lock")
				}
				time.Sleep(time.Millisecond)
				turns.Add(1)
				inside.Add(-1)
				l.Close()
			}
		})
	}
	all.Wait()
	if turns.Load() != 80 {
		t.Errorf("%d turns of 80", turns.Load())
	}
}

// TestReaders share, keep writers out, and leave nothing behind where nobody writes.
func TestReaders(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, Name)
	l, err := Share(t.Context(), path, nil)
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
		t.Errorf("a reader left %v, %v", entries, err)
	}
	if err := os.WriteFile(path, nil, 0o644); err != nil { // of a program that was killed
		t.Fatal(err)
	}
	var readers []*Lock
	for range 2 {
		l, err := Share(t.Context(), path, nil)
		if err != nil {
			t.Fatal(err)
		}
		readers = append(readers, l)
	}
	if _, err := Try(path); err == nil {
		t.Error("a writer beside readers")
	}
	for _, l := range readers {
		l.Close()
	}
	w, err := Try(path)
	if err != nil {
		t.Fatal(err)
	}
	w.Close()
}

// TestWhatIsInTheWay: a lock file is never followed, and what stands in it is never believed.
func TestWhatIsInTheWay(t *testing.T) {
	for _, c := range []struct {
		name, reason string
		make         func(path, elsewhere string) error
		says         string
	}{
		{"link", "what it leads to would be written over",
			func(path, elsewhere string) error { return os.Symlink(elsewhere, path) }, "delete the link"},
		{"folder", "it cannot be opened", func(path, _ string) error { return os.Mkdir(path, 0o755) }, "is a directory"},
		{"foreign text", "a program of an older version wrote it",
			func(path, _ string) error { return os.WriteFile(path, []byte("{x"), 0o644) }, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			path, elsewhere := filepath.Join(t.TempDir(), Name), filepath.Join(t.TempDir(), "mine")
			if err := errors.Join(os.WriteFile(elsewhere, []byte("mine"), 0o644), c.make(path, elsewhere)); err != nil {
				t.Fatal(err)
			}
			l, err := Try(path)
			if c.says == "" && err != nil || c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says)) {
				t.Errorf("%v does not say %q: %s", err, c.says, c.reason)
			}
			l.Close()
			if text, _ := os.ReadFile(elsewhere); string(text) != "mine" {
				t.Errorf("a file elsewhere now holds %q", text)
			}
		})
	}
}

// FuzzHolder: whatever stands in a lock file that is held, the refusal is one line that shows.
func FuzzHolder(f *testing.F) {
	f.Add([]byte(`{"command": "imagelab \u001b[2J\n", "pid": 3, "host": "a\u202eb", "since": "2026-01-01T00:00:00Z"}`))
	f.Add([]byte(`{"pid": -1}`))
	f.Fuzz(func(t *testing.T, content []byte) {
		path := filepath.Join(t.TempDir(), Name)
		if err := os.WriteFile(path, content, 0o644); err != nil {
			t.Fatal(err)
		}
		says := (&HeldError{path, holderOf(path)}).Error()
		if strings.ContainsAny(says, "\n\x1b\u202e\u009b") {
			t.Errorf("%q", says)
		}
	})
}
