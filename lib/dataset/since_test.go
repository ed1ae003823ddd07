package dataset

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"imagelab/lib/photo/phototest"
)

// TestSinceTheLastIngest: a repeated ingest says what became of the photos.
func TestSinceTheLastIngest(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(t *testing.T, root string)
		want   string // of the note; empty: there is none
		reason string
	}{
		{"nothing", func(*testing.T, string) {}, "", "no note where all is as it was"},
		{"gone", func(t *testing.T, root string) { remove(t, root, "cat/1.png") }, "of 6 photos: 1 gone", "deleted"},
		{"gone, one of two files of a content", func(t *testing.T, root string) { remove(t, root, "dog/9.png") },
			": 1 gone", "a copy counts as a photo"},
		{"new", func(t *testing.T, root string) { phototest.Put(t, root, "cat/new.png", numbered(t, 40)) },
			": 1 new", "added"},
		{"changed", func(t *testing.T, root string) { phototest.Put(t, root, "cat/1.png", numbered(t, 41)) },
			": 1 changed", "edited"},
		{"renamed", func(t *testing.T, root string) { move(t, root, "cat/1.png", "cat/x.png") },
			": 1 moved or renamed", "known by its content"},
		{"relabelled", func(t *testing.T, root string) { move(t, root, "cat/1.png", "dog/1b.png") },
			": 1 in another class", "moved to another folder"},
		{"swapped", func(t *testing.T, root string) {
			move(t, root, "cat/1.png", "cat/x.png")
			move(t, root, "cat/2.png", "cat/1.png")
			move(t, root, "cat/x.png", "cat/2.png")
		}, ": 2 moved or renamed", "contents changed their names"},
		{"several", func(t *testing.T, root string) {
			remove(t, root, "cat/1.png")
			phototest.Put(t, root, "dog/4.png", numbered(t, 42))
			phototest.Put(t, root, "dog/new.png", numbered(t, 43))
		}, ": 1 new, 1 gone, 1 changed", "each counted"},
		{"cut short", func(t *testing.T, root string) { phototest.Put(t, root, "cat/1.png", numbered(t, 0)[:60]) },
			": 1 gone", "in quarantine, which says why"},
	} {
		t.Run(c.name, func(t *testing.T) {
			root, dir := t.TempDir(), filepath.Join(t.TempDir(), "set")
			for i, name := range []string{"cat/1.png", "cat/2.png", "cat/3.png", "dog/4.png", "dog/5.png"} {
				phototest.Put(t, root, name, numbered(t, i))
			}
			phototest.Put(t, root, "dog/9.png", numbered(t, 4))
			for range 2 {
				if _, err := Ingest(t.Context(), root, dir, DefaultIngest(), nil); err != nil {
					t.Fatal(err)
				}
				c.change(t, root)
				c.change = func(*testing.T, string) {}
			}
			s, err := Load(dir)
			if err != nil {
				t.Fatal(err)
			}
			notes := strings.Join(s.Notes, "\n")
			if c.want == "" && strings.Contains(notes, "since") || !strings.HasSuffix(notes, c.want) {
				t.Errorf("the notes are %q, want %q: %s", notes, c.want, c.reason)
			}
		})
	}
}

func remove(t *testing.T, root, name string) {
	t.Helper()
	if err := os.Remove(filepath.Join(root, name)); err != nil {
		t.Fatal(err)
	}
}

func move(t *testing.T, root, from, to string) {
	t.Helper()
	if err := os.Rename(filepath.Join(root, from), filepath.Join(root, to)); err != nil {
		t.Fatal(err)
	}
}
