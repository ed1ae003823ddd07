package linefile

import (
	"os"
	"path/filepath"
	"testing"
)

func TestAppend(t *testing.T) {
	for _, c := range []struct{ reason, before, want string }{
		{"a new file", "", "b\n"},
		{"behind a whole line", "a\n", "a\nb\n"},
		{"half a line spoils no other", "a\nhal", "a\nhal\nb\n"},
	} {
		path := filepath.Join(t.TempDir(), "lines")
		if c.before != "" {
			if err := os.WriteFile(path, []byte(c.before), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if err := Append(path, []byte("b\n")); err != nil {
			t.Errorf("%s: %v", c.reason, err)
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != c.want {
			t.Errorf("%s: the file is %q, %v, want %q", c.reason, got, err, c.want)
		}
	}
}

func TestAppendFollowsNoLink(t *testing.T) {
	dir := t.TempDir()
	mine, link := filepath.Join(dir, "mine"), filepath.Join(dir, "link")
	if err := os.WriteFile(mine, []byte("a\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(mine, link); err != nil {
		t.Fatal(err)
	}
	if err := Append(link, []byte("b\n")); err == nil {
		t.Error("a link out of the folder was written through")
	}
	if got, err := os.ReadFile(mine); err != nil || string(got) != "a\n" {
		t.Errorf("the file behind the link is %q, %v", got, err)
	}
}
