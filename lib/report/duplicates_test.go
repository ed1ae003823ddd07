package report

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"imagelab/lib/dataset"
	"imagelab/lib/dedup"
)

func TestWriteDuplicates(t *testing.T) {
	s := photos(t, []string{"a", "b"}, 30)
	r := copies(s)
	for i := range 1010 {
		r.Groups = append(r.Groups, dedup.Group{Kept: fmt.Sprint("kept ", i),
			Members: []dedup.Member{{Path: fmt.Sprint("kept ", i)}, {Path: fmt.Sprint("copy ", i), Kind: dedup.KindPixels}}})
	}
	path := filepath.Join(t.TempDir(), "d.html")
	if err := WriteDuplicates(context.Background(), path, s, r); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	page := string(text)
	alone(t, page)
	if conflict, other := strings.Index(page, "labels differ"), strings.Index(page, "distance 2"); conflict < 0 ||
		other < conflict {
		t.Errorf("conflict at %d, other group at %d: conflicts come first", conflict, other)
	}
	for i := range 1010 {
		if !strings.Contains(page, fmt.Sprintf(">copy %d<", i)) {
			t.Fatalf("copy %d is missing: every group is shown", i)
		}
	}
	if n := strings.Count(page, "data:image/jpeg;base64,"); n != 4 {
		t.Errorf("%d thumbnails, want the 4 photos that exist, once each", n)
	}
	if !strings.Contains(page, "The last 12 groups are listed without thumbnails") {
		t.Error("the page does not say where thumbnails end")
	}
	if err := WriteDuplicates(context.Background(), path, s, dedup.Result{}); err != nil {
		t.Errorf("a set without copies: %v", err)
	}
}

// TestPagesShowNoOtherPhoto: a file that was exchanged since is not shown as the photo that the
// page speaks of.
func TestPagesShowNoOtherPhoto(t *testing.T) {
	s := photos(t, []string{"a", "b"}, 2)
	show := photosOf(s, duplicateSide)
	if _, err := show(s.File(s.Images[0])); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(s.File(s.Images[1]), s.File(s.Images[0])); err != nil {
		t.Fatal(err)
	}
	if _, err := show(s.File(s.Images[0])); !errors.Is(err, dataset.ErrChanged) {
		t.Errorf("error %v, want ErrChanged", err)
	}
}

func TestThumbnails(t *testing.T) {
	load := func(path string) (image.Image, error) {
		switch path {
		case "wide":
			return image.NewGray(image.Rect(0, 0, 1000, 10)), nil
		case "small":
			return image.NewGray(image.Rect(5, 5, 25, 45)), nil
		case "empty":
			return image.NewGray(image.Rectangle{}), nil
		}
		return nil, errors.New("gone")
	}
	thumbs := newThumbnails(load, 80, nil)
	tests := []struct {
		file   string
		reason string
		want   image.Point
	}{
		{"wide", "shrunk to the side asked for, and a line at least one pixel thick", image.Pt(80, 1)},
		{"small", "never enlarged", image.Pt(20, 40)},
		{"empty", "nothing to show", image.Point{}},
		{"gone", "the page does without", image.Point{}},
	}
	for _, tt := range tests {
		thumbs.want(tt.file)
		thumbs.want(tt.file)
	}
	if err := thumbs.make(context.Background()); err != nil || len(thumbs.wanted) != len(tests) {
		t.Fatalf("%d pictures read, %v: each is read once", len(thumbs.wanted), err)
	}
	for _, tt := range tests {
		var size image.Point
		if uri := string(thumbs.made[tt.file]); uri != "" {
			data, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(uri, "data:image/jpeg;base64,"))
			if err != nil {
				t.Fatal(err)
			}
			img, err := jpeg.Decode(bytes.NewReader(data))
			if err != nil {
				t.Fatal(err)
			}
			size = img.Bounds().Size()
		}
		if size != tt.want {
			t.Errorf("%s: %v, want %v: %s", tt.file, size, tt.want, tt.reason)
		}
	}
}
