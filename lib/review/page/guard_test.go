package page

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"imagelab/lib/dataset"
)

// handlerOf is the handler of a set's page with the token "secret".
func handlerOf(t *testing.T, s *dataset.Set, o Options) http.Handler {
	t.Helper()
	o.Token = "secret"
	server, err := New(s, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	return server.Handler()
}

func TestOnlyItsOwnPageIsAnswered(t *testing.T) {
	s := plainSet(t, 4, "a", "b")
	local, open := handlerOf(t, s, Options{}), handlerOf(t, s, Options{Host: "0.0.0.0"})
	const json = "application/json"
	for _, c := range []struct {
		name, method, path, host, origin, kind string
		open                                   bool
		want                                   int
		reason                                 string
	}{
		{"page", "GET", "/secret/", "127.0.0.1:80", "", "", false, 200, "the address that was printed"},
		{"localhost", "GET", "/secret/app.js", "localhost:80", "", "", false, 200, "the same machine by its name"},
		{"IPv6", "GET", "/secret/style.css", "[::1]:80", "", "", false, 200, "the same machine"},
		{"no token", "GET", "/", "127.0.0.1:80", "", "", false, 403, "another user of the machine"},
		{"wrong token", "GET", "/secreT/", "127.0.0.1:80", "", "", false, 403, "a guess"},
		{"part of the token", "GET", "/secre/api/set", "127.0.0.1:80", "", "", false, 403, "a guess"},
		{"DNS rebinding", "GET", "/secret/", "evil.example:80", "", "", false, 421, "a name that was made to lead here"},
		{"name like ours", "GET", "/secret/", "127.0.0.1.evil.example", "", "", false, 421,
			"a name that was made to lead here"},
		{"other address", "GET", "/secret/", "192.168.1.7:80", "", "", false, 421, "only this machine is served"},
		{"asked for", "GET", "/secret/", "192.168.1.7:80", "", "", true, 200, "the person let other machines in"},
		{"rebinding, open", "GET", "/secret/", "evil.example:80", "", "", true, 421, "also then"},
		{"write", "POST", "/secret/api/undo", "127.0.0.1:80", "http://127.0.0.1:80", json, false, 409,
			"it is read: the set is another one"},
		{"other origin", "POST", "/secret/api/undo", "127.0.0.1:80", "http://evil.example", json, false, 403,
			"a form of another page"},
		{"other port", "POST", "/secret/api/undo", "127.0.0.1:80", "http://127.0.0.1:81", json, false, 403,
			"another server of this machine"},
		{"no origin", "POST", "/secret/api/undo", "127.0.0.1:80", "", json, false, 403, "no page of ours"},
		{"form", "POST", "/secret/api/undo", "127.0.0.1:80", "http://127.0.0.1:80", "text/plain", false, 403,
			"a form needs no permission"},
		{"out of the assets", "GET", "/secret/../page.go", "127.0.0.1:80", "", "", false, 404, "path traversal"},
		{"encoded", "GET", "/secret/%2e%2e/%2e%2e/set.json", "127.0.0.1:80", "", "", false, 404, "path traversal"},
		{"photo by path", "GET", "/secret/photo/0/..%2f..%2fset.json", "127.0.0.1:80", "", "", false, 404,
			"photos have numbers"},
		{"negative", "GET", "/secret/photo/-1/00000000", "127.0.0.1:80", "", "", false, 404, "no such photo"},
		{"short hash", "GET", "/secret/photo/0/" + s.Images[0].SHA256[:4], "127.0.0.1:80", "", "", false, 404,
			"another set's photo"},
		{"photo", "GET", "/secret/photo/0/" + s.Images[0].SHA256[:16], "127.0.0.1:80", "", "", false, 200,
			"a photo of the set"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := local
			if c.open {
				h = open
			}
			r := httptest.NewRequest(c.method, "http://"+c.host+c.path, strings.NewReader("{}"))
			for name, value := range map[string]string{"Origin": c.origin, "Content-Type": c.kind} {
				if value != "" {
					r.Header.Set(name, value)
				}
			}
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if got := w.Code; got != c.want && !(c.want == 404 && got == http.StatusMovedPermanently ||
				c.want == 404 && got == 307) {
				t.Errorf("%s: %d, want %d: %s", c.reason, got, c.want, w.Body)
			}
			policy := w.Header().Get("Content-Security-Policy")
			if !strings.HasPrefix(policy, "default-src 'none'; script-src 'self'; style-src 'self'") ||
				strings.Contains(policy, "unsafe") {
				t.Errorf("the content security policy is %q", policy)
			}
		})
	}
}

func TestPageAsksNothingOfOthers(t *testing.T) {
	files, err := filepath.Glob("assets/*")
	if err != nil || len(files) < 5 {
		t.Fatal(files, err)
	}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		text := strings.ReplaceAll(string(data), "http://www.w3.org/2000/svg", "")
		for _, bad := range []string{"http://", "https://", "innerHTML", "outerHTML", "insertAdjacentHTML",
			"document.write", "eval(", " style=\"", "onclick="} {
			if strings.Contains(text, bad) {
				t.Errorf("%s has %q: nothing comes from elsewhere, and no name becomes markup", name, bad)
			}
		}
	}
}

func TestPhotosThatCannotBeDrawnSayWhy(t *testing.T) {
	s := plainSet(t, 3, "a")
	gone, changed := s.File(s.Images[0]), s.File(s.Images[1])
	if err := os.Remove(gone); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(changed, []byte("not a photo"), 0o644); err != nil {
		t.Fatal(err)
	}
	h := handlerOf(t, s, Options{})
	for i, want := range []string{"not there", "changed", ""} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("GET", "http://127.0.0.1/secret/thumb/"+string(rune('0'+i))+"/"+
			s.Images[i].SHA256[:16], nil))
		body, _ := io.ReadAll(w.Body)
		if (w.Code == 200) != (want == "") || !strings.Contains(string(body), want) {
			t.Errorf("photo %d: %d %.80q, want %q", i, w.Code, body, want)
		}
	}
}
