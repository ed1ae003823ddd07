package main

import (
	"encoding/json"
	"image"
	"image/color"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"imagelab/lib/fulltest"
)

// scattered writes photos of one colour each, and other files, and returns their folder.
func scattered(t *testing.T, files ...string) string {
	t.Helper()
	root := t.TempDir()
	for i, name := range files {
		file := filepath.Join(root, name)
		if strings.HasSuffix(name, ".png") {
			img := image.NewNRGBA(image.Rect(0, 0, 20, 20))
			for p := range 400 {
				img.SetNRGBA(p%20, p/20, color.NRGBA{uint8(p * (i + 1)), uint8(p), uint8(i), 255})
			}
			write(t, file, img)
			continue
		}
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte("no photo"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// TestIngestAccounts: every file is an image, in quarantine or left out, in words and in JSON.
func TestIngestAccounts(t *testing.T) {
	src := scattered(t, "seg_train/sea/1.png", "seg_train/sky/2.png", "seg_test/sea/3.png", "seg_test/sky/4.png",
		"seg_pred/5.png",
		"seg_train/sea/@eaDir/1.png", "seg_train/sea/broken.jpg", "README.md")
	dir := filepath.Join(t.TempDir(), "set")
	out := mustRun(t, "ingest", src, "--out", dir)
	for _, want := range []string{"4 images", "8 files: 4 images, 1 quarantined, 3 left out", `"seg_train" is train`,
		"@eaDir", "seg_pred", ".md 1"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	var r ingested
	unmarshal(t, mustRun(t, "ingest", src, "--out", dir, "--json"), &r)
	left := 0
	for _, o := range r.LeftOut {
		left += o.Files
	}
	if r.Files != 8 || r.Images != 4 || r.Quarantined != 1 || left != 3 || r.Classes["sea"] != 2 ||
		r.Sides["test"] != 2 || len(r.Notes) == 0 {
		text, _ := json.Marshal(r)
		t.Errorf("%s", text)
	}
}

// TestPhotosMove: the set goes on where its photos are, and only if they are there.
func TestPhotosMove(t *testing.T) {
	fulltest.Needs(t, "weights")
	src, dir := photos(t, 8), filepath.Join(t.TempDir(), "set")
	mustRun(t, "ingest", src, "--out", dir)
	mustRun(t, "split", dir)
	moved := filepath.Join(t.TempDir(), "moved")
	if err := os.Rename(src, moved); err != nil {
		t.Fatal(err)
	}
	train := []string{"train", dir, "--out", filepath.Join(t.TempDir(), "run"), "--cut", "head", "--size", "64",
		"--views", "0"}
	if _, stderr, code := command(t, train...); code == 0 || !strings.Contains(stderr, "imagelab ingest NEWPLACE --out") {
		t.Errorf("train without photos: exit code %d, and it says %q", code, stderr)
	}
	if out := mustRun(t, "ingest", moved, "--out", dir); !strings.Contains(out, "known by their content") ||
		!strings.Contains(out, "next: imagelab train") {
		t.Errorf("ingest at the new place says\n%s", out)
	}
	if out := mustRun(t, "split", dir); !strings.Contains(out, "test images kept from an earlier split: 4") {
		t.Errorf("split says\n%s", out)
	}
	if err := os.Remove(filepath.Join(moved, "across", "photo größe 3\n.png")); err != nil {
		t.Fatal(err)
	}
	again := filepath.Join(t.TempDir(), "again")
	if err := os.Rename(moved, again); err != nil {
		t.Fatal(err)
	}
	if _, stderr, code := command(t, "ingest", again, "--out", dir); code == 0 ||
		!strings.Contains(stderr, "1 of 16 photos") {
		t.Errorf("a photo is missing: exit code %d, and it says %q", code, stderr)
	}
	mustRun(t, "ingest", again, "--out", dir, "--allow-missing")
}

// TestIngestAgain: another ingest takes away what was marked since, and says so.
func TestIngestAgain(t *testing.T) {
	const word = "what dedup and split had marked is gone"
	source, data := photos(t, 8), filepath.Join(t.TempDir(), "set")
	if out := mustRun(t, "ingest", source, "--out", data); strings.Contains(out, word) {
		t.Errorf("nothing was marked yet:\n%s", out)
	}
	mustRun(t, "dedup", data)
	mustRun(t, "split", data)
	if out := mustRun(t, "ingest", source, "--out", data); !strings.Contains(out, word) {
		t.Errorf("it does not say that the sides are gone:\n%s", out)
	}
}

// TestIngestInParts: the three commands of a cluster, each as a process would run it.
func TestIngestInParts(t *testing.T) {
	src := scattered(t, "sea/1.png", "sea/2.png", "sky/3.png", "sky/4.png", "sky/broken.jpg")
	dir := filepath.Join(t.TempDir(), "set")
	photos := 0
	for i, shard := range []string{"1/3", "3/3", "3/3"} {
		var done struct {
			Photos int
			Before bool
		}
		unmarshal(t, mustRun(t, "ingest", src, "--out", dir, "--shard", shard, "--json"), &done)
		if again := i == 2; done.Before != again {
			t.Errorf("call %d, of part %s: done before %v", i+1, shard, done.Before)
		}
		if !done.Before {
			photos += done.Photos
		}
	}
	if _, errs, code := command(t, "ingest", src, "--out", dir); code != 1 ||
		!strings.Contains(errs, "not done: 2: run `imagelab ingest --shard I/N`") {
		t.Errorf("code %d, %s", code, errs)
	}
	if _, errs, code := command(t, "ingest", src, "--out", dir, "--shard", "2/4"); code != 1 ||
		!strings.Contains(errs, "parts of 3") {
		t.Errorf("code %d, %s", code, errs)
	}
	if _, _, code := command(t, "ingest", src, "--out", dir, "--shard", "4/3"); code != 2 {
		t.Errorf("part 4 of 3: code %d", code)
	}
	mustRun(t, "ingest", src, "--out", dir, "--shard", "2/3")
	if out := mustRun(t, "ingest", src, "--out", dir); !strings.Contains(out, "4 images") || photos > 4 {
		t.Errorf("%d photos in two parts\n%s", photos, out)
	}
}
