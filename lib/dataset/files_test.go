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
		"@eaDir/b.JPG", "a/__MACOSX/1.png", "no\nline.gif", "README"} {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for name, start := range map[string]string{"a/3": "\xff\xd8\xff", "a/4.jpg?w=300": "\xff\xd8\xff"} {
		if err := os.WriteFile(filepath.Join(root, name), []byte(start), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(t.TempDir(), filepath.Join(root, "linked")); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(root, link); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{root, link} {
		got, err := Files(t.Context(), dir)
		var want []Found
		for _, name := range []string{"a/2.heic", "a/3", "a/4.jpg?w=300", "a/deep/1.png", "b.JPG", "no\nline.gif"} {
			want = append(want, Found{Path: filepath.Join(dir, name)})
		}
		const problem = "is a link to a folder, which is not followed: name it too"
		want = slices.Insert(want, 5, Found{filepath.Join(dir, "linked"), problem})
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("got %q, %v, want %q", got, err, want)
		}
	}
}

// TestMatching: ** reaches folders of any depth, * none, and no star what systems leave.
func TestMatching(t *testing.T) {
	root := filepath.Join(t.TempDir(), "[root]")
	for _, name := range []string{"1.jpg", "a/2.jpg", "a/b/3.jpg", "a/b/4.png", ".git/5.jpg", ".6.jpg", "c[d]/b/7.jpg"} {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(root)
	for _, tt := range []struct {
		pattern, reason string
		want            []string
	}{
		{"*.jpg", "hidden files are no photos", []string{"1.jpg"}},
		{"*", "folders too", []string{"1.jpg", "a", "c[d]"}},
		{".*.jpg", "who names the dot means it", []string{".6.jpg"}},
		{"**/*.jpg", "folders of any depth, or none", []string{"1.jpg", "a/2.jpg", "a/b/3.jpg", "c[d]/b/7.jpg"}},
		{"a/**/*.jpg", "a folder before it", []string{"a/2.jpg", "a/b/3.jpg"}},
		{"*/**/[37].jpg", "patterns before and after it", []string{"a/b/3.jpg", "c[d]/b/7.jpg"}},
		{"**/b/*", "a folder after it", []string{"a/b/3.jpg", "a/b/4.png", "c[d]/b/7.jpg"}},
		{"**", "each photo once: a folder stands for what is in it", []string{"1.jpg", "a", "c[d]"}},
		{"1.jpg/**", "a file has nothing below it", nil},
		{"**/*.bmp", "nothing fits", nil},
	} {
		found, err := Matching(t.Context(), tt.pattern)
		var got []string
		for _, f := range found {
			got = append(got, filepath.ToSlash(f.Path))
		}
		if err != nil || !slices.Equal(got, tt.want) {
			t.Errorf("%s: got %q, %v, want %q: %s", tt.pattern, got, err, tt.want, tt.reason)
		}
	}
	if _, err := Matching(t.Context(), "**/[a"); err == nil {
		t.Error("a bracket that is open is taken for a pattern")
	}
}
