package dataset

import (
	"fmt"
	"image"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"imagelab/lib/photo"
	"imagelab/lib/photo/phototest"
)

// ingest runs Ingest into a new folder and fails the test on an error.
func ingest(t *testing.T, src string) *Set {
	t.Helper()
	s, err := Ingest(t.Context(), src, filepath.Join(t.TempDir(), "set"), DefaultIngest(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// brief lists path, class, split and group of each image.
func brief(images []Image) string {
	var lines []string
	for _, im := range images {
		lines = append(lines, strings.TrimRight(fmt.Sprintf("%s|%s|%s|%s", im.Path, im.Class, im.Split, im.Group), "|"))
	}
	return strings.Join(lines, "\n")
}

func TestIngestSources(t *testing.T) {
	tests := []struct {
		name, reason string
		files        []string // a file with content when it ends in ".csv", see csv
		csv          string
		source, want string
		notes        string // one that must be there
		rejected     int
	}{
		{name: "folder per class", reason: "path bytes order, deeper folders belong to their class",
			files: []string{"cat/b.png", "cat/a.png", "cat/deep/x.JPG", "dog-2/a.jpeg", "dog/a.png"}, source: SourceClasses,
			want: "cat/a.png|cat\ncat/b.png|cat\ncat/deep/x.JPG|cat\ndog-2/a.jpeg|dog-2\ndog/a.png|dog"},
		{name: "splits", reason: "the folders' names in any form",
			files: []string{"Training/cat/a.png", "validation/cat/b.png", "test/dog/c.png"}, source: SourceSplits,
			want: "Training/cat/a.png|cat|train\ntest/dog/c.png|dog|test\nvalidation/cat/b.png|cat|val"},
		{name: "train only", reason: "one side with class folders",
			files: []string{"train/cat/a.png", "train/dog/b.png"}, source: SourceSplits,
			want: "train/cat/a.png|cat|train\ntrain/dog/b.png|dog|train"},
		{name: "class called train", reason: "a vehicle", files: []string{"bus/a.png", "train/b.png"}, source: SourceClasses,
			want: "bus/a.png|bus\ntrain/b.png|train"},
		{name: "flat", reason: "no labels", files: []string{"b.png", "a.png"}, source: SourceUnlabeled, want: "a.png\nb.png"},
		{name: "labels.csv", reason: "found in the folder, order and groups kept",
			files: []string{"photos/b.png", "photos/a.png"},
			csv:   "Path,Label,Group\nphotos/b.png,dog,g1\nphotos/a.png,cat,\n", source: SourceCSV,
			want: "photos/b.png|dog||g1\nphotos/a.png|cat"},
		{name: "foreign labels.csv", reason: "another tool's file does not get in the way",
			files: []string{"cat/a.png"}, csv: "id;x\n",
			source: SourceClasses, want: "cat/a.png|cat", notes: "labels.csv was not used"},
		{name: "empty class", reason: "told, not guessed", files: []string{"cat/a.png", "dog/readme.txt"},
			source: SourceClasses,
			want:   "cat/a.png|cat", notes: `class folder "dog" holds no photos`},
		{name: "strays", reason: "no class can be known", files: []string{"cat/a.png", "b.png", ".hidden/c.png",
			"cat/.d.png", "__MACOSX/cat/e.png", "cat/Thumbs.db"},
			source: SourceClasses, want: "cat/a.png|cat", rejected: 1, notes: "left out 1 file: no photos (.db 1)"},
		{name: "no ending", reason: "the content says that it is a photo", files: []string{"cat/a", "cat/b.png"},
			source: SourceClasses, want: "cat/a|cat\ncat/b.png|cat"},
		{name: "heic", reason: "a PNG by its content, which a phone or a messenger converted",
			files: []string{"cat/a.png", "cat/b.HEIC"}, source: SourceClasses, want: "cat/a.png|cat\ncat/b.HEIC|cat"},
		{name: "odd names", reason: "blanks, quotes, newlines, other scripts", files: []string{"my \"cat\"/a b'.png",
			"Füchse/нос\n1.png", "-rf/%s.png"}, source: SourceClasses,
			want: "-rf/%s.png|-rf\nFüchse/нос\n1.png|Füchse\nmy \"cat\"/a b'.png|my \"cat\""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			src := t.TempDir()
			for i, name := range tt.files {
				phototest.Put(t, src, name, numbered(t, i))
			}
			if tt.csv != "" {
				phototest.Put(t, src, "labels.csv", []byte(tt.csv))
			}
			s := ingest(t, src)
			loaded, err := Load(s.Dir)
			if err != nil {
				t.Fatal(err)
			}
			if got := brief(loaded.Images); got != tt.want || loaded.Source != tt.source {
				t.Errorf("%s: got %s\n%s\nwant %s\n%s", tt.reason, loaded.Source, got, tt.source, tt.want)
			}
			if q, err := loaded.Quarantine(); err != nil || len(q) != tt.rejected || loaded.Quarantined != tt.rejected {
				t.Errorf("quarantine %v (%d), %v; want %d", q, loaded.Quarantined, err, tt.rejected)
			}
			if !strings.Contains(strings.Join(loaded.Notes, "\n"), tt.notes) {
				t.Errorf("notes %q, want %q", loaded.Notes, tt.notes)
			}
		})
	}
}

func TestIngestQuarantinesAndLeavesOriginals(t *testing.T) {
	src := t.TempDir()
	phototest.Put(t, src, "cat/good.png", numbered(t, 1))
	phototest.Put(t, src, "cat/empty.jpg", nil)
	phototest.Put(t, src, "cat/page.jpg", []byte("<html>no</html>"))
	phototest.Put(t, src, "cat/cut.jpg", phototest.Encode(t, "jpeg", phototest.Noise(99, 99))[:3000])
	phototest.Put(t, src, "dog/huge.png", phototest.HugePNG(t))
	phototest.Put(t, src, "cat/bad\xff.png", numbered(t, 2))
	outside := phototest.Put(t, t.TempDir(), "x.png", numbered(t, 3))
	for name, target := range map[string]string{"cat/out.png": outside, "cat/in.png": "good.png",
		"cat/nowhere.png": "none.png", "linked": filepath.Dir(outside)} {
		if err := os.Symlink(target, filepath.Join(src, name)); err != nil {
			t.Fatal(err)
		}
	}
	before := snapshot(t, src)
	s := ingest(t, src)
	if got, want := brief(s.Images), "cat/good.png|cat\ncat/in.png|cat"; got != want {
		t.Errorf("images\n%s\nwant\n%s", got, want)
	}
	wants := map[string]string{
		"cat/empty.jpg": "0 bytes", "cat/page.jpg": "HTML", "cat/cut.jpg": "cut short", "dog/huge.png": "60000",
		"cat/out.png": "leads out", "cat/nowhere.png": "no such file", "linked": "leads out", "cat/bad\ufffd.png": "UTF-8",
	}
	rejected, err := s.Quarantine()
	if err != nil || len(rejected) != len(wants) {
		t.Errorf("quarantine %v, %v; want %d", rejected, err, len(wants))
	}
	for _, r := range rejected {
		if want, ok := wants[r.Path]; !ok || !strings.Contains(r.Reason, want) {
			t.Errorf("%q: %q, want %q", r.Path, r.Reason, want)
		}
	}
	if !slices.Contains(s.Notes, `class "dog" has no readable photo`) {
		t.Errorf("notes %q", s.Notes)
	}
	if !slices.Equal(before, snapshot(t, src)) {
		t.Error("the photo folder was changed")
	}
}

// snapshot describes every file of a folder: name, mode, time, content.
func snapshot(t *testing.T, root string) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		data, _ := os.ReadFile(p)
		out = append(out, fmt.Sprintf("%s %v %v %x", p, info.Mode(), info.ModTime(), data))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestIngestCSVRejects(t *testing.T) {
	src := t.TempDir()
	phototest.Put(t, src, "a.png", numbered(t, 1))
	phototest.Put(t, src, "b.png", numbered(t, 2))
	phototest.Put(t, src, "c, d.png", numbered(t, 3))
	file := phototest.Put(t, src, "mine.csv",
		[]byte("\xef\xbb\xbfpath,label\r\na.png, cat \n\"c, "+
			"d.png\",dog\n/etc/passwd,cat\n../x.png,cat\nb.png,cat\nb.png,dog\n./a.png,cat\nnone.png,cat\n,cat\nx.png\n"))
	s := ingest(t, file)
	if got, want := brief(s.Images), "a.png|cat\nc, d.png|dog"; got != want {
		t.Errorf("images\n%s\nwant\n%s", got, want)
	}
	rejected, _ := s.Quarantine()
	var got []string
	for _, r := range rejected {
		got = append(got, r.Path+": "+r.Reason)
	}
	all := strings.Join(got, "\n")
	for _, want := range []string{"/etc/passwd: line 4: the path leads out", "../x.png: line 5: the path leads out",
		`b.png: line 6: is listed with the labels "cat" and "dog"`,
		`b.png: line 7: is listed with the labels "dog" and "cat"`, "./a.png: line 8: is listed twice",
		"none.png: line 9: no such file", ": line 10: no path", "x.png: line 11: no label"} {
		if !strings.Contains(all, want) {
			t.Errorf("no %q in\n%s", want, all)
		}
	}
	bad := phototest.Put(t, src, "bad.csv", []byte("path,label\n\"a.png,cat\n"))
	if _, err := Ingest(t.Context(), bad, filepath.Join(t.TempDir(), "s"), DefaultIngest(), nil); err == nil ||
		!strings.Contains(err.Error(), "line") {
		t.Errorf("unclosed quote: error %v", err)
	}
}

// TestIngestDownsizesStrips: a copy has no side that JPEG cannot hold; one strip must not end the
// reading of all other photos.
func TestIngestDownsizesStrips(t *testing.T) {
	src := t.TempDir()
	phototest.Put(t, src, "cat/line.png", phototest.Encode(t, "png", phototest.Noise(3, 80_000)))
	phototest.Put(t, src, "cat/small.png", numbered(t, 1))
	s, err := Ingest(t.Context(), src, filepath.Join(t.TempDir(), "set"), IngestOptions{MaxPixels: 230_000}, nil)
	if err != nil {
		t.Fatal(err)
	}
	copied, _, err := photo.Decode(s.File(s.Images[0]))
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Images) != 2 || s.Images[0].File == "" || copied.Rect.Dy() != longestJPEG {
		t.Errorf("%d photos, copy %q of %v", len(s.Images), s.Images[0].File, copied.Rect)
	}
}

func TestIngestDownsizes(t *testing.T) {
	src := t.TempDir()
	big := phototest.Put(t, src, "cat/big.png", phototest.Encode(t, "png", phototest.Noise(400, 300)))
	phototest.Put(t, src, "cat/small.png", numbered(t, 1))
	dir := filepath.Join(t.TempDir(), "set")
	s, err := Ingest(t.Context(), src, dir, IngestOptions{MaxPixels: 10_000}, nil)
	if err != nil {
		t.Fatal(err)
	}
	im := s.Images[0]
	if im.Width != 400 || im.Height != 300 || !im.Has(FlagDownsized) || im.File == "" {
		t.Errorf("%+v", im)
	}
	copied, _, err := photo.Decode(s.File(im))
	if err != nil {
		t.Fatal(err)
	}
	if w, h := copied.Rect.Dx(), copied.Rect.Dy(); w*h > 10_000 || w*h < 9_500 || w < h {
		t.Errorf("the copy has %d x %d pixels", w, h)
	}
	if s.File(s.Images[1]) != filepath.Join(s.Root, "cat", "small.png") || s.Images[1].Has(FlagDownsized) {
		t.Error("a small photo was downsized")
	}
	if err := os.Remove(s.File(im)); err != nil {
		t.Fatal(err)
	}
	if s, err = Ingest(t.Context(), src, dir, IngestOptions{MaxPixels: 10_000}, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(s.File(im)); err != nil {
		t.Errorf("a lost copy was not made again: %v", err)
	}
	if s, err = Ingest(t.Context(), src, dir, IngestOptions{}, nil); err != nil ||
		s.File(s.Images[0]) != filepath.Join(s.Root, "cat", "big.png") {
		t.Errorf("without a limit: reads %s instead of %s, %v", s.File(s.Images[0]), big, err)
	}
}

func TestDownsizedStrips(t *testing.T) {
	for _, size := range []image.Point{{X: 3000, Y: 1}, {X: 1, Y: 3000}, {X: 1500, Y: 2}, {X: 50, Y: 41}} {
		file := filepath.Join(t.TempDir(), "x.jpg")
		if _, err := writeDownsized(file, phototest.Noise(size.X, size.Y), 1000); err != nil {
			t.Fatal(err)
		}
		img, _, err := photo.Decode(file)
		if err != nil || img.Rect.Dx()*img.Rect.Dy() > 1000 {
			t.Errorf("%v became %v, %v", size, img.Rect, err)
		}
	}
}

// TestDownsizedPanorama: a copy shows what the photo shows, however wide that is.
func TestDownsizedPanorama(t *testing.T) {
	wide := image.NewNRGBA(image.Rect(0, 0, 12000, 40))
	for i := range 12000 * 40 {
		level := uint8(i % 12000 * 255 / 11999) // from black on the left to white on the right
		copy(wide.Pix[4*i:], []byte{level, level, level, 255})
	}
	file := filepath.Join(t.TempDir(), "copy.jpg")
	if _, err := writeDownsized(file, wide, 60_000); err != nil {
		t.Fatal(err)
	}
	small, _, err := photo.Decode(file)
	if err != nil {
		t.Fatal(err)
	}
	width := small.Rect.Dx()
	for x := range width {
		want := 255 * x / (width - 1)
		if got := int(small.NRGBAAt(x, small.Rect.Dy()/2).R); got < want-8 || got > want+8 {
			t.Fatalf("column %d of %d is %d, want %d", x, width, got, want)
		}
	}
}

func TestOpenWritesNothing(t *testing.T) {
	src := t.TempDir()
	phototest.Put(t, src, "cat/a.png", numbered(t, 1))
	phototest.Put(t, src, "dog/b.png", numbered(t, 2))
	phototest.Put(t, src, "dog/c.png", nil)
	before := snapshot(t, src)
	s, err := Open(t.Context(), src, nil)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(before, snapshot(t, src)) {
		t.Error("Open changed the folder")
	}
	q, err := s.Quarantine()
	if len(s.Images) != 2 || len(q) != 1 || err != nil || s.Digest() != ingest(t, src).Digest() {
		t.Errorf("%+v, quarantine %v, %v", s, q, err)
	}
	if err := s.Save(); err == nil {
		t.Error("a set in memory was saved")
	}
	made := ingest(t, src)
	if loaded, err := Open(t.Context(), made.Dir, nil); err != nil || loaded.Dir != made.Dir {
		t.Errorf("Open of a dataset folder: %+v, %v", loaded, err)
	}
}

func TestProgressEndsAtTotal(t *testing.T) {
	src := t.TempDir()
	for i := range 9 {
		phototest.Put(t, src, fmt.Sprintf("cat/%d.png", i), numbered(t, i))
	}
	last, total := int64(-1), int64(0)
	_, err := Open(t.Context(), src, func(_ string, done, n int64) {
		if done != last+1 {
			t.Errorf("progress went from %d to %d", last, done)
		}
		last, total = done, n
	})
	if err != nil || last != 9 || total != 9 {
		t.Errorf("ended at %d of %d, %v", last, total, err)
	}
}
