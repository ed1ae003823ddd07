package dataset

import (
	"image"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"imagelab/lib/internal/dhash"
	"imagelab/lib/photo"
	"imagelab/lib/photo/phototest"
)

// TestSixteenBits reads a set of 12-bit counts: brightness stays comparable, the copies of none are
// found, and the note says what was done.
func TestSixteenBits(t *testing.T) {
	photos := t.TempDir()
	for i, high := range []uint16{1000, 2000, 4000} {
		phototest.Put(t, photos, filepath.Join("a", string(rune('0'+i))+".png"),
			phototest.Encode(t, "png", phototest.Counts(100, high, 20+10*i)))
		phototest.Put(t, photos, filepath.Join("b", string(rune('0'+i))+".tif"),
			phototest.Encode(t, "tiff", phototest.Counts(100, high, 50-7*i)))
	}
	phototest.Put(t, photos, "b/ordinary.png", phototest.Encode(t, "png", phototest.Sample()))
	dir := filepath.Join(t.TempDir(), "set")
	s, err := Ingest(t.Context(), photos, dir, IngestOptions{MaxPixels: 1000}, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := WindowOf(s.Images)
	if want.Low < 100 || want.Low > 110 || want.High < 3900 || want.High > 4000 {
		t.Errorf("window %v, want about 100 to 4000", want)
	}
	if !slices.ContainsFunc(s.Notes, func(n string) bool { return strings.Contains(n, "the 6 photos with 16 bits use") }) {
		t.Errorf("notes %q", s.Notes)
	}
	loaded, err := Load(dir)
	if err != nil || !slices.EqualFunc(loaded.Images, s.Images, func(a, b Image) bool { return a.Window == b.Window }) {
		t.Errorf("the windows are not kept: %v", err)
	}
	brightest := map[string]uint8{}
	for _, im := range s.Images {
		if im.Has(photo.FlagDeep) == (im.Window == photo.Window{}) || im.Has(FlagDownsized) == im.Has(photo.FlagDeep) {
			t.Errorf("%s: flags %v, window %v; only ordinary photos are downsized, only those of 16 bits have a "+
				"window", im.Path, im.Flags, im.Window)
		}
		if !im.Has(photo.FlagDeep) {
			continue
		}
		img, _, err := s.DecodeScaled(im, 64)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range img.(*image.NRGBA).Pix {
			if v < 255 {
				brightest[im.Path] = max(brightest[im.Path], v)
			}
		}
	}
	if a, b := brightest["a/0.png"], brightest["a/1.png"]; a < 50 || a > 65 || b < 115 || b > 130 {
		t.Errorf("brightest pixels %d and %d of 255, want about 900/3900 and 1900/3900 of it", a, b)
	}
	for i, im := range s.Images {
		for _, other := range s.Images[:i] {
			a, errA := dhash.Parse(im.Hash)
			b, errB := dhash.Parse(other.Hash)
			if errA != nil || errB != nil || im.Pixels == other.Pixels || a == b {
				t.Errorf("%s and %s are taken for one photo", im.Path, other.Path)
			}
		}
	}
}

// TestMixedCounts: photos of two units have no window in common, and one kind becomes black. Who
// trains on them must hear of it.
func TestMixedCounts(t *testing.T) {
	for _, c := range []struct {
		name, reason string
		highs        []uint16
		want         string // of a note; empty: none of this kind
	}{
		{"one unit", "exposures differ", []uint16{1000, 2000, 4000}, ""},
		{"one of another", "a single photo of the whole range takes the window from all",
			[]uint16{2000, 3000, 4000, 65535}, "3 of the 4 photos with 16 bits use less than a tenth"},
		{"two units", "12 bits beside 8", []uint16{250, 255, 4000, 4095},
			"2 of the 4 photos with 16 bits use less than a tenth"},
	} {
		t.Run(c.name, func(t *testing.T) {
			photos := t.TempDir()
			for i, high := range c.highs {
				phototest.Put(t, photos, filepath.Join("a", string(rune('0'+i))+".png"),
					phototest.Encode(t, "png", phototest.Counts(0, high, 20+10*i)))
			}
			s, err := Ingest(t.Context(), photos, filepath.Join(t.TempDir(), "set"), DefaultIngest(), nil)
			if err != nil {
				t.Fatal(err)
			}
			all := strings.Join(s.Notes, "\n")
			if c.want == "" && strings.Contains(all, "nearly one grey") || !strings.Contains(all, c.want) {
				t.Errorf("notes %q: %s", s.Notes, c.reason)
			}
		})
	}
}
