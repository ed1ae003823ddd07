package main

import (
	"image"
	"image/color"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"

	"imagelab/lib/dataset"
	"imagelab/lib/dedup"
)

// TestSplitGoesOnByTheRulesOfTheSet: photos are added, and the verbs run as their "next:" lines
// say, without flags.
func TestSplitGoesOnByTheRulesOfTheSet(t *testing.T) {
	folder, data := t.TempDir(), filepath.Join(t.TempDir(), "set")
	add := func(frame string) {
		for _, burst := range []string{"red/a", "red/b", "red/c", "red/d", "blue/e", "blue/f", "blue/g", "blue/h"} {
			write(t, filepath.Join(folder, burst+frame+".png"), speckled(burst+frame))
		}
	}
	groups := func(want string) {
		t.Helper()
		s, err := dataset.Load(data)
		if err != nil {
			t.Fatal(err)
		}
		sides := map[string]string{}
		for _, im := range s.Images {
			if was, ok := sides[im.Group]; im.Group == "" || ok && was != im.Split {
				t.Errorf("%s: %s is in group %q, which stands on %s and %s", want, im.Path, im.Group, was, im.Split)
			}
			sides[im.Group] = im.Split
		}
	}
	add("1")
	add("2")
	again := func() string {
		t.Helper()
		mustRun(t, "ingest", folder, "--out", data)
		return mustRun(t, "dedup", data)
	}
	mustRun(t, "ingest", folder, "--out", data)
	mustRun(t, "dedup", data, "--distance", "0", "--keep", "largest")
	mustRun(t, "split", data, "--group-pattern", `/(.)\d`, "--seed", "4")
	add("3")
	if out := again(); !strings.Contains(out, "as before, with --distance 0 --keep largest") {
		t.Errorf("dedup does not say with what it goes on:\n%s", out)
	}
	if r, err := dedup.Load(data); err != nil || r.Options != (dedup.Options{Keep: dedup.KeepLargest}) {
		t.Errorf("dedup went on with %+v, %v", r.Options, err)
	}
	if out := mustRun(t, "split", data); !strings.Contains(out, `--group-pattern '/(.)\d'`) ||
		!strings.Contains(out, "--seed 4") || !strings.Contains(out, "--forget-rules") {
		t.Errorf("split does not say which rules it keeps:\n%s", out)
	}
	groups("the rule is kept")
	if out := mustRun(t, "split", data, "--group-run", "3"); !strings.Contains(out, `before: --group-pattern '/(.)\d'`) {
		t.Errorf("split does not say which rule was changed:\n%s", out)
	}
	if out := mustRun(t, "split", data, "--forget-rules", "--redo"); strings.Contains(out, "rules of this set") ||
		strings.Contains(out, "groups of more") {
		t.Errorf("rules that were to be forgotten:\n%s", out)
	}
}

// speckled is a photo that resembles no other.
func speckled(name string) image.Image {
	seed := [32]byte{}
	copy(seed[:], name)
	r := rand.New(rand.NewChaCha8(seed))
	img := image.NewNRGBA(image.Rect(0, 0, 64, 64))
	for y := range 64 {
		for x := range 64 {
			v := uint8(r.IntN(256))
			img.SetNRGBA(x, y, color.NRGBA{v, v / 2, 255 - v, 255})
		}
	}
	return img
}
