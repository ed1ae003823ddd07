package asset

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// tarred makes a gzipped tar of headers; plain files get the content "x".
func tarred(t testing.TB, headers ...tar.Header) string {
	t.Helper()
	var b bytes.Buffer
	gz := gzip.NewWriter(&b)
	w := tar.NewWriter(gz)
	for _, h := range headers {
		if h.Typeflag == tar.TypeReg {
			h.Size = 1
		}
		h.Mode = 0o644
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		if h.Typeflag == tar.TypeReg {
			w.Write([]byte("x"))
		}
	}
	w.Close()
	gz.Close()
	return b.String()
}

func linkInZip(t testing.TB, name, target string) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	h := &zip.FileHeader{Name: name}
	h.SetMode(fs.ModeSymlink | 0o777)
	w, err := z.CreateHeader(h)
	if err != nil {
		t.Fatal(err)
	}
	w.Write([]byte(target))
	z.Close()
	return b.String()
}

func TestUnpackRefuses(t *testing.T) {
	file := func(name string) tar.Header { return tar.Header{Name: name, Typeflag: tar.TypeReg} }
	link := tar.Header{Name: "package/assets/a", Linkname: "/etc/passwd", Typeflag: tar.TypeSymlink}
	hard := tar.Header{Name: "package/assets/a", Linkname: "/etc/passwd", Typeflag: tar.TypeLink}
	for _, c := range []struct{ name, reason, archive, want string }{
		{"up", "zip slip", zipped(t, map[string]string{"../evil": "x"}), "unsafe name"},
		{"up inside", "zip slip behind the prefix", zipped(t, map[string]string{"package/assets/../../../evil": "x"}),
			"unsafe name"},
		{"up to the stage", "local as a whole, but not behind the prefix",
			zipped(t, map[string]string{"package/assets/../../evil": "x"}), "unsafe name"},
		{"absolute", "a path of its own", tarred(t, file("/tmp/evil")), "unsafe name"},
		{"backslash", "a path on Windows", zipped(t, map[string]string{`package\..\..\evil`: "x"}), "unsafe name"},
		{"symlink", "would be written through later", tarred(t, link), "not a plain file"},
		{"hard link", "would alter a file outside", tarred(t, hard), "not a plain file"},
		{"symlink in zip", "as in tar", linkInZip(t, "package/assets/a", "/etc/passwd"), "not a plain file"},
		{"twice", "the second would overwrite what was checked", tarred(t, file("package/assets/a"),
			file("package/assets/a")), "exists"},
		{"nothing", "another package", zipped(t, map[string]string{"else/a": "x"}), "no package/assets/"},
		{"no archive", "an error page", "<html>proxy</html>", "neither zip nor gzip"},
		{"empty", "zero bytes", "", "EOF"},
		{"cut tar", "half a download", tarred(t, file("package/assets/a"))[:40], "unexpected EOF"},
	} {
		t.Run(c.name, func(t *testing.T) {
			root := t.TempDir()
			archive := filepath.Join(root, "in", "archive")
			write(t, archive, c.archive)
			ref := Ref{Name: "foods", Member: "package/assets/", Layout: LayoutCSV}
			err := ref.unpack(t.Context(), archive, filepath.Join(root, "out", "stage"), nil)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q: %s", err, c.want, c.reason)
			}
			mustStayInside(t, root)
		})
	}
}

// mustStayInside checks that nothing but the archive lies outside root/out/stage.
func mustStayInside(t *testing.T, root string) {
	t.Helper()
	filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		rel, _ := filepath.Rel(root, path)
		if d.IsDir() || rel == filepath.Join("in", "archive") {
			return nil
		}
		if !strings.HasPrefix(rel, filepath.Join("out", "stage")+string(filepath.Separator)) || !d.Type().IsRegular() {
			t.Errorf("written outside, or no plain file: %s", rel)
		}
		return nil
	})
}

func TestWriteFileKeepsItsBudget(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a")
	if n, err := writeFile(path, strings.NewReader("12345"), 5, 0o644); n != 5 || err != nil {
		t.Errorf("five bytes in a budget of five: %d, %v", n, err)
	}
	if n, err := writeFile(path+"2", strings.NewReader("123456789"), 5, 0o644); n > 6 || err == nil {
		t.Errorf("wrote %d bytes over a budget of five, %v", n, err)
	}
}

func TestUnpackStops(t *testing.T) {
	root := t.TempDir()
	archive := filepath.Join(root, "archive")
	write(t, archive, zipped(t, map[string]string{"package/assets/a": "x"}))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	ref := Ref{Member: "package/assets/", Layout: LayoutCSV}
	if err := ref.unpack(ctx, archive, filepath.Join(root, "stage"), nil); err != context.Canceled {
		t.Errorf("got %v, want context.Canceled", err)
	}
}

func FuzzUnpack(f *testing.F) {
	f.Add([]byte(tarred(f, tar.Header{Name: "package/assets/a", Typeflag: tar.TypeReg})))
	f.Add([]byte(tarred(f, tar.Header{Name: "package/assets/../../a", Typeflag: tar.TypeReg})))
	f.Add([]byte(linkInZip(f, "package/assets/a", "../..")))
	f.Add([]byte("PK\x03\x04"))
	f.Fuzz(func(t *testing.T, content []byte) {
		root := t.TempDir()
		archive := filepath.Join(root, "in", "archive")
		write(t, archive, string(content))
		ref := Ref{Name: "foods", Member: "package/assets/", Layout: LayoutCSV}
		_ = ref.unpack(t.Context(), archive, filepath.Join(root, "out", "stage"), nil)
		mustStayInside(t, root)
		os.RemoveAll(root)
	})
}
