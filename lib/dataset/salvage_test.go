package dataset

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"imagelab/lib/photo/phototest"
)

// TestIngestSalvages: whatever became of set.json, an ingest of the same photos brings the set back
// with its sides, and says what is lost.
func TestIngestSalvages(t *testing.T) {
	tests := []struct {
		name, reason string
		damage       func(text []byte) []byte
	}{
		{"empty", "a file system that kept the name only", func([]byte) []byte { return nil }},
		{"zeros", "and its length", func(b []byte) []byte { return make([]byte, len(b)) }},
		{"torn", "what was written of it", func(b []byte) []byte { return b[:len(b)/2-3] }},
		{"one bit", "of the folder's name", func(b []byte) []byte { b[20] ^= 1; return b }},
	}
	for _, tt := range tests {
		for _, whole := range []bool{true, false} {
			src := t.TempDir()
			for i, name := range []string{"a/1.png", "a/2.png", "b/3.png", "b/4.png"} {
				phototest.Put(t, src, name, numbered(t, i))
			}
			s := ingest(t, src)
			for i := range s.Images {
				s.Images[i].Split = []string{Train, Test}[i%2]
			}
			if err := s.Save(); err != nil {
				t.Fatal(err)
			}
			damageFile(t, filepath.Join(s.Dir, setFile), tt.damage)
			if _, err := Load(s.Dir); err == nil || !strings.Contains(err.Error(), "dataset.Ingest(") {
				t.Errorf("%s: load: %v", tt.name, err)
			}
			if !whole {
				damageFile(t, filepath.Join(s.Dir, manifestFile), tt.damage)
			}
			got, err := Ingest(context.Background(), src, s.Dir, DefaultIngest(), nil)
			if err != nil {
				t.Errorf("%s (%s): %v", tt.name, tt.reason, err)
				continue
			}
			if len(got.Images) != 4 || got.Images[1].Split == Test != whole ||
				strings.Count(strings.Join(got.Notes, "\n"), "set.json was damaged") != 1 {
				t.Errorf("%s (%s), manifest whole %v: %d images, second on %q, notes %q", tt.name, tt.reason, whole,
					len(got.Images), got.Images[1].Split, got.Notes)
			}
			if back, err := Load(s.Dir); err != nil || !slices.EqualFunc(back.Images, got.Images,
				func(a, b Image) bool { return a.SHA256 == b.SHA256 && a.Split == b.Split }) {
				t.Errorf("%s: read back: %v", tt.name, err)
			}
		}
	}
}

func damageFile(t *testing.T, path string, damage func([]byte) []byte) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err == nil {
		err = os.WriteFile(path, damage(text), 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestSalvageKeepsForeignFolders: another program's set.json does not make its folder a dataset's.
func TestSalvageKeepsForeignFolders(t *testing.T) {
	src := t.TempDir()
	phototest.Put(t, src, "a/1.png", numbered(t, 1))
	for _, c := range []struct {
		reason string
		files  map[string]string
	}{
		{"no JSON", map[string]string{setFile: "cut {", "thesis.tex": "years of work"}},
		{"JSON of another meaning", map[string]string{setFile: `{"title":"my cards"}`, "thesis.tex": "years of work"}},
		{"and alone", map[string]string{setFile: `{"title":"my cards"}`}},
		{"another program's manifest", map[string]string{manifestFile: `{"source-ref":"s3://b/1.jpg"}`}},
	} {
		dir := t.TempDir()
		for name, content := range c.files {
			phototest.Put(t, dir, name, []byte(content))
		}
		if _, err := Ingest(context.Background(), src, dir, DefaultIngest(), nil); err == nil {
			t.Errorf("%s: a foreign folder was taken for a dataset", c.reason)
		}
		if IsFolder(dir) {
			t.Errorf("%s: a foreign folder counts as a data set's", c.reason)
		}
		if _, _, _, err := LoadHeld(t.Context(), dir, nil); err == nil {
			t.Errorf("%s: a foreign folder was loaded", c.reason)
		}
		if left, err := os.ReadDir(dir); err != nil || len(left) != len(c.files) {
			t.Errorf("%s: in the foreign folder are now %v, %v", c.reason, left, err)
		}
		for name, content := range c.files {
			if now, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(now) != content {
				t.Errorf("%s: %s is now %q, %v", c.reason, name, now, err)
			}
		}
	}
}

// TestLinkedCache: a cache that is a link out of the dataset folder is replaced, and not written
// through.
func TestLinkedCache(t *testing.T) {
	src, outside := t.TempDir(), filepath.Join(t.TempDir(), "theirs")
	phototest.Put(t, src, "a/1.png", numbered(t, 1))
	s := ingest(t, src)
	name := filepath.Join(s.Dir, cacheFile)
	if err := os.WriteFile(outside, []byte("theirs\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(name); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, name); err != nil {
		t.Fatal(err)
	}
	if _, err := Ingest(context.Background(), src, s.Dir, DefaultIngest(), nil); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(outside); err != nil || string(text) != "theirs\n" {
		t.Errorf("the file outside is now %q, %v", text, err)
	}
}

// FuzzSet loads a dataset folder whose set.json and quarantine are any bytes.
func FuzzSet(f *testing.F) {
	f.Add([]byte(`{"root":"/p","source":"classes","images":0,"quarantined":1,"reading":{"class_depth":1},"max_pixels":-1}`), []byte(`{"path":"a","reason":"b"}`))
	f.Add([]byte(`{"images":-1,"from":"x","left_out":[{"files":-5}],"notes":["\u0000"]}`), []byte("\x00"))
	f.Fuzz(func(t *testing.T, header, quarantine []byte) {
		dir := t.TempDir()
		for name, data := range map[string][]byte{setFile: header, manifestFile: nil, quarantineFile: quarantine} {
			if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		s, err := Load(dir)
		if err != nil {
			return
		}
		if q, err := s.Quarantine(); err == nil && len(q) != s.Quarantined {
			t.Errorf("%d of %d rejected files", len(q), s.Quarantined)
		}
		if err := s.Save(); err != nil {
			t.Fatal(err)
		}
		if _, err := Load(dir); err != nil {
			t.Errorf("saved, it reads back as %v", err)
		}
	})
}

// FuzzIngestCache opens a cache of any bytes, adds a photo and opens it again.
func FuzzIngestCache(f *testing.F) {
	f.Add([]byte(lineDigest([]byte("{}")) + " {}\n0 {}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, cacheFile), data, 0o644); err != nil {
			t.Fatal(err)
		}
		c, err := openCache(filepath.Join(dir, cacheFile))
		if err != nil {
			t.Fatal(err)
		}
		defer c.close()
		known := len(c.known)
		if err := c.add(cacheLine{Image: Image{SHA256: "a"}}); err != nil {
			t.Fatal(err)
		}
		again, err := openCache(filepath.Join(dir, cacheFile))
		if err != nil || len(again.known) != known {
			t.Fatalf("%d photos are known, then %v", known, err)
		}
		again.close()
	})
}
