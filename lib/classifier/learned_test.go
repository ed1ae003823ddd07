package classifier

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"imagelab/lib/dataset"
	"imagelab/lib/internal/dhash"
	"imagelab/lib/photo"
)

func hex64(n int) string { return fmt.Sprintf("%064x", n) }

func TestSeenByContentPixelsAndHash(t *testing.T) {
	print := dhash.Fingerprint{Hash: dhash.Hash{0xf00f_5a3c_f00f_5a3c, 0xf00f_5a3c, 1, 2, 3}}
	busy, mirrored := print.String(), print.Mirrored().String()
	print.Hash[2] ^= 7
	near := print.String()
	print.Hash[5] = 0x0ff0_a5c3_0ff0_a5c3
	l := &Learned{Version: 1, Distance: 3, Photos: []LearnedPhoto{
		{SHA256: hex64(1), Pixels: hex64(11), Hash: busy, Side: dataset.Train},
		{SHA256: hex64(2), Pixels: hex64(12), Side: dataset.Val},
		{SHA256: hex64(3), Pixels: hex64(11), Side: dataset.Val},
	}}
	for _, c := range []struct {
		name, reason string
		image        dataset.Image
		want         string
	}{
		{"the file", "the same bytes", dataset.Image{SHA256: hex64(1)}, dataset.Train},
		{"for validation", "the same bytes", dataset.Image{SHA256: hex64(2)}, dataset.Val},
		{"on both sides", "training weighs more", dataset.Image{SHA256: hex64(9), Pixels: hex64(11)}, dataset.Train},
		{"another format", "the same pixels", dataset.Image{SHA256: hex64(9), Pixels: hex64(12)}, dataset.Val},
		{"encoded again", "a hash that is near", dataset.Image{SHA256: hex64(9), Pixels: hex64(19), Hash: near},
			dataset.Train},
		{"mirrored", "training mirrors photos", dataset.Image{SHA256: hex64(9), Pixels: hex64(19), Hash: mirrored},
			dataset.Train},
		{"blank", "its hash says nothing", dataset.Image{SHA256: hex64(9), Pixels: hex64(19), Hash: near,
			Flags: []string{photo.FlagLowEntropy}}, ""},
		{"another photo", "new", dataset.Image{SHA256: hex64(9), Pixels: hex64(19), Hash: print.String()}, ""},
		{"without a hash", "an older manifest", dataset.Image{SHA256: hex64(9), Pixels: hex64(19)}, ""},
	} {
		if got := l.Seen([]dataset.Image{c.image}); got[0] != c.want {
			t.Errorf("%s (%s): seen in %q, want %q", c.name, c.reason, got[0], c.want)
		}
	}
}

// TestBundleTellsWhatItLearnedFrom: the list goes with the model, and is believed only as it was
// written.
func TestBundleTellsWhatItLearnedFrom(t *testing.T) {
	s := &dataset.Set{Images: []dataset.Image{
		{Path: "a.png", Class: "a", Split: dataset.Train, SHA256: hex64(1), Pixels: hex64(11)},
		{Path: "b.png", Class: "b", Split: dataset.Train, SHA256: hex64(2), Pixels: hex64(12)},
		{Path: "c.png", Class: "a", Split: dataset.Val, SHA256: hex64(3), Pixels: hex64(13)},
		{Path: "d.png", Class: "b", Split: dataset.Test, SHA256: hex64(4), Pixels: hex64(14)},
	}}
	m := &Model{}
	m.Learn(LearnedFrom(s, false))
	dir := t.TempDir()
	if err := m.Save(dir); err != nil {
		t.Fatal(err)
	}
	loaded := &Model{LearnedSHA256: m.LearnedSHA256, dir: dir}
	l, err := loaded.Learned()
	if err != nil || len(l.Photos) != len(s.InSplit("train"))+len(s.InSplit("val")) {
		t.Fatalf("%+v, %v", l, err)
	}
	for i, side := range l.Seen(s.Images) {
		if want := strings.TrimSuffix(s.Images[i].Split, dataset.Test); side != want {
			t.Errorf("%s: seen in %q, it is in %s", s.Images[i].Path, side, s.Images[i].Split)
		}
	}
	if err := loaded.Save(t.TempDir()); err != nil {
		t.Errorf("a loaded model saved elsewhere: %v", err)
	}
	file := filepath.Join(dir, learnedFile)
	good, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{"cut": good[:len(good)-9],
		"a bit": slices.Concat(good[:50], []byte{good[50] ^ 1}, good[51:]), "empty": nil} {
		if err := os.WriteFile(file, data, 0o644); err != nil {
			t.Fatal(err)
		}
		if l, err := (&Model{LearnedSHA256: m.LearnedSHA256, dir: dir}).Learned(); err == nil ||
			!strings.Contains(err.Error(), "copy the model again") {
			t.Errorf("%s: %v, %v", name, l, err)
		}
	}
	if l, err := (&Model{dir: dir}).Learned(); l != nil || err != nil {
		t.Errorf("a model of an older version says %v, %v", l, err)
	}
}

func FuzzLearned(f *testing.F) {
	dir := f.TempDir()
	if _, err := (&Learned{Version: 1, Photos: []LearnedPhoto{{SHA256: hex64(1), Hash: hex64(2),
		Side: dataset.Train}}}).save(dir); err != nil {
		f.Fatal(err)
	}
	good, err := os.ReadFile(filepath.Join(dir, learnedFile))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Fuzz(func(t *testing.T, data []byte) {
		if l, err := parseLearned(data); err == nil {
			l.Seen([]dataset.Image{{SHA256: hex64(1), Hash: hex64(2)}})
		}
	})
}
