package asset

import (
	"bytes"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// host serves content, cutting the connection after cut bytes of the first answer; it notes the
// ranges asked for.
type host struct {
	content []byte
	etag    string
	cut     int
	ranges  []string
}

func (h *host) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.ranges = append(h.ranges, r.Header.Get("Range"))
	w.Header().Set("ETag", h.etag)
	if cut := h.cut; cut > 0 {
		h.cut = 0
		w.Header().Set("Content-Length", "100000")
		w.Write(h.content[:cut])
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	}
	http.ServeContent(w, r, "a.whl", time.Time{}, bytes.NewReader(h.content))
}

// archive of about 100 kB that does not compress.
func bigArchive(t *testing.T) []byte {
	noise := make([]byte, 100_000)
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range noise {
		noise[i] = byte(rng.Uint32())
	}
	return []byte(zipped(t, map[string]string{"net/model.pth": string(noise)}))
}

func httpsRef(t *testing.T, content []byte, url string) Ref {
	t.Helper()
	archive := filepath.Join(t.TempDir(), "net-1.0.whl")
	write(t, archive, string(content))
	ref := refOf(t, archive)
	ref.Client, ref.URL, ref.Bytes = "https", url, int64(len(content))
	return ref
}

func TestResume(t *testing.T) {
	content := bigArchive(t)
	for _, c := range []struct {
		name, reason     string
		etag, later      string
		wantSecondResume bool
	}{
		{"same bytes", "the strong tag is the same: go on", `"one"`, `"one"`, true},
		{"other bytes", "the tag changed: half of each is worthless", `"one"`, `"two"`, true},
		{"no tag", "nothing says it is the same file: start anew", "", "", false},
		{"weak tag", "a weak tag does not vouch for bytes", `W/"one"`, `W/"one"`, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := &host{content: content, etag: c.etag, cut: 40_000}
			server := httptest.NewServer(h)
			defer server.Close()
			ref, cache := httpsRef(t, content, server.URL), t.TempDir()
			if _, err := ref.fetch(t.Context(), cache, "", nil); err == nil || !strings.Contains(err.Error(), "run it again") {
				t.Fatalf("a cut connection gave %v", err)
			}
			h.etag = c.later
			if c.later != c.etag { // what lies there belongs to the other tag
				write(t, filepath.Join(cache, "partial", ref.File), strings.Repeat("old", 10_000))
			}
			path, err := ref.fetch(t.Context(), cache, "", nil)
			if err != nil {
				t.Fatalf("%s: %v", c.reason, err)
			}
			if info, err := os.Stat(path); err != nil || info.Size() != 100_000 {
				t.Errorf("got %v, %v", info, err)
			}
			if resumed := h.ranges[1] != ""; resumed != c.wantSecondResume {
				t.Errorf("second request asked for %q: %s", h.ranges[1], c.reason)
			}
			if left := leftovers(t, cache); len(left) != 2 {
				t.Errorf("want the file and its marker, got %q", left)
			}
		})
	}
}

func TestResumedBytesAreNotAskedForAgain(t *testing.T) {
	content := bigArchive(t)
	h := &host{content: content, etag: `"one"`, cut: 40_000}
	server := httptest.NewServer(h)
	defer server.Close()
	ref, cache := httpsRef(t, content, server.URL), t.TempDir()
	ref.fetch(t.Context(), cache, "", nil)
	var first int64 = -1
	_, err := ref.fetch(t.Context(), cache, "", func(stage string, done, total int64) {
		if first < 0 && strings.HasPrefix(stage, "downloading") {
			first = done
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if h.ranges[1] != "bytes=40000-" || first <= 40_000 {
		t.Errorf("asked for %q and reported from %d", h.ranges[1], first)
	}
}

func TestHTTPSFailures(t *testing.T) {
	content := bigArchive(t)
	for _, c := range []struct {
		name, reason string
		handler      http.HandlerFunc
		want         string
	}{
		{"gone", "the host dropped it", http.NotFound, "404"},
		{"login page", "a proxy answers everything",
			func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("<html>")) }, "web page"},
		{"login page of another kind", "nothing says that it is one",
			func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte{0}) }, "wrong file"},
		{"no access", "a gated repository",
			func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) }, "401"},
		{"forbidden", "its terms were not accepted",
			func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) }, "403"},
		{"wrong range", "a server that answers another range", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Range", "bytes 7-9/10")
			w.WriteHeader(http.StatusPartialContent)
		}, "asked for bytes from 0"},
		{"down", "no network", nil, "refused"},
	} {
		t.Run(c.name, func(t *testing.T) {
			server := httptest.NewServer(c.handler)
			if c.handler == nil {
				server.Close()
			}
			defer server.Close()
			ref, cache := httpsRef(t, content, server.URL), t.TempDir()
			_, err := ref.fetch(t.Context(), cache, "", nil)
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "asset.FetchFrom(") {
				t.Errorf("got %v, want %q and what to do: %s", err, c.want, c.reason)
			}
			if left := leftovers(t, cache); len(left) > 0 {
				t.Errorf("left behind: %q", left)
			}
		})
	}
}

// TestSilentServer: a server that sends nothing more, or nothing at all, must not hold a download
// for ever, and what it sent is kept.
func TestSilentServer(t *testing.T) {
	defer func(d time.Duration) { mostSilence = d }(mostSilence)
	mostSilence = 200 * time.Millisecond
	content := bigArchive(t)
	for _, sent := range []int{0, 40_000} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if sent > 0 {
				w.Header().Set("ETag", `"one"`)
				w.Write(content[:sent])
				w.(http.Flusher).Flush()
			}
			<-r.Context().Done()
		}))
		ref, cache := httpsRef(t, content, server.URL), t.TempDir()
		_, err := ref.fetch(t.Context(), cache, "", nil)
		if err == nil || !strings.Contains(err.Error(), "sent nothing for 200ms") {
			t.Errorf("after %d bytes: %v", sent, err)
		}
		info, err := os.Stat(filepath.Join(cache, "partial", ref.File))
		if sent > 0 && (err != nil || info.Size() != int64(sent)) {
			t.Errorf("of %d bytes %v are kept, %v", sent, info, err)
		}
		server.Close()
	}
}

// TestRedirects: https stays https, since most digests are of eight digits only.
func TestRedirects(t *testing.T) {
	request := func(address string) *http.Request {
		r, err := http.NewRequest(http.MethodGet, address, nil)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	for _, c := range []struct {
		from, to string
		ok       bool
	}{
		{"https://hub.example/a", "https://files.example/b", true},
		{"https://hub.example/a", "http://files.example/b", false},
		{"http://127.0.0.1/a", "http://127.0.0.1/b", true},
	} {
		err := downloads.CheckRedirect(request(c.to), []*http.Request{request(c.from)})
		if (err == nil) != c.ok {
			t.Errorf("from %s to %s: %v", c.from, c.to, err)
		}
	}
	a := request("https://a.example")
	if downloads.CheckRedirect(a, slices.Repeat([]*http.Request{a}, 10)) == nil {
		t.Error("a circle of redirects never ends")
	}
}

func TestPartThatIsAlreadyWhole(t *testing.T) {
	content := bigArchive(t)
	server := httptest.NewServer(&host{content: content, etag: `"one"`})
	defer server.Close()
	ref, cache := httpsRef(t, content, server.URL), t.TempDir()
	write(t, filepath.Join(cache, "partial", ref.File), string(content))
	write(t, filepath.Join(cache, "partial", ref.File+".etag"), `"one"`)
	ref.fetch(t.Context(), cache, "", nil) // may ask to be run again, must not be stuck
	if _, err := ref.fetch(t.Context(), cache, "", nil); err != nil {
		t.Error(err)
	}
}
