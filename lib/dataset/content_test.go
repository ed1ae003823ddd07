package dataset

import (
	"bytes"
	"errors"
	"image"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"imagelab/lib/photo/phototest"
)

// TestIngestSeesChangedPhotos: a photo is its bytes. Names, sizes and dates stay what they were
// when photos are exchanged.
func TestIngestSeesChangedPhotos(t *testing.T) {
	date := time.Now().Add(-time.Hour)
	for _, tt := range []struct {
		name, reason string
		change       func(t *testing.T, src string)
	}{
		{"edited later", "another date", func(t *testing.T, src string) { phototest.Put(t, src, "cat/a.bmp", flat(t, 9)) }},
		{"edited, with the old date", "the same size and date", func(t *testing.T, src string) {
			file := phototest.Put(t, src, "cat/a.bmp", flat(t, 9))
			if err := os.Chtimes(file, date, date); err != nil {
				t.Fatal(err)
			}
		}},
		{"link to another", "a link of the old name", func(t *testing.T, src string) {
			if err := errors.Join(os.Remove(filepath.Join(src, "cat/a.bmp")),
				os.Symlink("b.bmp", filepath.Join(src, "cat/a.bmp"))); err != nil {
				t.Fatal(err)
			}
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			src := t.TempDir()
			for i, name := range []string{"cat/a.bmp", "cat/b.bmp"} {
				if err := os.Chtimes(phototest.Put(t, src, name, flat(t, i)), date, date); err != nil {
					t.Fatal(err)
				}
			}
			s := ingest(t, src)
			tt.change(t, src)
			again, err := Ingest(t.Context(), src, s.Dir, DefaultIngest(), nil)
			if err != nil || len(again.Images) != 2 || again.Images[0].SHA256 == s.Images[0].SHA256 ||
				again.Images[1].SHA256 != s.Images[1].SHA256 {
				t.Errorf("%s: %+v, %v", tt.reason, again, err)
			}
		})
	}
}

// flat is a BMP, so that all have the same number of bytes.
func flat(t *testing.T, n int) []byte {
	img := phototest.Noise(20, 20)
	for i := range img.Pix[:400] {
		img.Pix[i] = uint8(n*40 + i%7)
	}
	return phototest.Encode(t, "bmp", img)
}

// TestIngestCacheIsNotBelievedBlindly: what stands in it is used only as it was written, by this
// decoder, for these bytes.
func TestIngestCacheIsNotBelievedBlindly(t *testing.T) {
	src := t.TempDir()
	phototest.Put(t, src, "cat/a.png", numbered(t, 1))
	s := ingest(t, src)
	file := filepath.Join(s.Dir, cacheFile)
	good, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for i := range good {
		bad := bytes.Clone(good)
		bad[i] ^= 1
		for line := range bytes.Lines(bad) {
			if l, ok := parseCacheLine(line); ok && i < len(good)-1 { // without its line break the last line is whole too
				t.Fatalf("byte %d flipped: believed %+v", i, l)
			}
		}
	}
	old := phototest.Put(t, s.Dir, "ingest.cache.jsonl", []byte(`{"path":"cat/a.png","size":1,"mtime":2}`+"\n"))
	if again, err := Ingest(t.Context(), src, s.Dir, DefaultIngest(), nil); err != nil ||
		brief(again.Images) != brief(s.Images) {
		t.Errorf("%+v, %v", again, err)
	}
	if _, err := os.Stat(old); err == nil {
		t.Error("the cache of an older version stayed")
	}
}

func FuzzCacheLine(f *testing.F) {
	f.Add([]byte(`{"max_pixels":5,"image":{"sha256":"` + strings.Repeat("a", 64) + `"}}`))
	f.Fuzz(func(t *testing.T, rest []byte) {
		l, ok := parseCacheLine(append([]byte(lineDigest(rest)+" "), rest...))
		if ok && (len(l.Image.SHA256) != 64 || l.Image.File != "" && !filepath.IsLocal(l.Image.File)) {
			t.Errorf("believed %+v", l)
		}
	})
}

// TestDownsizedCopiesAreChecked: the copy that is read in place of a photo is part of the set's
// content.
func TestDownsizedCopiesAreChecked(t *testing.T) {
	src, dir := t.TempDir(), filepath.Join(t.TempDir(), "set")
	phototest.Put(t, src, "cat/big.png", phototest.Encode(t, "png", phototest.Noise(100, 100)))
	again := func(maxPixels int) *Set {
		s, err := Ingest(t.Context(), src, dir, IngestOptions{MaxPixels: maxPixels}, nil)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	read := func(s *Set) (image.Image, error) { img, _, err := s.DecodeScaled(s.Images[0], 8); return img, err }
	s := again(5000)
	if _, err := read(s); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(s.File(s.Images[0]), phototest.Encode(t, "jpeg", phototest.Noise(50, 50)), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := read(s); !errors.Is(err, ErrChanged) {
		t.Errorf("another picture in place of the copy: error %v, want ErrChanged", err)
	}
	if err := s.Check(t.Context(), s.Images, nil); !errors.Is(err, ErrChanged) ||
		!strings.Contains(err.Error(), "cat/big.png") {
		t.Errorf("Check: %v", err)
	}
	s = again(5000)
	if _, err := read(s); err != nil {
		t.Errorf("after another ingest: %v", err)
	}
	if as := again(-1); as.Images[0].Content() != s.Images[0].Content() ||
		!strings.Contains(strings.Join(as.Notes, "\n"), "IngestOptions.MaxPixels 5000") {
		t.Errorf("an ingest that says nothing of it: %+v, notes %q, want the copy of 5000 pixels", as.Images[0], as.Notes)
	}
	if smaller := again(1000); smaller.Images[0].Content() == s.Images[0].Content() ||
		smaller.Images[0].SHA256 != s.Images[0].SHA256 {
		t.Error("the copy of 5000 pixels was taken where 1000 were asked for")
	}
}
