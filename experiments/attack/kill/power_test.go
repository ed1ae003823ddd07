//go:build linux

package kill

import (
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"imagelab/experiments/attack/target"
)

// TestFail: what was synced survives every failure of the power, and what was not does not always.
func TestFail(t *testing.T) {
	for _, c := range []struct {
		name, reason string
		synced       bool // the file
		listed       bool // its name
		torn, gone   bool // may happen
	}{
		{"all synced", "nothing may be lost", true, true, false, false},
		{"file alone", "the name may not be on the disk", true, false, false, true},
		{"name alone", "the bytes may not be on the disk", false, true, true, false},
		{"nothing", "both may be lost", false, false, true, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			torn, gone := 0, 0
			for seed := range uint64(60) {
				text := fail(t, c.synced, c.listed, seed)
				switch {
				case text == nil:
					gone++
				case string(text) != string(content()):
					torn++
				}
			}
			if (torn > 0) != c.torn || (gone > 0) != c.gone {
				t.Errorf("of 60 files %d are torn and %d gone: %s", torn, gone, c.reason)
			}
		})
	}
}

func content() []byte {
	data := make([]byte, 3*page)
	for i := range data {
		data[i] = byte(1 + i%200)
	}
	return data
}

// fail writes a file into a folder with another one, fails the power and returns what is left of
// it; nil: nothing.
func fail(t *testing.T, synced, listed bool, seed uint64) []byte {
	t.Helper()
	root, copied, log := t.TempDir(), t.TempDir(), filepath.Join(t.TempDir(), "log")
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	old, file := filepath.Join(root, "old"), filepath.Join(root, "new")
	must(os.WriteFile(old, content(), 0o644))
	must(target.Copy(old, filepath.Join(copied, "old")))
	d, err := newDisk(root, copied)
	must(err)
	must(os.WriteFile(file, content(), 0o644))
	info, err := os.Stat(file)
	must(err)
	inode := info.Sys().(*syscall.Stat_t).Ino
	var lines []byte
	note := func(s step) {
		line, err := json.Marshal(s)
		must(err)
		lines = append(append(lines, line...), '\n')
	}
	if synced {
		note(step{Step: "synced", Inode: inode, Size: info.Size(), Time: info.ModTime().UnixNano()})
	}
	if folder, err := os.Stat(root); listed && err == nil {
		note(step{Step: "listed", Inode: folder.Sys().(*syscall.Stat_t).Ino, Names: map[string]uint64{"new": inode}})
	}
	must(os.WriteFile(log, lines, 0o644))
	_, err = d.fail(log, rand.New(rand.NewPCG(seed, 1)))
	must(err)
	if text, err := os.ReadFile(old); err != nil || string(text) != string(content()) {
		t.Errorf("a file from before was changed: %v", err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil
	}
	return text
}
