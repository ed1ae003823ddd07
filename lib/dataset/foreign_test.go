package dataset

import (
	"bytes"
	"image"
	"image/jpeg"
	"strings"
	"testing"

	"imagelab/lib/photo/phototest"
)

// TestNamesOfForeignFormats: the content decides, also against the name.
func TestNamesOfForeignFormats(t *testing.T) {
	var jpg bytes.Buffer
	if err := jpeg.Encode(&jpg, image.NewGray(image.Rect(0, 0, 40, 40)), nil); err != nil {
		t.Fatal(err)
	}
	raw := []byte("II*\x00\x10\x00\x00\x00CR\x02\x00\x00\x00\x00\x00\x00\x00") // Canon's
	root := t.TempDir()
	for name, content := range map[string][]byte{
		"cat/a.heic": jpg.Bytes(), "cat/b.HEIC": []byte("\x00\x00\x00\x18ftypheic0000"), "cat/c.nef": raw,
		"cat/d.jp2": []byte("?"),
		"dog/e.jpg": jpg.Bytes(), "dog/f.hif": []byte("\x00\x00\x00\x18ftypheic0000"), "dog/e.cr2": raw,
		"dog/g.jpg_large": jpg.Bytes(), "dog/h.jpeg?w=300": jpg.Bytes(), "dog/i.jpg~": []byte("?"), // as browsers leave them
	} {
		phototest.Put(t, root, name, content)
	}
	l, err := list(t.Context(), root, Reading{})
	if err != nil {
		t.Fatal(err)
	}
	if got := census(l); got != "cat 1, dog 3" {
		t.Errorf("photos: %s; want the JPEG that is called HEIC, and those called JPEG, nearly", got)
	}
	says := map[string]string{}
	for _, r := range l.rejected {
		says[r.Path] = r.Reason
	}
	for name, want := range map[string]string{"cat/b.HEIC": "HEIC photo", "cat/c.nef": "darktable-cli",
		"cat/d.jp2": "opj_decompress", "dog/f.hif": "heif-convert"} {
		if !strings.Contains(says[name], want) {
			t.Errorf("%s: %q, want %q", name, says[name], want)
		}
	}
	if len(l.rejected) != 4 || len(l.left) != 2 {
		t.Errorf("rejected %v, left out %v; want four, and the raw file beside the JPEG and what is no photo",
			l.rejected, l.left)
	}
}
