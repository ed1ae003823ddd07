package main

import (
	"context"
	"image"
	"image/jpeg"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"imagelab/lib/lab"
)

func TestQuick(t *testing.T) {
	dir := t.TempDir()
	img := image.NewRGBA(image.Rect(0, 0, 16, 16))
	for i := range img.Pix {
		img.Pix[i] = 200
	}
	write := func(name string, encode func(io.Writer) error) {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		f, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if err := encode(f); err != nil {
			t.Fatal(err)
		}
	}
	for i := 3; i < len(img.Pix); i += 4 {
		img.Pix[i] = 255
	}
	asPNG := func(w io.Writer) error { return png.Encode(w, img) }
	write("a.jpg", func(w io.Writer) error { return jpeg.Encode(w, img, nil) })
	write("reference/a.jpg.png", asPNG)
	write("b.png", asPNG)
	for i := range img.Pix {
		if i%4 < 3 {
			img.Pix[i] = 100
		}
	}
	write("reference/b.png.png", asPNG)
	write("c.tif", func(w io.Writer) error { _, err := io.WriteString(w, "II*\x00"); return err })
	write("files.csv", func(w io.Writer) error {
		_, err := io.WriteString(w, "file,written by\na.jpg,test\nb.png,test\nc.tif,test\n")
		return err
	})
	var out strings.Builder
	files = dir
	if code := lab.Start(context.Background(), "formats", []string{"-out", t.TempDir()}, &out, io.Discard,
		run); code != 0 {
		t.Fatalf("exit code %d", code)
	}
	if want := "b.png: 100.00\n1 of 3 files within 1 of 255 of Pillow, 1 refused\n"; out.String() != want {
		t.Errorf("printed %q, want %q", out.String(), want)
	}
}
