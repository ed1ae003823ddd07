package lab

import (
	"encoding/csv"
	"fmt"
	"image"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTaken(t *testing.T) {
	for n := range 200 {
		took := 0
		for i := range n {
			if taken(i, n) {
				took++
			}
		}
		if took != min(n, quickPhotos) {
			t.Errorf("%d of %d photos, want %d", took, n, min(n, quickPhotos))
		}
	}
}

func TestThinFolders(t *testing.T) {
	ph, target := photos(t, 90), t.TempDir()
	if got, err := thin(ph.Source, target); err != nil || got != target {
		t.Fatal(got, err)
	}
	for _, folder := range []string{"train/cat", "train/dog", "validation/cat", "validation/dog"} {
		if files, err := os.ReadDir(filepath.Join(target, folder)); err != nil || len(files) != quickPhotos {
			t.Errorf("%s holds %d photos, %v: want some of every class on every side", folder, len(files), err)
		}
	}
}

func TestThinCSV(t *testing.T) {
	source, target := t.TempDir(), t.TempDir()
	text := "path,label\n"
	for i := range 100 {
		name := fmt.Sprintf("images/%02d.png", i)
		write(t, filepath.Join(source, name), image.NewGray(image.Rect(0, 0, 2, 2)))
		text += name + "," + []string{"sound", "broken", "sound", "sound"}[i%4] + "\n"
	}
	text += "images/00.png,rare\n"
	if err := os.WriteFile(filepath.Join(source, "labels.csv"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := thin(source, target); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(filepath.Join(target, "labels.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines, err := csv.NewReader(f).ReadAll()
	if err != nil || len(lines) != 1+20+20+1 || strings.Join(lines[0], ",") != "path,label" {
		t.Fatalf("%d lines, %v: want the header, 20 of each class and the rare one", len(lines), err)
	}
	for i, line := range lines[1:] {
		if _, err := os.Stat(filepath.Join(target, line[0])); err != nil {
			t.Error(err)
		}
		if i > 0 && i < 40 && line[0] <= lines[i][0] {
			t.Errorf("%s comes behind %s: the order of the file is lost", line[0], lines[i][0])
		}
	}
}
