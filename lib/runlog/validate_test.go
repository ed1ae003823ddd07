package runlog

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestForgedRecords(t *testing.T) {
	tests := []struct{ name, reason, fields string }{
		{"loss", "the ticks of an axis never ended", `"epochs":[{"phase":"body","epoch":1,"val_loss":1e308}]`},
		{"share", "it is drawn as one", `"val":{"top1":7,"n":3}`},
		{"matrix", "cells are looked up by class", `"val":{"top1":1,"n":1,"classes":["a","b"],"confusion":[[1]]}`},
		{"sum of the matrix", "images are in it once", `"val":{"top1":1,"n":1,"classes":["a"],"confusion":[[2]]}`},
		{"labels", "they number classes",
			`"val":{"top1":1,"n":1,"classes":["a"],"confusion":[[1]]},"outcomes":{"side":"val","labels":[3],"predicted":[0]}`},
		{"predictions", "there is one for each image", `"outcomes":{"side":"val","labels":[0],"predicted":[]}`},
		{"groups", "there is one for each image", `"outcomes":{"side":"val","labels":[0],"predicted":[0],"groups":[]}`},
		{"counts", "photos are not owed", `"counts":{"train":-3}`},
		{"number", "no float holds it", `"own_seconds":1e999`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, _, err := parse[Record]([]byte(`{"version":1,"id":"a",`+tt.fields+"}\n"), Version)
			if err == nil || !strings.Contains(err.Error(), "line 1") || !strings.Contains(err.Error(), "delete that line") {
				t.Errorf("%s: %v", tt.reason, err)
			}
		})
	}
}

// TestDamagedRecord: a flipped bit is never read as another result.
func TestDamagedRecord(t *testing.T) {
	path := filepath.Join(t.TempDir(), "records.jsonl")
	if err := Append(path, record("a")); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := range whole[:len(whole)-1] {
		bad := append([]byte{}, whole...)
		bad[i] ^= 1 << (i % 8)
		if got, torn, err := parse[Record](bad, Version); err == nil && torn == 0 && len(got) > 0 {
			t.Errorf("bit %d of byte %d flipped: %q was believed", i%8, i, bad)
		}
	}
	zeroed := append(append([]byte{}, whole...), make([]byte, 100)...)
	if got, torn, err := parse[Record](zeroed, Version); err != nil || len(got) != 1 || torn != 1 {
		t.Errorf("with zeros behind it: %d records, %d torn, %v", len(got), torn, err)
	}
}

// TestLinkedRecords: a link is not followed out of the folder.
func TestLinkedRecords(t *testing.T) {
	dir, outside := t.TempDir(), filepath.Join(t.TempDir(), "theirs")
	for name, there := range map[string]bool{"to a file": true, "to nothing": false} {
		if there {
			if err := os.WriteFile(outside, []byte("theirs"), 0o644); err != nil {
				t.Fatal(err)
			}
		} else if err := os.Remove(outside); err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		path := filepath.Join(dir, name)
		if err := os.Symlink(outside, path); err != nil {
			t.Fatal(err)
		}
		err := Append(path, record("a"))
		if text, readErr := os.ReadFile(outside); err == nil || there != (readErr == nil) || there &&
			string(text) != "theirs" {
			t.Errorf("%s: %v; outside is %q", name, err, text)
		}
	}
}
