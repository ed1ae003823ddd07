package asset

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestHub speaks the protocol of the model hub: the address of a file redirects to a host of
// large files, which must not see the token; gated files want one; a mirror takes the hub's
// place.
func TestHub(t *testing.T) {
	content := []byte(strings.Repeat("weights ", 1000))
	var seen []string
	store := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen = append(seen, r.Header.Get("Authorization"))
		w.Write(content)
	}))
	defer store.Close()
	mirror := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path != "/timm/net/resolve/7d3a/model.safetensors":
			http.NotFound(w, r)
		case r.Header.Get("Authorization") != "Bearer secret":
			w.WriteHeader(http.StatusUnauthorized)
		default:
			http.Redirect(w, r, strings.Replace(store.URL, "127.0.0.1", "localhost", 1), http.StatusFound)
		}
	}))
	defer mirror.Close()
	t.Setenv("HF_ENDPOINT", mirror.URL)
	t.Setenv("HF_TOKEN", "")
	local := filepath.Join(t.TempDir(), "local")
	write(t, local, string(content))
	sum, err := fileSHA256(local)
	if err != nil {
		t.Fatal(err)
	}
	ref := published("net", hub+"timm/net/resolve/7d3a/model.safetensors", sum, int64(len(content)), "MIT")
	cache := t.TempDir()
	if _, err := ref.fetch(t.Context(), cache, "", nil); err == nil || !strings.Contains(err.Error(), "HF_TOKEN") {
		t.Errorf("without a token: %v", err)
	}
	t.Setenv("HF_TOKEN", "secret")
	path, err := ref.fetch(t.Context(), cache, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != string(content) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	if len(seen) != 1 || seen[0] != "" {
		t.Errorf("the host of large files saw %q", seen)
	}
	if other := published("other", hub+"timm/other/resolve/1/model.safetensors", sum, 1, "MIT"); true {
		if _, err := other.fetch(t.Context(), t.TempDir(), "", nil); err == nil || !strings.Contains(err.Error(), "404") {
			t.Errorf("a file that is gone: %v", err)
		}
	}
	wrong := ref
	wrong.SHA256 = "0123abcd" // no more than the first digits were published
	if _, err := wrong.fetch(t.Context(), t.TempDir(), "", nil); err == nil ||
		!strings.Contains(err.Error(), "wrong file") {
		t.Errorf("another digest: %v", err)
	}
	folder := filepath.Dir(local)
	for _, name := range []string{ref.File, "model.safetensors"} { // ours, and that of a copy of the hub's repository
		if err := os.Rename(local, filepath.Join(folder, name)); err != nil {
			t.Fatal(err)
		}
		local = filepath.Join(folder, name)
		if _, err := ref.fetch(t.Context(), t.TempDir(), folder, nil); err != nil {
			t.Errorf("from the folder of a mirror with %s: %v", name, err)
		}
	}
}
