package program

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"imagelab/lib/internal/seal"
)

func TestFolderRead(t *testing.T) {
	program := []byte("a program\nof two lines")
	name := key([]byte("x"))
	for _, c := range []struct {
		name, reason string
		harm         func(path string, whole []byte) error
		whole        bool
	}{
		{"untouched", "what was kept is read", func(string, []byte) error { return nil }, true},
		{"absent", "a first start", func(path string, _ []byte) error { return os.Remove(path) }, false},
		{"cut short", "a disk that was full", func(path string, whole []byte) error {
			return os.WriteFile(path, whole[:len(whole)-3], 0o644)
		}, false},
		{"poisoned", "one changed byte of machine code runs, and runs wrong", func(path string, whole []byte) error {
			whole[len(whole)-2] ^= 1
			return os.WriteFile(path, whole, 0o644)
		}, false},
		{"unsealed", "another program wrote it", func(path string, _ []byte) error {
			return os.WriteFile(path, program, 0o644)
		}, false},
		{"empty", "a crash of the machine",
			func(path string, _ []byte) error { return os.WriteFile(path, nil, 0o644) }, false},
		{"empty program", "XLA gave nothing", func(path string, _ []byte) error {
			return os.WriteFile(path, seal.Text(nil), 0o644)
		}, false},
		{"folder", "it has no end that could be read", func(path string, _ []byte) error {
			if err := os.Remove(path); err != nil {
				return err
			}
			return os.MkdirAll(filepath.Join(path, "below"), 0o755)
		}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := Folder{t.TempDir(), 1 << 20}
			if err := f.Write(name, program); err != nil {
				t.Fatal(err)
			}
			whole, err := os.ReadFile(f.path(name))
			if err != nil {
				t.Fatal(err)
			}
			if err := c.harm(f.path(name), whole); err != nil {
				t.Fatal(err)
			}
			if got := f.Read(name); bytes.Equal(got, program) != c.whole || !c.whole && got != nil {
				t.Errorf("read %q: %s", got, c.reason)
			}
			if _, err := os.Lstat(f.path(name)); (err == nil) != c.whole {
				t.Errorf("the file is there: %v: %s", err == nil, c.reason)
			}
			if err := f.Write(name, program); err != nil || !bytes.Equal(f.Read(name), program) {
				t.Errorf("it cannot be made anew: %v", err)
			}
		})
	}
}

// TestFolderShrinks: what was used last stays, and files of others are none of its business.
func TestFolderShrinks(t *testing.T) {
	f := Folder{t.TempDir(), 400}
	other := filepath.Join(f.Dir, "other")
	if err := os.WriteFile(other, make([]byte, 1000), 0o644); err != nil {
		t.Fatal(err)
	}
	for age, name := range []string{"new", "old", "older"} {
		if err := f.Write(name, make([]byte, 100)); err != nil {
			t.Fatal(err)
		}
		at := time.Now().Add(-time.Duration(age+1) * time.Hour)
		if err := os.Chtimes(f.path(name), at, at); err != nil {
			t.Fatal(err)
		}
	}
	if f.Read("older") == nil {
		t.Fatal("a program that was kept is gone")
	}
	if err := f.Write("newest", make([]byte, 100)); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{"newest": true, "older": true, "new": true, "old": false} {
		if got := f.Read(name) != nil; got != want {
			t.Errorf("%s is there: %v", name, got)
		}
	}
	if _, err := os.Stat(other); err != nil {
		t.Error(err)
	}
}

// TestFolderOfSeveral: of processes that share a folder without room for all programs, each finds
// whole programs or none.
func TestFolderOfSeveral(t *testing.T) {
	f := Folder{t.TempDir(), 1500}
	var group errgroup.Group
	for process := range 4 {
		group.Go(func() error {
			for i := range 15 {
				name := fmt.Sprint((process + i) % 5)
				program := bytes.Repeat([]byte(name), 500)
				if got := f.Read(name); got != nil && !bytes.Equal(got, program) {
					return fmt.Errorf("program %s is another one, of %d bytes", name, len(got))
				}
				if err := f.Write(name, program); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		t.Error(err)
	}
	files, err := os.ReadDir(f.Dir)
	if err != nil || len(files) == 0 || len(files) > 5 {
		t.Errorf("%d files are left, %v", len(files), err)
	}
}

// TestKeySeparatesItsParts: flags that end in what a graph begins with are other flags.
func TestKeySeparatesItsParts(t *testing.T) {
	names := map[string]bool{}
	for _, parts := range [][]string{{"ab", "c"}, {"a", "bc"}, {"abc"}, {"abc", ""}, {"", "abc"}, {"c", "ab"}} {
		var all [][]byte
		for _, p := range parts {
			all = append(all, []byte(p))
		}
		if k := key(all...); names[k] {
			t.Errorf("%q has the name of another one", parts)
		} else {
			names[k] = true
		}
	}
}
