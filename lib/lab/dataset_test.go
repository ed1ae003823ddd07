package lab

import (
	"context"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"imagelab/lib/dataset"
	"imagelab/lib/split"
)

// photos draws n different photos of each of two classes, and two copies of the first, in the
// folders of a published split.
func photos(t *testing.T, n int) Photos {
	t.Helper()
	root := t.TempDir()
	for c, class := range []string{"cat", "dog"} {
		for i := range n {
			img := image.NewGray(image.Rect(0, 0, 40, 40))
			for y := range 40 {
				for x := range 40 {
					img.SetGray(x, y, color.Gray{Y: uint8(x*(i+3) ^ y*(2*i+c+1))})
				}
			}
			side := []string{"train", "train", "validation"}[i%3]
			write(t, filepath.Join(root, side, class, fmt.Sprintf("%02d.png", i)), img)
			if c+i == 0 {
				write(t, filepath.Join(root, "train", class, "copy1.png"), img)
				write(t, filepath.Join(root, "train", class, "copy2.png"), img)
			}
		}
	}
	return Photos{Name: "pets", Source: root}
}

func write(t *testing.T, path string, img image.Image) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := png.Encode(f, img); err != nil {
		t.Fatal(err)
	}
}

func newLab(t *testing.T) *Lab {
	t.Helper()
	return &Lab{Name: "question", Dir: t.TempDir(), Stdout: io.Discard, Stderr: io.Discard}
}

func prepare(t *testing.T, l *Lab, ph Photos, o split.Options) *dataset.Set {
	t.Helper()
	s, err := l.Prepare(context.Background(), ph, o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func redo(seed uint64) split.Options {
	return split.Options{Val: 0.2, Test: 0.2, Seed: seed, Redo: true}
}

func TestPrepareSplits(t *testing.T) {
	ph, l := photos(t, 15), newLab(t)
	copies := ph
	copies.Copies = true
	published := split.Options{Val: 0.2, Seed: 1}
	tests := []struct {
		name             string
		reason           string
		photos           Photos
		options          split.Options
		folder           string
		train, val, test int
	}{
		{"redo", "the published folders count for nothing", ph, redo(1), "seed1-", 18, 6, 6},
		{"another seed", "another split needs another folder", ph, redo(2), "seed2-", 18, 6, 6},
		{"published", "the same seed with other options is another split", ph, published, "seed1-", 20, 10, 0},
		{"copies", "left in where their effect is the question", copies, redo(1), "copies-seed1-", 20, 6, 6},
		{"runs", "neighbours stay together", ph, split.Options{Val: 0.2, Test: 0.2, Seed: 1, GroupRun: 3, Redo: true},
			"run3-seed1-", 0, 0, 0},
	}
	digests := map[string]string{}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := prepare(t, l, tt.photos, tt.options)
			train, val, test := len(s.InSplit("train")), len(s.InSplit("val")), len(s.InSplit("test"))
			if tt.train > 0 && (train != tt.train || val != tt.val || test != tt.test) {
				t.Errorf("%d, %d and %d images, want %d, %d and %d: %s", train, val, test, tt.train, tt.val, tt.test, tt.reason)
			}
			if rel, err := filepath.Rel(l.Dir, s.Dir); err != nil || !strings.HasPrefix(rel, "data/"+tt.folder) ||
				filepath.Base(rel) != "pets" {
				t.Errorf("folder %s, want data/%s.../pets", s.Dir, tt.folder)
			}
			if other, ok := digests[s.SplitDigest()]; ok {
				t.Errorf("the same split as %s: %s", other, tt.reason)
			}
			digests[s.SplitDigest()] = tt.name
		})
	}
}

func TestPrepareAgain(t *testing.T) {
	ph, l := photos(t, 10), newLab(t)
	first := prepare(t, l, ph, redo(1))
	if elsewhere := prepare(t, newLab(t), ph, redo(1)); elsewhere.SplitDigest() != first.SplitDigest() {
		t.Error("the same photos and options gave another split in another folder")
	}
	fewer := Photos{Name: ph.Name, Source: photos(t, 9).Source}
	if _, err := l.Prepare(context.Background(), fewer, redo(1)); err == nil {
		t.Error("other photos under the same name were taken for these")
	}
	if err := os.RemoveAll(ph.Source); err != nil {
		t.Fatal(err)
	}
	if again := prepare(t, l, ph, redo(1)); again.SplitDigest() != first.SplitDigest() {
		t.Error("what is ready must be loaded; photos are not read again")
	}
	moved := Photos{Name: ph.Name, Source: photos(t, 10).Source}
	if again := prepare(t, l, moved, redo(1)); again.SplitDigest() != first.SplitDigest() || again.Root == first.Root {
		t.Error("the same photos from another place gave another split")
	}
}

func TestPrepareLeavesOut(t *testing.T) {
	ph, l := photos(t, 10), newLab(t)
	img := image.NewGray(image.Rect(0, 0, 40, 40))
	for i := range 3 { // one photo, three times
		write(t, filepath.Join(ph.Source, "train", "rat", fmt.Sprintf("%d.png", i)), img)
	}
	var stderr strings.Builder
	l.Stderr = &stderr
	if _, err := l.Prepare(context.Background(), ph, redo(1)); err == nil || !strings.Contains(err.Error(), "rat") {
		t.Errorf("error %v; a class too small to be split must not vanish without being asked", err)
	}
	ph.MinPerClass = 2
	for _, s := range []*dataset.Set{prepare(t, l, ph, redo(1)), prepare(t, l, ph, redo(1))} {
		if got := fmt.Sprint(s.Classes()); got != "[cat dog]" || len(s.Kept()) != 20 {
			t.Errorf("%d photos of %s, want the 20 of cat and dog", len(s.Kept()), got)
		}
	}
	if n := strings.Count(stderr.String(), `class "rat" of pets is left out: it has 1 of at least 2 photos`); n != 2 {
		t.Errorf("of two calls %d tell the person: %s", n, stderr.String())
	}
}

func TestPrepareContinues(t *testing.T) {
	ph, l := photos(t, 10), newLab(t)
	whole := prepare(t, l, ph, redo(1))
	digest := whole.SplitDigest()
	for _, left := range []struct {
		reason string
		spoil  func() error
	}{
		{"stopped before the split was marked as done",
			func() error { return os.Remove(filepath.Join(whole.Dir, splitFile)) }},
		{"stopped while the mark was written", func() error {
			return os.WriteFile(filepath.Join(whole.Dir, splitFile), nil, 0o644)
		}},
		{"stopped before the manifest was whole",
			func() error { return os.Remove(filepath.Join(whole.Dir, "manifest.jsonl")) }},
		{"split by hand since", func() error { _, err := split.Run(whole, redo(9)); return err }},
	} {
		if err := left.spoil(); err != nil {
			t.Fatal(err)
		}
		if s := prepare(t, l, ph, redo(1)); s.SplitDigest() != digest {
			t.Errorf("%s: got another split", left.reason)
		}
	}
}

func TestPrepareAtOnce(t *testing.T) {
	ph, dir := photos(t, 10), t.TempDir()
	var shards sync.WaitGroup
	digests := make([]string, 4)
	for i := range digests {
		shards.Go(func() {
			l := &Lab{Dir: dir}
			s, err := l.Prepare(context.Background(), ph, redo(1))
			if err != nil {
				t.Error(err)
				return
			}
			digests[i] = s.SplitDigest()
		})
	}
	shards.Wait()
	for _, d := range digests {
		if d != digests[0] {
			t.Errorf("shards that start together see different splits: %v", digests)
		}
	}
}

func TestPrepareStops(t *testing.T) {
	l := newLab(t)
	unlock, err := l.lockData(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	ctx, cancel := context.WithCancel(context.Background())
	l.Progress = func(string, int64, int64) { cancel() } // waiting is reported
	if _, err := l.Prepare(ctx, photos(t, 3), redo(1)); err == nil || ctx.Err() == nil {
		t.Errorf("a wait for another shard must end with ctx, got %v", err)
	}
}

func TestPrepareRefuses(t *testing.T) {
	tests := []struct {
		reason string
		photos Photos
		o      split.Options
		says   string
	}{
		{"no such data set", Photos{Name: "cloths"}, redo(1), "clothing"},
		{"weights are no photos", Photos{Name: "efficientnet_lite0"}, redo(1), "clothing"},
		{"nothing left to learn from", photos(t, 3), split.Options{Val: 0.5, Test: 0.5}, "train"},
		{"a folder that is not there", Photos{Name: "x", Source: filepath.Join(t.TempDir(), "none")}, redo(1), "none"},
	}
	for _, tt := range tests {
		if _, err := newLab(t).Prepare(context.Background(), tt.photos, tt.o); err == nil ||
			!strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: got %v, want a mention of %q", tt.reason, err, tt.says)
		}
	}
}
