package photo

import (
	"bytes"
	"image"
	"image/jpeg"
	"testing"
)

func TestThumbnail(t *testing.T) {
	for _, c := range []struct {
		name, reason string
		w, h         int
		want         image.Point
	}{
		{"wide", "the longer side fits", 200, 100, image.Pt(100, 50)},
		{"tall", "the longer side fits", 30, 300, image.Pt(10, 100)},
		{"small", "nothing is made larger", 20, 10, image.Pt(20, 10)},
		{"a line", "no side vanishes", 900, 1, image.Pt(100, 1)},
	} {
		data, err := Thumbnail(image.NewGray(image.Rect(0, 0, c.w, c.h)), 100)
		if err != nil {
			t.Fatal(err)
		}
		got, err := jpeg.DecodeConfig(bytes.NewReader(data))
		if err != nil || image.Pt(got.Width, got.Height) != c.want {
			t.Errorf("%s: %dx%d, %v; want %v: %s", c.name, got.Width, got.Height, err, c.want, c.reason)
		}
	}
	if _, err := Thumbnail(image.NewGray(image.Rect(0, 0, 0, 5)), 100); err == nil {
		t.Error("no error for an image without pixels")
	}
}
