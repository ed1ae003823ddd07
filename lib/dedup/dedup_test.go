package dedup

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/jpeg"
	"image/png"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/disintegration/imaging"

	"imagelab/lib/dataset"
	"imagelab/lib/photo"
	"imagelab/lib/photo/phototest"
	"imagelab/lib/review"
)

// scene is a smooth picture that differs with its seed, as photos do.
func scene(seed uint64, w, h int) *image.NRGBA {
	r := rand.New(rand.NewPCG(seed, 0))
	small := image.NewNRGBA(image.Rect(0, 0, 12, 12))
	for i := range small.Pix {
		small.Pix[i] = uint8(r.UintN(256))
		if i%4 == 3 {
			small.Pix[i] = 255
		}
	}
	return photo.Resize(small, w, h)
}

func pngOf(t *testing.T, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func jpegOf(t *testing.T, img image.Image, quality int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: quality}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// ingest writes the files into a folder and ingests it.
func ingest(t *testing.T, files map[string][]byte) *dataset.Set {
	t.Helper()
	src := t.TempDir()
	for name, data := range files {
		file := filepath.Join(src, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	s, err := dataset.Ingest(t.Context(), src, filepath.Join(t.TempDir(), "set"), dataset.DefaultIngest(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func run(t *testing.T, s *dataset.Set, o Options) Result {
	t.Helper()
	r, err := Run(t.Context(), s, o, nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// brief lists each group: the kept path, then the others with their kind.
func brief(r Result) string {
	var lines []string
	for _, g := range r.Groups {
		line := g.Kept
		if g.Conflict {
			line = "conflict " + line
		}
		for _, m := range g.Members {
			if m.Path != g.Kept {
				line += " " + m.Kind + ":" + m.Path
			}
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

func TestRun(t *testing.T) {
	a, b := scene(1, 120, 90), scene(2, 120, 90)
	flat := func(v uint8, w int) []byte {
		img := image.NewGray(image.Rect(0, 0, w, 60))
		for i := range img.Pix {
			img.Pix[i] = v
		}
		return pngOf(t, img)
	}
	twoTone := func(v uint8) []byte {
		img := image.NewGray(image.Rect(0, 0, 80, 60))
		for i := range img.Pix {
			if i%80 < 40 {
				img.Pix[i] = v
			}
		}
		return pngOf(t, img)
	}
	ramp := func(step int) []byte {
		img := image.NewGray(image.Rect(0, 0, 85, 60))
		for i := range img.Pix {
			img.Pix[i] = uint8(i % 85 * step)
		}
		return pngOf(t, img)
	}
	tests := []struct {
		name, reason string
		files        map[string][]byte
		want         string
		low, kept    int
	}{
		{"bytes", "a plain copy", map[string][]byte{"c/b.png": pngOf(t, a), "c/a.png": pngOf(t, a),
			"d/x.png": pngOf(t, b)}, "c/a.png bytes:c/b.png", 0, 2},
		{"pixels", "the same picture in another format", map[string][]byte{"c/a.png": pngOf(t, a),
			"c/b.png": append(pngOf(t, a), 0), "d/x.png": pngOf(t, b)}, "c/a.png pixels:c/b.png", 0, 2},
		{"re-encoded", "as every upload does", map[string][]byte{"c/a.png": pngOf(t, a), "c/b.jpg": jpegOf(t, a, 80),
			"d/x.png": pngOf(t, b)}, "c/a.png dhash:c/b.jpg", 0, 2},
		{"resized", "thumbnails", map[string][]byte{"c/a.png": pngOf(t, a),
			"c/b.png": pngOf(t, photo.Resize(a, 60, 45)), "d/x.png": pngOf(t, b)}, "c/a.png dhash:c/b.png", 0, 2},
		{"mirrored", "training mirrors photos, so the model has seen it", map[string][]byte{"c/a.png": pngOf(t, a),
			"c/b.jpg": jpegOf(t, imaging.FlipH(a), 90), "d/x.png": pngOf(t, b)}, "c/a.png dhash:c/b.jpg", 0, 2},
		{"conflict", "nobody knows which label is right", map[string][]byte{"c/a.png": pngOf(t, a),
			"d/a.png": pngOf(t, a), "d/x.png": pngOf(t, b), "c/y.png": pngOf(t, scene(3, 90, 90))},
			"conflict c/a.png bytes:d/a.png", 0, 2},
		{"blank", "white pages are not one photo", map[string][]byte{"c/a.png": flat(255, 80),
			"c/b.png": flat(254, 80), "c/c.png": flat(0, 90), "d/x.png": pngOf(t, b)}, "", 3, 4},
		{"two tones", "a border between two tones hashes alike wherever the tones",
			map[string][]byte{"c/a.png": twoTone(250), "c/b.png": twoTone(90), "d/x.png": pngOf(t, b)}, "", 2, 3},
		{"ramps", "skies", map[string][]byte{"c/a.png": ramp(1), "c/b.png": ramp(3), "d/x.png": pngOf(t, b)}, "", 2, 3},
		{"same blank", "identical content counts even so", map[string][]byte{"c/a.png": flat(255, 80),
			"c/b.png": flat(255, 80), "d/x.png": pngOf(t, b)}, "c/a.png bytes:c/b.png", 2, 2},
		{"given test side", "it stays as it was given", map[string][]byte{"train/c/a.png": pngOf(t, a),
			"validation/c/a.png": pngOf(t, a), "test/c/z.png": pngOf(t, a), "train/d/x.png": pngOf(t, b)},
			"test/c/z.png bytes:train/c/a.png bytes:validation/c/a.png", 0, 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := ingest(t, tt.files)
			r := run(t, s, Default())
			if got := brief(r); got != tt.want || r.LowEntropy != tt.low || r.Kept != tt.kept ||
				r.Removed != r.Images-tt.kept || len(s.Kept()) != tt.kept {
				t.Errorf("%s: groups %q, low entropy %d, kept %d (%d in the set); want %q, %d, %d", tt.reason, got,
					r.LowEntropy, r.Kept, len(s.Kept()), tt.want, tt.low, tt.kept)
			}
			loaded, err := dataset.Load(s.Dir)
			if err != nil || !reflect.DeepEqual(loaded.Images, s.Images) {
				t.Errorf("the manifest on disk is another: %v", err)
			}
			if again, err := Load(s.Dir); err != nil || !reflect.DeepEqual(again, r) {
				t.Errorf("Load gave %+v, %v; want %+v", again, err, r)
			}
		})
	}
}

func TestKeepLargest(t *testing.T) {
	a := scene(1, 120, 90)
	s := ingest(t, map[string][]byte{"c/a.png": pngOf(t, photo.Resize(a, 60, 45)), "c/b.png": pngOf(t, a),
		"d/x.png": pngOf(t, scene(2, 50, 50))})
	for keep, want := range map[string]string{KeepFirst: "c/a.png dhash:c/b.png", KeepLargest: "c/b.png dhash:c/a.png"} {
		if got := brief(run(t, s, Options{Distance: 16, Keep: keep})); got != want {
			t.Errorf("keep %s: %q, want %q", keep, got, want)
		}
	}
}

func TestConflictLeavesNoneInUse(t *testing.T) {
	a := pngOf(t, scene(1, 120, 90))
	s := ingest(t, map[string][]byte{"c/1.png": a, "c/2.png": a, "d/3.png": a, "d/x.png": pngOf(t, scene(2, 90, 90))})
	r := run(t, s, Default())
	if r.Conflicts != 1 || r.Conflicted != 3 || len(s.Kept()) != 1 || s.Kept()[0].Path != "d/x.png" {
		t.Errorf("%+v, kept %v", r, s.Kept())
	}
	for _, im := range s.Images[:3] {
		if !im.Conflict {
			t.Errorf("%s is not marked", im.Path)
		}
	}
}

func TestResultOfAnotherState(t *testing.T) {
	a := pngOf(t, scene(1, 120, 90))
	s := ingest(t, map[string][]byte{"c/1.png": a, "c/2.png": a, "d/x.png": pngOf(t, scene(2, 90, 90)),
		"d/y.png": pngOf(t, scene(3, 90, 90))})
	r := run(t, s, Default())
	if !r.Fits(s) {
		t.Error("the result of this very set does not fit it")
	}
	for name, change := range map[string]func(images []dataset.Image) []dataset.Image{
		"ingested again": func(images []dataset.Image) []dataset.Image { images[1].DuplicateOf = ""; return images },
		"fewer photos":   func(images []dataset.Image) []dataset.Image { return images[:3] },
		"other copy": func(images []dataset.Image) []dataset.Image {
			images[1].DuplicateOf, images[2].DuplicateOf = "", "d/y.png"
			return images
		},
		"another photo": func(images []dataset.Image) []dataset.Image {
			images[3].SHA256 = images[2].SHA256
			return images
		},
		"now a conflict": func(images []dataset.Image) []dataset.Image { images[0].Conflict = true; return images },
	} {
		other := *s
		other.Images = change(slices.Clone(s.Images))
		if r.Fits(&other) {
			t.Errorf("%s: the result is of another state, and fits", name)
		}
	}
}

func TestRunAgainReusesHashes(t *testing.T) {
	s := ingest(t, map[string][]byte{"c/a.png": pngOf(t, scene(1, 90, 90)), "d/x.png": pngOf(t, scene(2, 90, 90))})
	first := run(t, s, Default())
	if err := os.RemoveAll(s.Root); err != nil {
		t.Fatal(err)
	}
	if again := run(t, s, Default()); !reflect.DeepEqual(again, first) {
		t.Errorf("%+v, then %+v", first, again)
	}
}

// TestOlderManifest: one without hashes, as ingest used to write them, has them taken from the
// files.
func TestOlderManifest(t *testing.T) {
	blank := image.NewGray(image.Rect(0, 0, 50, 50))
	s := ingest(t, map[string][]byte{"c/a.jpg": jpegOf(t, scene(1, 90, 90), 95),
		"d/x.png": pngOf(t, scene(2, 90, 90)), "d/y.png": pngOf(t, blank)})
	older := *s
	older.Images = slices.Clone(s.Images)
	for i := range older.Images {
		older.Images[i].Hash, older.Images[i].Flags = "", slices.DeleteFunc(slices.Clone(s.Images[i].Flags),
			func(f string) bool { return f == photo.FlagLowEntropy })
	}
	run(t, &older, Default())
	for i, im := range older.Images {
		if im.Hash != s.Images[i].Hash || im.Has(photo.FlagLowEntropy) != s.Images[i].Has(photo.FlagLowEntropy) ||
			im.Hash == "" {
			t.Errorf("%s: %s %v from the file, %s %v by ingest", im.Path, im.Hash, im.Flags, s.Images[i].Hash, s.Images[i].Flags)
		}
	}
}

func TestRunRefuses(t *testing.T) {
	s := ingest(t, map[string][]byte{"c/a.png": pngOf(t, scene(1, 90, 90)), "d/x.png": pngOf(t, scene(2, 90, 90))})
	for _, o := range []Options{{Distance: -1, Keep: KeepFirst}, {Distance: 65, Keep: KeepFirst}, {Keep: "best"}} {
		if _, err := Run(t.Context(), s, o, nil); err == nil {
			t.Errorf("%+v: no error", o)
		}
	}
	if _, err := Load(s.Dir); err == nil || !strings.Contains(err.Error(), "dedup.Run") {
		t.Errorf("Load before Run: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Run(ctx, s, Default(), nil); err == nil {
		t.Error("a stopped run gave no error")
	}
	if err := os.WriteFile(filepath.Join(s.Root, "c", "a.png"), []byte("gone bad"), 0o644); err != nil {
		t.Fatal(err)
	}
	s.Images[0].Hash = "" // of a manifest from before ingest took the hash
	if _, err := Run(t.Context(), s, Default(), nil); err == nil || !strings.Contains(err.Error(), "dataset.Ingest") {
		t.Errorf("a photo that changed: %v", err)
	}
}

// TestPhotosThatAreNoCopies: people say of photos that look alike that none is a copy of another.
// All of them take part until that is undone.
func TestPhotosThatAreNoCopies(t *testing.T) {
	a := scene(1, 120, 90)
	s := ingest(t, map[string][]byte{"c/a.png": pngOf(t, a), "c/b.jpg": jpegOf(t, a, 80),
		"c/b2.jpg": append(jpegOf(t, a, 80), 0), "d/x.png": pngOf(t, scene(2, 90, 90))})
	const alike, same = "c/a.png dhash:c/b.jpg pixels:c/b2.jpg", "c/b.jpg pixels:c/b2.jpg"
	say := func(decisions ...review.Decision) review.Decision {
		t.Helper()
		written, err := s.Decisions().Append(t.Context(), decisions...)
		if err := errors.Join(err, s.TakeDecisions()); err != nil {
			t.Fatal(err)
		}
		return written[0]
	}
	check := func(when string, refuted bool, want string) {
		t.Helper()
		if Refuted(s) != refuted {
			t.Errorf("%s: what was found before is refuted: %v", when, !refuted)
		}
		if got := brief(run(t, s, Default())); strings.ReplaceAll(got, "dhash:c/b2.jpg", "pixels:c/b2.jpg") != want {
			t.Errorf("%s: %q, want %q", when, got, want)
		}
	}
	check("nothing was said", false, alike)
	var no []review.Decision
	for _, im := range s.Images[:3] {
		no = append(no, review.Decision{Who: "ann", SHA256: im.SHA256, Kind: review.KindState, After: review.StateKeep,
			Why: review.WhyNoCopy})
	}
	said := say(no...)
	check("no copies, but the same pixels are the same whatever people say", true, same)
	check("said before", false, same)
	say(review.Undo(said, "ann"))
	check("undone", false, alike)

	say(no...)
	check("said again", true, same)
	phototest.Put(t, s.Root, "c/0.jpg", jpegOf(t, a, 70)) // sorts before all of them
	s, err := dataset.Ingest(t.Context(), s.Root, s.Dir, dataset.DefaultIngest(), nil)
	if err != nil {
		t.Fatal(err)
	}
	r := run(t, s, Default())
	if r.Kept != 3 || Refuted(s) {
		t.Errorf("with another copy %d are kept, want a.png or its copy, b.jpg and x.png: %s", r.Kept, brief(r))
	}
}
