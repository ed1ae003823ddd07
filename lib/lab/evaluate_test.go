package lab

import (
	"errors"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"imagelab/lib/dataset"
	"imagelab/lib/finetune"
	"imagelab/lib/fulltest"
	"imagelab/lib/recipe"
	"imagelab/lib/split"
)

// gray writes a gray photo.
func gray(t *testing.T, path string, level int) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	img := image.NewGray(image.Rect(0, 0, 9+level, 9))
	for i := range img.Pix {
		img.Pix[i] = uint8(31 * level * (i % (level + 2)))
	}
	if err := png.Encode(f, img); err != nil {
		t.Fatal(err)
	}
}

func TestScoringNeedsLabelsAndImages(t *testing.T) {
	flat, classes := t.TempDir(), t.TempDir()
	gray(t, filepath.Join(flat, "a.png"), 1)
	for i := range 3 {
		gray(t, filepath.Join(classes, "cat", string(rune('a'+i))+".png"), i)
		gray(t, filepath.Join(classes, "dog", string(rune('a'+i))+".png"), i+3)
	}
	set := filepath.Join(t.TempDir(), "set")
	if _, err := dataset.Ingest(t.Context(), classes, set, dataset.DefaultIngest(), nil); err != nil {
		t.Fatal(err)
	}
	l := &Lab{}
	if _, _, err := l.labelled(t.Context(), flat, dataset.Test); !errors.Is(err, ErrNoLabels) {
		t.Errorf("photos without classes: %v", err)
	}
	if _, _, err := l.labelled(t.Context(), t.TempDir(), dataset.Test); err == nil ||
		!strings.Contains(err.Error(), "no photos found") {
		t.Errorf("an empty folder: %v", err)
	}
	var noSide *NoSideError
	if _, _, err := l.labelled(t.Context(), set, dataset.Test); !errors.As(err, &noSide) || noSide.Dir != set {
		t.Errorf("a set that was not split: %v", err)
	}
	if _, _, err := l.labelled(t.Context(), classes, dataset.Val); !errors.Is(err, ErrNoSides) {
		t.Errorf("the validation side of a folder per class: %v", err)
	}
	if _, images, err := l.labelled(t.Context(), classes, dataset.Test); err != nil || len(images) != 6 {
		t.Errorf("a folder per class: %d photos, %v", len(images), err)
	}
}

// TestSetInMemory: a set that has no folder is trained on with a cache in the lab's folder, and
// never with one in the current folder; without a lab it is refused.
func TestSetInMemory(t *testing.T) {
	fulltest.Needs(t, "the weights of a backbone")
	classes := t.TempDir()
	for i := range 12 {
		gray(t, filepath.Join(classes, "cat", string(rune('a'+i))+".png"), 2*i)
		gray(t, filepath.Join(classes, "dog", string(rune('a'+i))+".png"), 2*i+1)
	}
	s, err := dataset.Open(t.Context(), classes, nil)
	if err != nil {
		t.Fatal(err)
	}
	if s, err = split.Copy(s, split.Default()); err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	if _, err := finetune.Prepare(t.Context(), nil, finetune.Data{Set: s}, recipe.Default(),
		finetune.Observer{}); err == nil || !strings.Contains(err.Error(), "Cache") {
		t.Errorf("without a folder for prepared photos: %v", err)
	}
	l := &Lab{Dir: t.TempDir()}
	run, err := l.Train(t.Context(), s, Recipe{Cut: "head", Size: 32, AllowLeak: true})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if run.Record.Dataset != filepath.Base(classes) {
		t.Errorf("the record calls the set %q, want the photos' folder", run.Record.Dataset)
	}
	if _, err := l.Evaluate(t.Context(), run); err != nil {
		t.Error(err)
	}
	if again, err := OpenRun(run.Dir); err != nil || again.Record.Test == nil {
		t.Errorf("the test was not recorded: %v", err)
	}
	if made, _ := filepath.Glob("*"); len(made) > 0 {
		t.Errorf("%v was written into the current folder", made)
	}
	if _, err := os.Stat(filepath.Join(l.Dir, "cache")); err != nil {
		t.Error(err)
	}
}
