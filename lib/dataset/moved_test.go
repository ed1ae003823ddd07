package dataset

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"imagelab/lib/internal/labelcsv"
	"imagelab/lib/photo/phototest"
)

// marked is a set of red/0 to red/3 and blue/0 to blue/3 with a split, groups, a copy and a
// conflict. red/3 is a copy of red/2.
func marked(t *testing.T) *Set {
	t.Helper()
	src := t.TempDir()
	for i := range 4 {
		phototest.Put(t, src, "red/"+string(rune('0'+i))+".png", numbered(t, min(i, 2)))
		phototest.Put(t, src, "blue/"+string(rune('0'+i))+".png", numbered(t, 10+i))
	}
	s := ingest(t, src)
	for i := range s.Images {
		im := &s.Images[i]
		im.Split, im.Group = []string{Train, Train, Val, Test}[i%4], "group of "+im.Path
		switch im.Path {
		case "red/3.png":
			im.DuplicateOf, im.Split = "red/2.png", ""
		case "blue/0.png":
			im.Conflict, im.Split = true, ""
		}
	}
	if err := s.Save(); err != nil {
		t.Fatal(err)
	}
	phototest.Put(t, s.Dir, "test_ids.txt", []byte(s.Images[3].SHA256+"\n"))
	return s
}

func TestIngestOfMovedPhotos(t *testing.T) {
	tests := []struct {
		name, reason string
		move         func(t *testing.T, from, to string)
		o            IngestOptions
		err, note    string // what they must say
		images       int
		same         bool // whether the split digest must be the same
	}{
		{name: "moved", reason: "same paths below another folder", move: rename(""), images: 8, same: true,
			note: "known by their content"},
		{name: "wrapped", reason: "the paths are one folder longer", move: rename("old/photos"), images: 8,
			same: true, note: "run dedup again"},
		{name: "renamed", reason: "a photo with another name is the same photo", move: func(t *testing.T, from, to string) {
			rename("")(t, from, to)
			must(t, os.Rename(filepath.Join(to, "red", "1.png"), filepath.Join(to, "red", "z.png")))
		}, images: 8, same: true},
		{name: "copied", reason: "the old place may be there still",
			move: func(t *testing.T, from, to string) { must(t, os.CopyFS(to, os.DirFS(from))) }, images: 8, same: true},
		{name: "a copy less", reason: "the photo itself is there", move: without("red/2.png"), images: 7, same: true},
		{name: "one missing", reason: "never without a word", move: without("blue/3.png"), err: "1 of 8 photos"},
		{name: "one missing and allowed", reason: "it was decided", move: without("blue/3.png"),
			o: IngestOptions{AllowMissing: true}, images: 7,
			note: "dropped 1 photo of the set for want of their files (test 1)"},
		{name: "one edited", reason: "the name is the same, the photo is not", move: func(t *testing.T, from, to string) {
			rename("")(t, from, to)
			phototest.Put(t, to, "blue/2.png", numbered(t, 99))
		}, err: "(val 1)"},
		{name: "one broken", reason: "half a photo is no photo", move: func(t *testing.T, from, to string) {
			rename("")(t, from, to)
			phototest.Put(t, to, "blue/2.png", nil)
		}, err: "1 of 8 photos"},
		{name: "more", reason: "new photos have no side yet", move: func(t *testing.T, from, to string) {
			rename("")(t, from, to)
			phototest.Put(t, to, "blue/9.png", numbered(t, 99))
		}, images: 9, note: "1 photo is new"},
		{name: "others", reason: "another set",
			move: func(t *testing.T, from, to string) { phototest.Put(t, to, "red/0.png", numbered(t, 77)) },
			err:  "none of which is in"},
		{name: "flat", reason: "classes are known already", move: func(t *testing.T, from, to string) {
			for i, path := range []string{"red/0", "red/1", "red/2", "red/3", "blue/0", "blue/1", "blue/2", "blue/3"} {
				data, err := os.ReadFile(filepath.Join(from, path+".png"))
				must(t, err)
				phototest.Put(t, to, string(rune('a'+i))+".png", data)
			}
		}, images: 8, same: true},
		{name: "by date", reason: "folders that are other classes for all", move: func(t *testing.T, from, to string) {
			must(t, os.MkdirAll(to, 0o755))
			must(t, os.Rename(filepath.Join(from, "red"), filepath.Join(to, "May")))
			must(t, os.Rename(filepath.Join(from, "blue"), filepath.Join(to, "June")))
		}, err: "would get another class"},
		{name: "relabelled", reason: "one photo was put right", move: func(t *testing.T, from, to string) {
			rename("")(t, from, to)
			must(t, os.Rename(filepath.Join(to, "red", "1.png"), filepath.Join(to, "blue", "r.png")))
		}, images: 8, note: `"blue/r.png" was "red" and is "blue"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := marked(t)
			before := contents(t, s.Dir)
			to := filepath.Join(t.TempDir(), "new")
			tt.move(t, s.Root, to)
			tt.o.MaxPixels = DefaultIngest().MaxPixels
			got, err := Ingest(t.Context(), to, s.Dir, tt.o, nil)
			if tt.err != "" {
				if err == nil || !strings.Contains(err.Error(), tt.err) {
					t.Errorf("%s: error %v, want %q", tt.reason, err, tt.err)
				}
				if _, err := Load(s.Dir); err != nil {
					t.Errorf("after a refused move: %v", err)
				}
				after := contents(t, s.Dir)
				for _, name := range []string{"set.json", manifestFile} {
					if after[name] != before[name] || before[name] == "" {
						t.Errorf("a refused move changed %s", name)
					}
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			checkMoved(t, s, got, tt.images, tt.same, tt.note)
		})
	}
}

func checkMoved(t *testing.T, s, got *Set, images int, same bool, note string) {
	t.Helper()
	loaded, err := Load(s.Dir)
	if err != nil || len(loaded.Images) != images || loaded.Root != got.Root {
		t.Fatalf("%+v, %v", loaded, err)
	}
	if loaded.SplitDigest() == s.SplitDigest() != same {
		t.Errorf("the split digest is the same: %v, want %v\n%s", !same, same, brief(loaded.Images))
	}
	if !strings.Contains(strings.Join(loaded.Notes, "\n"), note) {
		t.Errorf("no note has %q: %q", note, loaded.Notes)
	}
	was := map[string]Image{}
	for _, im := range s.Images {
		if im.Used() {
			was[im.SHA256] = im
		}
	}
	for _, im := range loaded.Images {
		if old, ok := was[im.SHA256]; ok && im.Used() && (im.Split != old.Split || im.Group != old.Group) {
			t.Errorf("%s was %s %q and is %s %q", im.Path, old.Split, old.Group, im.Split, im.Group)
		}
	}
	if err := loaded.Check(t.Context(), loaded.Images, nil); err != nil {
		t.Error(err)
	}
	if ids, err := os.ReadFile(filepath.Join(s.Dir, "test_ids.txt")); err != nil ||
		string(ids) != s.Images[3].SHA256+"\n" {
		t.Errorf("test ids %q, %v", ids, err)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// rename moves the photos into a folder below the new place.
func rename(below string) func(t *testing.T, from, to string) {
	return func(t *testing.T, from, to string) {
		to = filepath.Join(to, below)
		must(t, os.MkdirAll(filepath.Dir(to), 0o755))
		must(t, os.Rename(from, to))
	}
}

func without(name string) func(t *testing.T, from, to string) {
	return func(t *testing.T, from, to string) {
		rename("")(t, from, to)
		must(t, os.Remove(filepath.Join(to, name)))
	}
}

// TestMovedBackAndForth: a set follows its photos as often as they move, and the message about
// photos that are gone says how.
func TestMovedBackAndForth(t *testing.T) {
	s := marked(t)
	place, other := s.Root, filepath.Join(t.TempDir(), "other")
	for range 2 {
		must(t, os.Rename(place, other))
		err := s.Check(t.Context(), s.Images, nil)
		if !errors.Is(err, ErrChanged) || !strings.Contains(err.Error(), "dataset.Ingest(NEWPLACE, ") {
			t.Errorf("photos are gone: %v", err)
		}
		moved, err := Ingest(t.Context(), other, s.Dir, DefaultIngest(), nil)
		if err != nil || moved.SplitDigest() != s.SplitDigest() {
			t.Fatalf("the split changed: %v", err)
		}
		s, place, other = moved, other, place
	}
	must(t, os.RemoveAll(filepath.Join(s.Root, "red")))
	if err := s.Check(t.Context(), s.Images, nil); err == nil || !strings.Contains(err.Error(), "NEWPLACE") {
		t.Errorf("a part of the photos is gone: %v", err)
	}
}

// TestReadingStays: how a source is read is said once.
func TestReadingStays(t *testing.T) {
	src, dir := t.TempDir(), filepath.Join(t.TempDir(), "set")
	for i, f := range []string{"apple/fresh/1.png", "apple/rotten/1.png", "pear/fresh/1.png", "pear/rotten/1.png"} {
		phototest.Put(t, src, f, numbered(t, i))
	}
	classes := func(o IngestOptions, src string) string {
		t.Helper()
		s, err := Ingest(t.Context(), src, dir, o, nil)
		if err != nil {
			t.Fatal(err)
		}
		loaded, err := Load(dir)
		must(t, err)
		must(t, loaded.Save()) // as dedup and split do
		return strings.Join(s.Classes(), " ")
	}
	if got := classes(IngestOptions{Reading: Reading{ClassDepth: 2}}, src); got != "fresh rotten" {
		t.Errorf("classes %s", got)
	}
	if got := classes(IngestOptions{}, src); got != "fresh rotten" {
		t.Errorf("again, and not a word: classes %s", got)
	}
	moved := filepath.Join(t.TempDir(), "moved")
	must(t, os.Rename(src, moved))
	if got := classes(IngestOptions{}, moved); got != "fresh rotten" {
		t.Errorf("moved: classes %s", got)
	}
	if got := classes(IngestOptions{Reading: Reading{ClassDepth: -1}}, moved); got != "apple pear" {
		t.Errorf("found out again: classes %s", got)
	}
	if got := classes(IngestOptions{}, moved); got != "apple pear" {
		t.Errorf("after that: classes %s", got)
	}
}

// TestReadingFits: what was said and cannot be followed is an error.
func TestReadingFits(t *testing.T) {
	src := t.TempDir()
	phototest.Put(t, src, "cat/a.png", numbered(t, 1))
	phototest.Put(t, src, "dog/a.png", numbered(t, 2))
	file := phototest.Put(t, src, "mine.csv", []byte("path,label\ncat/a.png,cat\n"))
	for _, tt := range []struct {
		src  string
		r    Reading
		want string
	}{
		{src, Reading{Columns: labelcsv.Columns{Label: "x"}}, "no CSV file was read"},
		{src, Reading{Photos: src}, "no CSV file was read"},
		{file, Reading{ClassDepth: 1}, "IngestOptions.ClassDepth 1 has no meaning"},
	} {
		_, err := Ingest(t.Context(), tt.src, filepath.Join(t.TempDir(), "set"), IngestOptions{Reading: tt.r}, nil)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%+v: error %v, want %q", tt.r, err, tt.want)
		}
	}
}

// TestCSVMoves: the CSV and the photos may each go their own way.
func TestCSVMoves(t *testing.T) {
	home := t.TempDir()
	for i, f := range []string{"photos/1.png", "photos/2.png"} {
		phototest.Put(t, home, f, numbered(t, i))
	}
	file := phototest.Put(t, home, "lists/mine.csv", []byte("what,where\ncat,1.png\ndog,2.png\n"))
	o := DefaultIngest()
	o.Photos, o.Columns = filepath.Join(home, "photos"), labelcsv.Columns{Path: "where", Label: "what"}
	dir := filepath.Join(t.TempDir(), "set")
	first, err := Ingest(t.Context(), file, dir, o, nil)
	must(t, err)
	first.Images[0].Split = Test
	must(t, first.Save())
	elsewhere := filepath.Join(t.TempDir(), "mine.csv")
	must(t, os.Rename(file, elsewhere))
	must(t, os.Rename(filepath.Join(home, "photos"), filepath.Join(home, "bilder")))
	o = DefaultIngest()
	o.Photos = filepath.Join(home, "bilder")
	second, err := Ingest(t.Context(), elsewhere, dir, o, nil)
	must(t, err)
	if brief(second.Images) != brief(first.Images) || second.From == first.From {
		t.Errorf("got\n%s\nfrom %s, want\n%s", brief(second.Images), second.From, brief(first.Images))
	}
}
