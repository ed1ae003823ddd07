package dataset

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestFiles(t *testing.T) {
	root := t.TempDir()
	for _, name := range []string{"b.JPG", "a/deep/1.png", "a/2.heic", "notes.txt", ".hidden.jpg", ".git/x.jpg",
		"@eaDir/b.JPG", "a/__MACOSX/1.png", "no\nline.gif"} {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(root, link); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{root, link} {
		got, err := Files(t.Context(), dir)
		want := []string{"a/2.heic", "a/deep/1.png", "b.JPG", "no\nline.gif"}
		for i := range want {
			want[i] = filepath.Join(dir, want[i])
		}
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("got %q, %v, want %q", got, err, want)
		}
	}
}
