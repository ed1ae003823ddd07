package finetune

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"imagelab/lib/internal/dhash"
	"imagelab/lib/imgset"
)

func hex64(n int) string { return fmt.Sprintf("%064x", n) }

func TestSeenByContentPixelsAndHash(t *testing.T) {
	print := dhash.Fingerprint{Hash: dhash.Hash{0xf00f_5a3c_f00f_5a3c, 0xf00f_5a3c, 1, 2, 3}}
	busy, mirrored := print.String(), print.Mirrored().String()
	print.Hash[2] ^= 7
	near := print.String()
	print.Hash[5] = 0x0ff0_a5c3_0ff0_a5c3
	l := &Learned{Version: 1, Distance: 3, Photos: []LearnedPhoto{
		{SHA256: hex64(1), Pixels: hex64(11), Hash: busy, Side: imgset.Train},
		{SHA256: hex64(2), Pixels: hex64(12), Side: imgset.Val},
		{SHA256: hex64(3), Pixels: hex64(11), Side: imgset.Val},
	}}
	for _, c := range []struct {
		name, reason string
		image        imgset.Image
		want         string
	}{
		{"the file", "the same bytes", imgset.Image{SHA256: hex64(1)}, imgset.Train},
		{"for validation", "the same bytes", imgset.Image{SHA256: hex64(2)}, imgset.Val},
		{"on both sides", "training weighs more", imgset.Image{SHA256: hex64(9), Pixels: hex64(11)}, imgset.Train},
		{"another format", "the same pixels", imgset.Image{SHA256: hex64(9), Pixels: hex64(12)}, imgset.Val},
		{"encoded again", "a hash that is near", imgset.Image{SHA256: hex64(9), Pixels: hex64(19), Hash: near}, imgset.Train},
		{"mirrored", "training mirrors photos", imgset.Image{SHA256: hex64(9), Pixels: hex64(19), Hash: mirrored}, imgset.Train},
		{"blank", "its hash says nothing", imgset.Image{SHA256: hex64(9), Pixels: hex64(19), Hash: near, Flags: []string{imgset.FlagLowEntropy}}, ""},
		{"another photo", "new", imgset.Image{SHA256: hex64(9), Pixels: hex64(19), Hash: print.String()}, ""},
		{"without a hash", "an older manifest", imgset.Image{SHA256: hex64(9), Pixels: hex64(19)}, ""},
	} {
		if got := l.Seen([]imgset.Image{c.image}); got[0] != c.want {
			t.Errorf("%s (%s): seen in %q, want %q", c.name, c.reason, got[0], c.want)
		}
	}
}

// TestBundleTellsWhatItLearnedFrom: the list goes with the model, and is believed only as it was written.
func TestBundleTellsWhatItLearnedFrom(t *testing.T) {
	s := generated(t, 8)
	m := &Model{learned: learnedFrom(Data{Set: s})}
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
		if want := strings.TrimSuffix(s.Images[i].Split, imgset.Test); side != want {
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
	for name, data := range map[string][]byte{"cut": good[:len(good)-9], "a bit": slices.Concat(good[:50], []byte{good[50] ^ 1}, good[51:]), "empty": nil} {
		if err := os.WriteFile(file, data, 0o644); err != nil {
			t.Fatal(err)
		}
		if l, err := (&Model{LearnedSHA256: m.LearnedSHA256, dir: dir}).Learned(); err == nil || !strings.Contains(err.Error(), "copy the model again") {
			t.Errorf("%s: %v, %v", name, l, err)
		}
	}
	if l, err := (&Model{dir: dir}).Learned(); l != nil || err != nil {
		t.Errorf("a model of an older version says %v, %v", l, err)
	}
}

func FuzzLearned(f *testing.F) {
	dir := f.TempDir()
	if _, err := (&Learned{Version: 1, Photos: []LearnedPhoto{{SHA256: hex64(1), Hash: hex64(2), Side: imgset.Train}}}).save(dir); err != nil {
		f.Fatal(err)
	}
	good, err := os.ReadFile(filepath.Join(dir, learnedFile))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Fuzz(func(t *testing.T, data []byte) {
		if l, err := parseLearned(data); err == nil {
			l.Seen([]imgset.Image{{SHA256: hex64(1), Hash: hex64(2)}})
		}
	})
}
