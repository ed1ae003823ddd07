package dataset

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"imagelab/lib/internal/dhash"
	"imagelab/lib/internal/labelcsv"
	"imagelab/lib/photo"
	"imagelab/lib/photo/phototest"
)

const someHash = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

func TestDigests(t *testing.T) {
	im := func(path, sha, class, split string) Image {
		return Image{Path: path, SHA256: sha, Class: class, Split: split}
	}
	base := Set{Images: []Image{im("a", "1", "cat", Train), im("b", "2", "dog", Test)}}
	tests := []struct {
		name, reason string
		images       []Image
		same, split  bool // whether Digest and SplitDigest stay
	}{
		{"moved", "paths do not count", []Image{im("x/b", "2", "dog", Test), im("x/a", "1", "cat", Train)}, true, true},
		{"duplicate", "what is left out does not count", append(slices.Clone(base.Images),
			Image{Path: "c", SHA256: "1", Class: "cat", DuplicateOf: "a"}), true, true},
		{"resplit", "the content is the same", []Image{im("a", "1", "cat", Test), im("b", "2", "dog", Test)}, true, false},
		{"relabelled", "another task", []Image{im("a", "1", "dog", Train), im("b", "2", "dog", Test)}, false, false},
		{"content", "another photo", []Image{im("a", "3", "cat", Train), im("b", "2", "dog", Test)}, false, false},
		{"class eats field", "the border between fields counts", []Image{im("a", "1c", "at", Train),
			im("b", "2", "dog", Test)}, false, false},
	}
	for _, tt := range tests {
		s := Set{Dir: "elsewhere", Images: tt.images}
		if (s.Digest() == base.Digest()) != tt.same || (s.SplitDigest() == base.SplitDigest()) != tt.split {
			t.Errorf("%s: %s", tt.name, tt.reason)
		}
	}
}

func TestKeptAndClasses(t *testing.T) {
	s := Set{Images: []Image{
		{Path: "1", Class: "b", Split: Train}, {Path: "2", Class: "a", DuplicateOf: "1", Split: Train},
		{Path: "3", Class: "c", Conflict: true, Split: Train}, {Path: "4", Class: "a", Split: Test}, {Path: "5"},
	}}
	if got := s.Classes(); !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("classes %v", got)
	}
	if kept, train := s.Kept(), s.InSplit(Train); len(kept) != 3 || len(train) != 1 || train[0].Path != "1" {
		t.Errorf("kept %v, train %v", kept, train)
	}
}

func TestSaveLoad(t *testing.T) {
	s := &Set{Dir: t.TempDir(), Root: "/photos", Source: SourceCSV, Quarantined: 3, Notes: []string{"a note"},
		Images: []Image{
			{Path: "odd \"name\"\n<ü>.png", SHA256: someHash, Pixels: someHash, Class: "a b", Width: 3, Height: 4,
				File: "downsized/x.jpg", Flags: []string{photo.FlagCMYK},
				Hash: dhash.Fingerprint{Hash: dhash.Hash{1, 2}}.String(), DuplicateOf: "b", Conflict: true,
				Group: "g", GroupColumn: "g", Split: Val},
			{Path: "b", SHA256: someHash, Pixels: someHash, Width: 1, Height: 1},
		}}
	if err := s.Save(); err != nil {
		t.Fatal(err)
	}
	got, err := Load(s.Dir)
	if err != nil || !reflect.DeepEqual(got, s) {
		t.Errorf("got %+v, %v\nwant %+v", got, err, s)
	}
	files, _ := os.ReadDir(s.Dir)
	if len(files) != 2 {
		t.Errorf("Save left %v", files)
	}
}

// TestOlderHash: one of another kind is forgotten, since it must not be compared with those of
// today.
func TestOlderHash(t *testing.T) {
	s := &Set{Dir: t.TempDir(), Root: "/photos", Images: []Image{{Path: "a", SHA256: someHash, Pixels: someHash, Width: 1,
		Height: 1, Hash: someHash}}}
	if err := s.Save(); err != nil {
		t.Fatal(err)
	}
	if got, err := Load(s.Dir); err != nil || got.Images[0].Hash != "" {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestLoadRefuses(t *testing.T) {
	line := func(change func(m map[string]any)) string {
		m := map[string]any{"path": "a", "sha256": someHash, "pixels": someHash, "width": 1, "height": 1}
		change(m)
		data, _ := json.Marshal(m)
		return string(data) + "\n"
	}
	good := line(func(map[string]any) {})
	tests := []struct{ name, reason, manifest, want string }{
		{"cut line", "half a manifest is none", good[:40], "line 1"},
		{"missing lines", "a manifest from before", "", "has 0 images"},
		{"twice", "paths name images", good + good, "occurs twice"},
		{"climbing path", "would read other files", line(func(m map[string]any) { m["path"] = "../../etc/passwd" }),
			"leads out"},
		{"absolute path", "the same", line(func(m map[string]any) { m["path"] = "/etc/passwd" }), "leads out"},
		{"climbing file", "the same", line(func(m map[string]any) { m["file"] = "../x" }), "leads out"},
		{"no hash", "nothing to know the photo by", line(func(m map[string]any) { m["sha256"] = "" }), "64 hex digits"},
		{"bad dhash", "dedup would misread it", line(func(m map[string]any) { m["hash"] = "xyz" }), "not a fingerprint"},
		{"no size", "not from ingest", line(func(m map[string]any) { m["width"] = 0 }), "width"},
		{"unknown side", "would silently be left out", line(func(m map[string]any) { m["split"] = "training" }), "split"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := &Set{Dir: t.TempDir(), Root: "/photos",
				Images: []Image{{Path: "a", SHA256: someHash, Pixels: someHash, Width: 1, Height: 1}}}
			if err := s.Save(); err != nil {
				t.Fatal(err)
			}
			phototest.Put(t, s.Dir, manifestFile, []byte(tt.manifest))
			if _, err := Load(s.Dir); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want %q", err, tt.want)
			}
		})
	}
	if _, err := Load(filepath.Join(t.TempDir(), "none")); err == nil ||
		!strings.Contains(err.Error(), "dataset.Ingest(PHOTOS, ") {
		t.Errorf("no dataset: error %v", err)
	}
	photos := t.TempDir()
	phototest.Put(t, photos, "a.png", nil)
	if _, err := Load(photos); err == nil || !strings.Contains(err.Error(), "dataset.Ingest("+photos+", data/") {
		t.Errorf("a folder of photos: error %v", err)
	}
}

func TestWriteFileKeepsTheOldOne(t *testing.T) {
	dir := t.TempDir()
	file := phototest.Put(t, dir, "x", []byte("old"))
	err := WriteFile(file, func(w io.Writer) error {
		io.WriteString(w, "half of the n")
		return io.ErrShortWrite
	})
	data, _ := os.ReadFile(file)
	files, _ := os.ReadDir(dir)
	if err == nil || string(data) != "old" || len(files) != 1 {
		t.Errorf("error %v, content %q, files %v", err, data, files)
	}
}

func FuzzManifest(f *testing.F) {
	f.Add([]byte(`{"path":"a","sha256":"` + someHash + `","pixels":"` + someHash +
		`","width":1,"height":1,"split":"val"}` + "\n"))
	f.Add([]byte("{}\n\n{"))
	f.Fuzz(func(t *testing.T, data []byte) {
		images, err := readManifest(bytes.NewReader(data))
		if err != nil {
			return
		}
		var out bytes.Buffer
		enc := json.NewEncoder(&out)
		for _, im := range images {
			if !filepath.IsLocal(im.Path) {
				t.Errorf("path %q was let through", im.Path)
			}
			if err := enc.Encode(im); err != nil {
				t.Fatal(err)
			}
		}
		again, err := readManifest(&out)
		if err != nil || len(again) != len(images) {
			t.Errorf("written again it reads as %d images, not %d: %v", len(again), len(images), err)
		}
	})
}

func FuzzCSV(f *testing.F) {
	f.Add([]byte("path,label,group\na.png,cat,1\n\"b \"\"2\"\".png\",dog\n"))
	f.Add([]byte("\xef\xbb\xbfPath, Label\r\n../../etc/passwd,x\r\n"))
	f.Add([]byte("sep=;\nimage_id;label\n=..\\..\\x;1\nfile:///C:/a%2fb;2\n"))
	root := f.TempDir()
	f.Fuzz(func(t *testing.T, data []byte) {
		table, err := labelcsv.Read(bytes.NewReader(data), labelcsv.Columns{})
		if err != nil {
			return
		}
		s := newSeeker(root, filepath.Join(root, "labels.csv"))
		for _, r := range table.Rows {
			if _, reason := s.find(r); r.Reason == "" && reason == "" {
				t.Errorf("row %+v passed in a folder without files", r)
			}
		}
	})
}

func TestPerClass(t *testing.T) {
	got := PerClass([]Image{{Class: "cat"}, {Class: "dog"}, {Class: "cat", DuplicateOf: "a.jpg"}})
	// whoever wants no duplicates passes Kept
	if want := map[string]int{"cat": 2, "dog": 1}; !reflect.DeepEqual(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestGroups(t *testing.T) {
	tests := []struct {
		name, reason string
		groups       []string
		want         []int
	}{
		{"some", "an image without a group stands for itself", []string{"b", "", "a", "b", ""}, []int{0, 1, 2, 0, 3}},
		{"all alone", "groups of one image say nothing", []string{"a", "b", ""}, nil},
		{"none", "no set, no groups", nil, nil},
	}
	for _, tt := range tests {
		images := make([]Image, len(tt.groups))
		for i, g := range tt.groups {
			images[i].Group = g
		}
		if got := Groups(images); !slices.Equal(got, tt.want) {
			t.Errorf("%s: %v, want %v: %s", tt.name, got, tt.want, tt.reason)
		}
	}
}
