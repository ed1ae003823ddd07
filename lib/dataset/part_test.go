package dataset

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"imagelab/lib/part"
	"imagelab/lib/photo/phototest"
)

// manyPhotos is a folder of n small photos in classes: with copies, broken files, large and deep
// ones and one that is no photo.
func manyPhotos(t *testing.T, n int) string {
	t.Helper()
	src := t.TempDir()
	for i := range n {
		name, data := fmt.Sprintf("class%d/%03d.png", i%3, i), numbered(t, i)
		switch {
		case i%29 == 0:
			data = data[:len(data)/2]
		case i%23 == 0:
			data = numbered(t, i-1)
		case i%31 == 0:
			data = phototest.Encode(t, "png", phototest.Noise(40, 40))
		case i%37 == 0:
			data = phototest.Encode(t, "png", phototest.Counts(0, uint16(1000+i), 4))
		}
		phototest.Put(t, src, name, data)
	}
	phototest.Put(t, src, "class0/notes.txt", []byte("no photo"))
	return src
}

var inParts = IngestOptions{MaxPixels: 48 * 32}

// contents are the files of a set by name; lines of the cache are sorted, each once, since they
// stand in the order in which photos were read.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(filepath.Join(dir, name))
		if name == cacheFile {
			lines := slices.Compact(slices.Sorted(strings.Lines(string(data))))
			data = []byte(strings.Join(lines, ""))
		}
		files[name] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func sameFiles(t *testing.T, got, want map[string]string) {
	t.Helper()
	for name := range want {
		if got[name] != want[name] {
			t.Errorf("%s differs from that of a single run:\n%.300s\n%.300s", name, got[name], want[name])
		}
	}
	for name := range got {
		if _, ok := want[name]; !ok {
			t.Errorf("%s is not in the folder of a single run", name)
		}
	}
}

// TestPartsMakeTheSameSet: however many shards there are, in which order they run, and whichever of
// them are stopped in the middle, the set is that of a single run, byte for byte.
func TestPartsMakeTheSameSet(t *testing.T) {
	src := manyPhotos(t, 300)
	single := filepath.Join(t.TempDir(), "set")
	if _, err := Ingest(t.Context(), src, single, inParts, nil); err != nil {
		t.Fatal(err)
	}
	want := contents(t, single)
	random := rand.New(rand.NewPCG(1, 2))
	for _, count := range []int{1, 2, 8, 40} {
		dir := filepath.Join(t.TempDir(), "set")
		for _, i := range random.Perm(count) {
			shard := part.Shard{Index: i + 1, Count: count}
			if random.IntN(3) == 0 {
				stopAfter(t, src, dir, shard, 3)
			}
			done, err := IngestPart(t.Context(), src, dir, inParts, shard, nil)
			if err != nil || done.Before {
				t.Fatalf("shard %s: %+v, %v", shard, done, err)
			}
			if again, err := IngestPart(t.Context(), src, dir, inParts, shard, nothingIsRead(t)); err != nil || !again.Before ||
				again.Photos != done.Photos {
				t.Fatalf("shard %s again: %+v, %v", shard, again, err)
			}
		}
		if _, err := Ingest(t.Context(), src, dir, inParts, nil); err != nil {
			t.Fatal(err)
		}
		sameFiles(t, contents(t, dir), want)
	}
}

// stopAfter stops a part after so many photos.
func stopAfter(t *testing.T, src, dir string, shard part.Shard, photos int64) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	_, err := IngestPart(ctx, src, dir, inParts, shard, func(stage string, done, _ int64) {
		if stage == "reading photos" && done >= photos {
			cancel()
		}
	})
	if err != nil && !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if err == nil { // it was done before it could be stopped: as if it never ran
		if err := os.RemoveAll((&Set{Dir: dir}).partsOf("").File(shard) + ".done"); err != nil {
			t.Fatal(err)
		}
	}
}

func nothingIsRead(t *testing.T) func(string, int64, int64) {
	return func(stage string, done, _ int64) {
		if stage == "reading photos" && done > 0 {
			t.Error("a part that is done was read again")
		}
	}
}

// TestPartsThatDoNotFit: what is not whole, or of other work, is refused in words, and what the
// words say helps.
func TestPartsThatDoNotFit(t *testing.T) {
	src := manyPhotos(t, 12)
	two := part.Shard{Index: 2, Count: 2}
	file := func(dir string, s part.Shard) string { return (&Set{Dir: dir}).partsOf("").File(s) }
	tests := []struct {
		name, reason string
		spoil        func(t *testing.T, dir string) error
		want         string // of the error
	}{
		{"one part is missing", "its worker died, or never began", func(t *testing.T, dir string) error {
			return os.Remove(file(dir, two) + ".done")
		}, "not done: 2"},
		{"a marker without its file", "a shared folder shows it late", func(t *testing.T, dir string) error {
			return os.Remove(file(dir, two))
		}, "damaged: 2"},
		{"a torn part", "a disk that was full, a copy that broke off", func(t *testing.T, dir string) error {
			return os.Truncate(file(dir, two), 100)
		}, "damaged: 2"},
		{"an empty marker", "the machine lost its power", func(t *testing.T, dir string) error {
			return os.Truncate(file(dir, two)+".done", 0)
		}, "damaged: 2"},
		{"a photo nobody sees", "a shared folder shows files late, or it was deleted", func(t *testing.T, dir string) error {
			return os.Rename(filepath.Join(src, "class1/004.png"), filepath.Join(src, "class1/004.png.away"))
		}, "class1/004.png"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "set")
			readParts(t, src, dir, 2)
			if err := tt.spoil(t, dir); err != nil {
				t.Fatal(err)
			}
			if _, err := Ingest(t.Context(), src, dir, inParts, nil); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("error %v, want %q: %s", err, tt.want, tt.reason)
			}
			if _, err := os.Stat(filepath.Join(dir, setFile)); err == nil {
				t.Error("the refused ingest began a set")
			}
			os.Rename(filepath.Join(src, "class1/004.png.away"), filepath.Join(src, "class1/004.png")) // if it is away
			readParts(t, src, dir, 2)
			if s, err := Ingest(t.Context(), src, dir, inParts, nil); err != nil || len(s.Images) != 11 {
				t.Errorf("after the parts were run again: %v", err)
			}
		})
	}
}

func readParts(t *testing.T, src, dir string, count int) {
	t.Helper()
	for i := range count {
		if _, err := IngestPart(t.Context(), src, dir, inParts, part.Shard{Index: i + 1, Count: count}, nil); err != nil {
			t.Fatal(err)
		}
	}
}

// TestPartsOfOtherWork: another number of shards, or other options, would leave out photos or mix
// what does not belong together.
func TestPartsOfOtherWork(t *testing.T) {
	src, dir := manyPhotos(t, 12), filepath.Join(t.TempDir(), "set")
	readParts(t, src, dir, 2)
	_, err := IngestPart(t.Context(), src, dir, inParts, part.Shard{Index: 1, Count: 3}, nil)
	if err == nil || !strings.Contains(err.Error(), "parts of 2, and 1/3 is of another number") {
		t.Errorf("another number of shards: %v", err)
	}
	other := IngestOptions{MaxPixels: 99}
	if _, err := IngestPart(t.Context(), src, dir, other, part.Shard{Index: 1, Count: 2}, nil); err == nil ||
		!strings.Contains(err.Error(), "with other options") {
		t.Errorf("a part with other options: %v", err)
	}
	if _, err := Ingest(t.Context(), src, dir, other, nil); err == nil ||
		!strings.Contains(err.Error(), "with other options") {
		t.Errorf("put together with other options: %v", err)
	}
	phototest.Put(t, dir, "parts/ingest-1-of-3", nil)
	if _, err := Ingest(t.Context(), src, dir, inParts, nil); err == nil ||
		!strings.Contains(err.Error(), "parts of 2 and of 3") {
		t.Errorf("two numbers of shards: %v", err)
	}
	if _, err := IngestPart(t.Context(), src, src, inParts, part.Shard{Index: 1, Count: 2}, nil); err == nil {
		t.Error("a part was written into the photo folder")
	}
}

// TestPartsBesideASet: photos that came since the last ingest, and those that nobody read in parts,
// come in too, and the set is what a plain ingest makes of it.
func TestPartsBesideASet(t *testing.T) {
	src, dir, plain := manyPhotos(t, 40), filepath.Join(t.TempDir(), "set"), filepath.Join(t.TempDir(), "set")
	for _, d := range []string{dir, plain} {
		if _, err := Ingest(t.Context(), src, d, inParts, nil); err != nil {
			t.Fatal(err)
		}
	}
	phototest.Put(t, src, "class0/new.png", numbered(t, 5001))
	readParts(t, src, dir, 3)
	if s, err := Load(dir); err != nil ||
		slices.ContainsFunc(s.Images, func(im Image) bool { return im.Path == "class0/new.png" }) {
		t.Errorf("the set changed before the parts were put together: %v", err)
	}
	phototest.Put(t, src, "class0/newer.png", numbered(t, 5002))
	for _, d := range []string{dir, plain} {
		if _, err := Ingest(t.Context(), src, d, inParts, nil); err != nil {
			t.Fatal(err)
		}
	}
	sameFiles(t, contents(t, dir), contents(t, plain))
}

func TestIngestList(t *testing.T) {
	src := t.TempDir()
	for i, name := range []string{"cat/a.png", "cat/b.png", "dog/deep/a.png", "dog/b.png", ".hidden/a.png"} {
		phototest.Put(t, src, name, numbered(t, i))
	}
	outside := phototest.Put(t, t.TempDir(), "x/secret.png", numbered(t, 9))
	if err := os.Symlink(filepath.Dir(outside), filepath.Join(src, "cat/link")); err != nil {
		t.Fatal(err)
	}
	all := "cat/a.png|cat\ncat/b.png|cat\ndog/b.png|dog\ndog/deep/a.png|dog"
	tests := []struct {
		name, reason, list, want string
		rejected                 int
	}{
		{"all, in any order", "the order of the set is its own", "dog/b.png\ndog/deep/a.png\ncat/b.png\ncat/a.png\n", all, 0},
		{"some", "the others are passed over", "cat/a.png\ndog/b.png", "cat/a.png|cat\ndog/b.png|dog", 0},
		{"as find writes them", "with a dot before, or from the root on",
			"./cat/a.png\r\n" + src + "/dog/b.png\n\n./cat/a.png\n", "cat/a.png|cat\ndog/b.png|dog", 0},
		{"hidden", "left out as in a walk", "cat/a.png\ndog/b.png\n.hidden/a.png\n", "cat/a.png|cat\ndog/b.png|dog", 0},
		{"outside", "nothing outside is read", "cat/a.png\ndog/b.png\n../x.png\n" + outside +
			"\ncat/link/secret.png\n", "cat/a.png|cat\ndog/b.png|dog", 3},
		{"gone, and a folder", "the owner of the list believes that they are in the set",
			"cat/a.png\ndog/b.png\ncat/none.png\ndog/deep\n", "cat/a.png|cat\ndog/b.png|dog", 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := inParts
			o.List = phototest.Put(t, t.TempDir(), "list.txt", []byte(tt.list))
			dir, sharded := filepath.Join(t.TempDir(), "set"), filepath.Join(t.TempDir(), "set")
			s, err := Ingest(t.Context(), src, dir, o, nil)
			if err != nil || brief(s.Images) != tt.want || s.Quarantined != tt.rejected {
				t.Fatalf("%v\n%s\nquarantined %d, want %d", err, brief(s.Images), s.Quarantined, tt.rejected)
			}
			for i := range 2 {
				if _, err := IngestPart(t.Context(), src, sharded, o, part.Shard{Index: i + 1, Count: 2}, nil); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := Ingest(t.Context(), src, sharded, o, nil); err != nil {
				t.Fatal(err)
			}
			sameFiles(t, contents(t, sharded), contents(t, dir))
		})
	}
	for _, list := range []string{"", "\n\n"} {
		o := inParts
		o.List = phototest.Put(t, t.TempDir(), "list.txt", []byte(list))
		if _, err := Ingest(t.Context(), src, t.TempDir(), o, nil); err == nil ||
			!strings.Contains(err.Error(), "it is empty") {
			t.Errorf("an empty list: %v", err)
		}
	}
	o := inParts
	o.List = filepath.Join(src, "none.txt")
	if _, err := Ingest(t.Context(), src, t.TempDir(), o, nil); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a list that is not there: %v", err)
	}
}

// FuzzPartFile: whatever a part's file holds, it is taken whole or refused, and no path of it leads
// out of the folders.
func FuzzPartFile(f *testing.F) {
	f.Add([]byte(`{"path":"a.png","sha256":"` + strings.Repeat("0", 64) + `","pixels":"` + strings.Repeat("0", 64) +
		`","width":1,"height":1}`))
	f.Add([]byte(`{"path":"../a.png"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		images, err := readManifest(bytes.NewReader(data))
		for _, im := range images {
			if err == nil && (!filepath.IsLocal(im.Path) || im.File != "" && !filepath.IsLocal(im.File)) {
				t.Errorf("%q, %q", im.Path, im.File)
			}
		}
	})
}

// TestHashesInParts: hashes that an older set lacks are taken in parts, and are those of one run.
func TestHashesInParts(t *testing.T) {
	s := ingest(t, manyPhotos(t, 20))
	want := slices.Clone(s.Images)
	for i := range s.Images {
		s.Images[i].Hash = "" // as an older version left them
	}
	if err := s.Save(); err != nil {
		t.Fatal(err)
	}
	do := func(i int) part.Done {
		t.Helper()
		done, err := HashPart(t.Context(), s, s.Images, part.Shard{Index: i, Count: 2}, nil)
		if err != nil {
			t.Fatal(err)
		}
		return done
	}
	first := do(1)
	if err := TakeHashes(t.Context(), s, nil); err == nil || !strings.Contains(err.Error(), "not done: 2") {
		t.Errorf("with a part that is missing: %v", err)
	}
	if second := do(2); first.Photos+second.Photos != len(s.Images) || !do(1).Before {
		t.Errorf("parts of %d and %d of %d photos", first.Photos, second.Photos, len(s.Images))
	}
	if err := TakeHashes(t.Context(), s, nothingIsHashed(t)); err != nil {
		t.Fatal(err)
	}
	if !slices.EqualFunc(s.Images, want, func(a, b Image) bool {
		return a.Hash == b.Hash && slices.Equal(a.Flags, b.Flags)
	}) {
		t.Error("the hashes are not those of one run")
	}
	if err := s.Save(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(s.Dir, part.Folder)); err == nil {
		t.Error("the parts are still there")
	}
}

func nothingIsHashed(t *testing.T) func(string, int64, int64) {
	return func(stage string, done, _ int64) {
		if stage == "hashing photos" && done > 0 {
			t.Error("a hash of a part was taken again")
		}
	}
}

func TestListed(t *testing.T) {
	src := t.TempDir()
	for i, name := range []string{"cat/a.png", "cat/b.png", "dog/c.png"} {
		phototest.Put(t, src, name, numbered(t, i))
	}
	s := ingest(t, src)
	tests := []struct {
		name, reason string
		lines        []string
		want         string // or else an error
	}{
		{"no list", "all", nil, "cat/a.png|cat\ncat/b.png|cat\ndog/c.png|dog"},
		{"a path", "as in the manifest", []string{"cat/b.png"}, "cat/b.png|cat"},
		{"as find writes it", "the same file", []string{"./cat/b.png", filepath.Join(s.Root, "dog/c.png")},
			"cat/b.png|cat\ndog/c.png|dog"},
		{"a content", "which outlives moves", []string{s.Images[0].SHA256}, "cat/a.png|cat"},
		{"unknown", "a slip would leave photos out without a word", []string{"cat/a.png", "cat/none.png"}, ""},
	}
	for _, tt := range tests {
		got, err := Listed(s, s.Images, tt.lines)
		if (err != nil) != (tt.want == "") || brief(got) != tt.want {
			t.Errorf("%s: %v, %s: %s", tt.name, err, brief(got), tt.reason)
		}
	}
}
