package dataset

import (
	"bytes"
	"image"
	"image/jpeg"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"imagelab/lib/photo/phototest"
)

// TestHEIFCommand runs the command of the note, with a program in the place of libheif's that
// copies a JPEG: afterwards every photo is read, and none that was there is another.
func TestHEIFCommand(t *testing.T) {
	const heic, avif = "\x00\x00\x00\x18ftypheic0000", "\x00\x00\x00\x18ftypavif0000"
	var jpg bytes.Buffer
	if err := jpeg.Encode(&jpg, image.NewGray(image.Rect(0, 0, 40, 40)), nil); err != nil {
		t.Fatal(err)
	}
	root, bin := filepath.Join(t.TempDir(), "it's \"$HOME\" & more"), t.TempDir()
	for name, content := range map[string]string{"cat/IMG 1.HEIC": heic, "cat/$(x).2.heic": heic, "cat/3.hif": heic,
		"dog/4.avif":   avif,
		"dog/own.heic": heic, "dog/own.jpg": jpg.String(), "dog/5.mov": "\x00\x00\x00\x18ftypqt  0000", "dog/6.jp2": "?"} {
		phototest.Put(t, root, name, []byte(content))
	}
	own, err := os.Stat(filepath.Join(root, "dog", "own.jpg"))
	if err != nil {
		t.Fatal(err)
	}
	l, err := list(t.Context(), root, Reading{})
	if err != nil {
		t.Fatal(err)
	}
	_, after, found := strings.Cut(strings.Join(l.notes, "\n"), "4 photos in HEIC or AVIF cannot be read here")
	_, command, _ := strings.Cut(after, "the next time: ")
	command, _, ended := strings.Cut(command, " (heif-convert comes with libheif")
	if !found || !ended || len(l.rejected) != 5 {
		t.Fatalf("rejected %v, and the notes are\n%s", l.rejected, strings.Join(l.notes, "\n"))
	}
	phototest.Put(t, bin, "jpg", jpg.Bytes())
	script := "#!/bin/sh\ntest \"$1 $2\" = '-q 95' && test -f \"$3\" && cp " + bin + "/jpg \"$4\"\n"
	if err := os.WriteFile(filepath.Join(bin, "heif-convert"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin+":"+os.Getenv("PATH"))
	if out, err := exec.CommandContext(t.Context(), "sh", "-c", command).CombinedOutput(); err != nil || len(out) > 0 {
		t.Fatalf("%s: %v\n%s", command, err, out)
	}
	if l, err = list(t.Context(), root, Reading{}); err != nil || census(l) != "cat 3, dog 2" || len(l.rejected) != 1 {
		t.Errorf("then there are %s, and rejected are %v, %v", census(l), l.rejected, err)
	}
	if again, err := os.Stat(filepath.Join(root, "dog", "own.jpg")); err != nil || !again.ModTime().Equal(own.ModTime()) {
		t.Errorf("a photo of the same name was replaced: %v", err)
	}
}
