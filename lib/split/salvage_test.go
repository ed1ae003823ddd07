package split

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"imagelab/lib/dataset"
	"imagelab/lib/internal/seal"
)

// TestDamagedIDs damages the list of test images in each way that disks do, with and without the
// sides in the manifest: the test side stays what it was, or split refuses and says what to do.
func TestDamagedIDs(t *testing.T) {
	tests := []struct {
		name, reason string
		damage       func(text []byte) []byte
	}{
		{"empty", "a file system that kept the name only", func([]byte) []byte { return nil }},
		{"zeros", "and its length", func(b []byte) []byte { return make([]byte, len(b)) }},
		{"cut in a line", "what was written of it", func(b []byte) []byte { return b[:len(b)/2] }},
		{"cut between lines", "every line is right",
			func(b []byte) []byte { return b[:bytes.LastIndexByte(b[:len(b)-1], '\n')+1] }},
		{"zero tail", "what was written, and the length", func(b []byte) []byte {
			return append(b[:len(b)/2:len(b)/2], make([]byte, len(b)/2)...)
		}},
		{"one bit", "of an id", func(b []byte) []byte { b[len(b)/2] ^= 1; return b }},
		{"without the first line", "an older version had none",
			func(b []byte) []byte { return b[bytes.IndexByte(b, '\n')+5:] }},
	}
	for _, tt := range tests {
		for _, marked := range []bool{true, false} {
			s := set(t, map[string]int{"a": 40, "b": 40})
			mustRun(t, s, Default())
			first := maps.Clone(sidesOf(s))
			path := filepath.Join(s.Dir, idsFile)
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, tt.damage(text), 0o644); err != nil {
				t.Fatal(err)
			}
			for i := range s.Images {
				if !marked { // as after an ingest
					s.Images[i].Split = ""
				}
			}
			other := Default()
			other.Seed = 9
			sum, err := Run(s, other)
			switch {
			case !marked && (err == nil || !strings.Contains(err.Error(), "split.Options.Redo")):
				t.Errorf("%s (%s), sides forgotten: %v", tt.name, tt.reason, err)
			case marked && err != nil:
				t.Errorf("%s (%s): %v", tt.name, tt.reason, err)
			case marked:
				checkTest(t, s, first, 0)
				if !strings.Contains(strings.Join(sum.Notes, "\n"), "made anew from the 16 test images") {
					t.Errorf("%s: nothing is said: %q", tt.name, sum.Notes)
				}
			}
		}
	}
}

// TestOlderIDs: a list of a version that did not seal is believed where every line of it can be.
func TestOlderIDs(t *testing.T) {
	s := set(t, map[string]int{"a": 40, "b": 40})
	mustRun(t, s, Default())
	first := maps.Clone(sidesOf(s))
	path := filepath.Join(s.Dir, idsFile)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines, _, err := seal.CheckText(text)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, lines, 0o644); err != nil {
		t.Fatal(err)
	}
	for i := range s.Images {
		s.Images[i].Split = ""
	}
	mustRun(t, s, Default())
	checkTest(t, s, first, 0)
}

// FuzzIDs splits by a test_ids.txt and rules of any bytes.
func FuzzIDs(f *testing.F) {
	f.Add([]byte("a/1.jpg\n"), []byte(`{"version":1,"options":{"val":0.15,"test":0.2,"seed":1}}`))
	f.Add(seal.Text([]byte(id("a/2.jpg")+"\n")),
		[]byte(`{"version":1,"options":{"group_pattern":"(.)"},"runs":[["a"],[]]}`))
	f.Add([]byte("# seal 0\n"), []byte{})
	f.Fuzz(func(t *testing.T, ids, rules []byte) {
		s := set(t, map[string]int{"a": 8, "b": 8})
		for name, data := range map[string][]byte{idsFile: ids, rulesFile: rules} {
			if err := os.WriteFile(filepath.Join(s.Dir, name), data, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		o := Default()
		if kept, ok, err := Kept(s.Dir); ok && err == nil {
			o = kept
		}
		if _, err := Run(s, o); err != nil {
			return
		}
		for _, im := range s.Images {
			if im.Split != dataset.Train && im.Split != dataset.Val && im.Split != dataset.Test {
				t.Errorf("%s is on side %q", im.Path, im.Split)
			}
		}
	})
}
