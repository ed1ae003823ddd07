package asset

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// ours are files as imagelab leaves them in its cache, and in which holding they are counted.
var ours = map[string]string{
	"assets/solar-1.0/imagelab-asset":                   "solar-1.0",
	"assets/solar-1.0/data/a.png":                       "solar-1.0",
	"autotune/0123456789abcdef/x.textproto":             "autotune",
	"jupyter/tools-0a1b/gonb":                           "jupyter",
	"jupyter/runtime/jpserver-1.json":                   "jupyter",
	"partial/of-another-version.zip":                    "partial",
	"partial/of-another-version.zip.etag":               "partial",
	"peer/onnx==1.0-venv/done":                          "peer",
	"programs/" + strings.Repeat("0f", 32) + ".program": "programs",
	"tmp/fetch-1/stage/data/a.png":                      "tmp",
}

// theirs are files of a person who named a folder of their own as the cache.
var theirs = []string{"photos/a.jpg", "assets/logo/a.png", "autotune/song.mid", "jupyter/thesis.ipynb",
	"partial/draft.txt", "peer/letter.txt", "programs/setup.exe", "tmp/thesis.txt", "note"}

// fill makes files of one byte.
func fill(t *testing.T, dir string, names []string) {
	t.Helper()
	for _, name := range names {
		write(t, filepath.Join(dir, filepath.FromSlash(name)), "x")
	}
}

// TestRemoveLeavesWhatIsNotOurs: the cache may be a folder that holds other things, also under the
// names of ours. They are neither listed nor counted nor removed.
func TestRemoveLeavesWhatIsNotOurs(t *testing.T) {
	cache := t.TempDir()
	t.Setenv("IMAGELAB_CACHE", cache)
	fill(t, cache, theirs)
	if got, err := Holdings(); err != nil || len(got) > 0 {
		t.Errorf("a folder without anything of imagelab's: %v, %v", got, err)
	}
	want := map[string]int64{}
	for name, holding := range ours {
		fill(t, cache, []string{name})
		want[holding]++
	}
	gone, err := Remove(t.Context(), nil, nil)
	if err != nil || len(gone) != len(want) {
		t.Errorf("%v, %v", gone, err)
	}
	for _, h := range gone {
		if h.Bytes != want[h.Name] {
			t.Errorf("%s: %d bytes are counted, want %d", h.Name, h.Bytes, want[h.Name])
		}
	}
	if left := within(t, cache, leftovers(t, cache)); !slices.Equal(left, slices.Sorted(slices.Values(theirs))) {
		t.Errorf("left are %q", left)
	}
}

func TestHoldings(t *testing.T) {
	cache := t.TempDir()
	t.Setenv("IMAGELAB_CACHE", cache)
	write(t, filepath.Join(cache, "assets/solar-1.0", markerName), "marker")
	write(t, filepath.Join(cache, "assets/solar-1.0/data/a.png"), strings.Repeat("a", 100))
	write(t, filepath.Join(cache, "jupyter/tools-0a1b/gonb"), "abc")
	write(t, filepath.Join(cache, "tmp"), "a file of another program where a folder is looked for")
	if err := os.Chmod(filepath.Join(cache, "jupyter/tools-0a1b"), 0o555); err != nil { // as Go leaves its modules
		t.Fatal(err)
	}
	want := []Holding{{"solar-1.0", filepath.Join(cache, "assets/solar-1.0"), 106},
		{"jupyter", filepath.Join(cache, "jupyter"), 3}}
	if got, err := Holdings(); err != nil || !slices.Equal(got, want) {
		t.Errorf("%v, %v", got, err)
	}
	if _, err := Remove(t.Context(), []string{"jupyter", "solar"}, nil); err == nil {
		t.Error("an unknown name is no slip: nothing may be removed")
	}
	if gone, err := Remove(t.Context(), []string{"jupyter"}, nil); err != nil || !slices.Equal(gone, want[1:]) {
		t.Errorf("%v, %v", gone, err)
	}
	if exists(filepath.Join(cache, "jupyter")) {
		t.Error("an empty folder is left")
	}
	if err := os.Remove(filepath.Join(cache, "tmp")); err != nil {
		t.Fatal(err)
	}
	if gone, err := Remove(t.Context(), nil, nil); err != nil || !slices.Equal(gone, want[:1]) {
		t.Errorf("%v, %v", gone, err)
	}
	t.Setenv("IMAGELAB_CACHE", filepath.Join(cache, "none"))
	if got, err := Remove(t.Context(), nil, nil); err != nil || len(got) > 0 {
		t.Errorf("a cache that is not there: %v, %v", got, err)
	}
	if _, err := Remove(t.Context(), []string{"typo"}, nil); err == nil {
		t.Error("an empty cache holds no typo: that is an error, not a success in silence")
	}
}
