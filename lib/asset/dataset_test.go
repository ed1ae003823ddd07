package asset

import (
	"archive/tar"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestSolarRow(t *testing.T) {
	for _, c := range []struct{ name, reason, line, want string }{
		{"sound", "0 is functional", "images/cell0004.png  0.0  poly", "functional"},
		{"a third", "below the threshold", "images/a.png 0.3333333333333333 mono", "functional"},
		{"threshold", "0.5 itself counts as defective", "images/a.png 0.5 mono", "defective"},
		{"broken", "1 is defective", "images/a.png 1.0 mono", "defective"},
		{"short", "a field is missing", "images/a.png 1.0", ""},
		{"no number", "not a probability", "images/a.png high mono", ""},
		{"NaN", "neither above nor below", "images/a.png NaN mono", ""},
		{"beyond", "above 1", "images/a.png 1.5 mono", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			row, err := solarRow(c.line)
			if c.want == "" {
				if err == nil {
					t.Errorf("got %q, want an error: %s", row, c.reason)
				}
				return
			}
			if err != nil || row[1] != c.want || row[0] != strings.Fields(c.line)[0] {
				t.Errorf("got %q, %v, want %s: %s", row, err, c.want, c.reason)
			}
		})
	}
}

// fromArchive fetches a ref of the catalogue from an archive made here.
func fromArchive(t *testing.T, name, content string) string {
	t.Helper()
	ref, err := Dataset(name)
	if err != nil {
		t.Fatal(err)
	}
	archive := filepath.Join(t.TempDir(), "archive")
	write(t, archive, content)
	if ref.SHA256, err = fileSHA256(archive); err != nil {
		t.Fatal(err)
	}
	path, err := ref.fetch(t.Context(), t.TempDir(), archive, nil)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func TestSolarKeepsThePublishedOrder(t *testing.T) {
	labels := "images/b.png  1.0  mono\nimages/a.png  0.0  mono\n"
	path := fromArchive(t, "solar", zipped(t, map[string]string{
		"elpv_dataset/data/labels.csv": labels, "elpv_dataset/data/images/a.png": "A", "elpv_dataset/data/images/b.png": "B",
		"elpv_dataset/utils.py": "x",
	}))
	mustHold(t, filepath.Join(path, CSVName), "path,label\nimages/b.png,defective\nimages/a.png,functional\n")
	mustHold(t, filepath.Join(path, solarScores), labels)
	mustHold(t, filepath.Join(path, "images", "a.png"), "A")
}

func TestFoodsAreLabelledByLetter(t *testing.T) {
	path := fromArchive(t, "foods", tarred(t,
		tar.Header{Name: "package/assets/B001.jpeg", Typeflag: tar.TypeReg},
		tar.Header{Name: "package/assets/A002.jpeg", Typeflag: tar.TypeReg},
		tar.Header{Name: "package/index.ts", Typeflag: tar.TypeReg}))
	mustHold(t, filepath.Join(path, CSVName), "path,label\nA002.jpeg,A\nB001.jpeg,B\n")
}

// wardrobe is a tiny data set like clothing, and the ref that pins it.
func wardrobe(t *testing.T) (string, Ref) {
	t.Helper()
	root := t.TempDir()
	write(t, filepath.Join(root, "train", "hat", "1 a.jpg"), "one")
	write(t, filepath.Join(root, "train", "hat.jpg"), "three")
	write(t, filepath.Join(root, "validation", "hat", "2.jpg"), "two")
	write(t, filepath.Join(root, "README.md"), "not part of it")
	ref, err := Dataset("clothing")
	if err != nil {
		t.Fatal(err)
	}
	lines := ""
	for _, f := range [][2]string{{"train/hat.jpg", "three"}, {"train/hat/1 a.jpg", "one"},
		{"validation/hat/2.jpg", "two"}} {
		sum := sha256.Sum256([]byte(f[1]))
		lines += f[0] + " " + hex.EncodeToString(sum[:]) + "\n"
	}
	sum := sha256.Sum256([]byte(lines))
	ref.SHA256 = hex.EncodeToString(sum[:])
	return root, ref
}

func TestFetchFromFolder(t *testing.T) {
	for _, c := range []struct {
		name, reason string
		change       func(root string)
		want         string // of the error; "" is success
	}{
		{"as published", "the pinned content", func(string) {}, ""},
		{"with test", "the test folder is optional",
			func(root string) { write(t, filepath.Join(root, "test", "hat", "3.jpg"), "3") }, ""},
		{"dot files", "file managers leave them",
			func(root string) { write(t, filepath.Join(root, "train", ".DS_Store"), "x") }, ""},
		{"edited", "one byte differs", func(root string) {
			write(t, filepath.Join(root, "train", "hat.jpg"), "thre3")
		}, "hold 3 files"},
		{"one more", "not as published", func(root string) {
			write(t, filepath.Join(root, "train", "hat", "9.jpg"), "x")
		}, "hold 4 files"},
		{"renamed", "the class is the folder's name", func(root string) {
			os.Rename(filepath.Join(root, "train", "hat"), filepath.Join(root, "train", "cap"))
		}, "wrong content"},
		{"link", "could point anywhere",
			func(root string) { os.Symlink("/etc/passwd", filepath.Join(root, "train", "l.jpg")) }, "not a plain file"},
		{"half", "validation is missing", func(root string) { os.RemoveAll(filepath.Join(root, "validation")) },
			"must hold train and validation"},
	} {
		t.Run(c.name, func(t *testing.T) {
			root, ref := wardrobe(t)
			c.change(root)
			cache := t.TempDir()
			path, err := ref.fetch(t.Context(), cache, root, nil)
			if c.want != "" {
				if err == nil || !strings.Contains(err.Error(), c.want) {
					t.Errorf("got %v, want %q: %s", err, c.want, c.reason)
				}
				if left := leftovers(t, cache); len(left) > 0 {
					t.Errorf("left behind: %q", left)
				}
				return
			}
			if err != nil {
				t.Fatalf("%s: %v", c.reason, err)
			}
			write(t, filepath.Join(root, "train", "hat.jpg"), "edited later")
			mustHold(t, filepath.Join(path, "train", "hat.jpg"), "three")
			mustHold(t, filepath.Join(root, "README.md"), "not part of it")
			if c.name == "with test" {
				mustHold(t, filepath.Join(path, "test", "hat", "3.jpg"), "3")
			}
		})
	}
}

func TestFetchFromWrongThings(t *testing.T) {
	ref, _ := fake(t, "good")
	right := filepath.Dir(os.Getenv("FAKE_ARCHIVE"))
	wrong := filepath.Join(t.TempDir(), "wrong.whl")
	write(t, wrong, "x")
	for _, c := range []struct{ name, reason, from, want string }{
		{"folder with it", "a person may give the download folder", right, ""},
		{"wrong file", "another version", wrong, "wrong file"},
		{"no such", "a typing error", wrong + "x", "no such file"},
		{"empty folder", "the file is elsewhere", t.TempDir(), "give the archive file itself"},
		{"device", "neither file nor folder", "/dev/null", "neither a file nor a folder"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path, err := ref.fetch(t.Context(), t.TempDir(), c.from, nil)
			if c.want == "" {
				if err != nil {
					t.Fatal(err)
				}
				mustHold(t, path, payload)
				return
			}
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), ref.SHA256) {
				t.Errorf("got %v, want %q and the pinned hash: %s", err, c.want, c.reason)
			}
		})
	}
}

func TestFetchFromRepairsTheCache(t *testing.T) {
	root, ref := wardrobe(t)
	cache := t.TempDir()
	for range 2 {
		path, err := ref.fetch(t.Context(), cache, root, nil)
		if err != nil {
			t.Fatal(err)
		}
		mustHold(t, filepath.Join(path, "train", "hat.jpg"), "three")
		write(t, filepath.Join(path, "train", "hat.jpg"), "damaged by hand")
	}
}
