// Package collecttest has servers on this machine that answer as providers of photos do, and that
// misbehave, for tests and rehearsals of package collect.
package collecttest

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// Server answers searches in the formats of Openverse, Wikimedia Commons and a plain JSON service,
// and serves photos under /photo/. A fault is asked for by the photo's path: /photo/KIND/NUMBER.
type Server struct {
	*httptest.Server
	Total  int                                           // results of a query
	Path   func(query string, i int) string              // of result i; nil: /photo/good/QUERY-i
	Photo  func(path string) []byte                      // bytes of a photo; nil: a small JPEG that only this path has
	Robots string                                        // robots.txt; empty: there is none
	Extra  func(http.ResponseWriter, *http.Request) bool // answers in place of all others, where it returns true

	mu   sync.Mutex
	hits map[string]int
	seen []*http.Request
}

// New starts a server that ends with the test.
func New(t testing.TB) *Server {
	s := &Server{Total: 1000, hits: map[string]int{}}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

// Hits is how often a path was asked for.
func (s *Server) Hits(path string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.hits[path]
}

// Requests are all requests so far.
func (s *Server) Requests() []*http.Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]*http.Request(nil), s.seen...)
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	s.mu.Lock()
	s.hits[q.URL.Path]++
	hit := s.hits[q.URL.Path]
	if len(s.seen) < 1000 {
		s.seen = append(s.seen, q)
	}
	s.mu.Unlock()
	switch path := q.URL.Path; {
	case s.Extra != nil && s.Extra(w, q):
	case path == "/robots.txt" && s.Robots != "":
		fmt.Fprint(w, s.Robots)
	case path == "/v1/images/":
		s.openverse(w, q)
	case path == "/w/api.php":
		s.commons(w, q)
	case path == "/search":
		s.service(w, q)
	case strings.HasPrefix(path, "/photo/"):
		s.photo(w, q, hit)
	default:
		http.NotFound(w, q)
	}
}

func (s *Server) address(query string, i int) string {
	if s.Path != nil {
		return s.URL + s.Path(query, i)
	}
	return fmt.Sprintf("%s/photo/good/%s-%d", s.URL, strings.ReplaceAll(query, " ", "_"), i)
}

// results are the numbers of a page.
func (s *Server) results(page, size int) []int {
	var out []int
	for i := page * size; i < min((page+1)*size, s.Total); i++ {
		out = append(out, i)
	}
	return out
}

func write(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}

type object = map[string]any

func (s *Server) openverse(w http.ResponseWriter, q *http.Request) {
	v := q.URL.Query()
	page, _ := strconv.Atoi(v.Get("page"))
	size, _ := strconv.Atoi(v.Get("page_size"))
	if size > 20 && q.Header.Get("Authorization") == "" {
		w.WriteHeader(http.StatusUnauthorized)
		write(w, object{"detail": "page_size too large"})
		return
	}
	results := []object{}
	for _, i := range s.results(page-1, size) {
		results = append(results, object{"id": fmt.Sprintf("0aff3595-8168-440b-83ff-%012d", i),
			"title":               fmt.Sprintf("%s %d", v.Get("q"), i),
			"foreign_landing_url": fmt.Sprintf("https://www.flickr.com/photos/1/%d", i), "url": s.address(v.Get("q"), i),
			"creator": "Jane <b>Doe</b>", "creator_url": "https://www.flickr.com/photos/1", "license": "by-sa",
			"license_version": "2.0",
			"license_url":     "https://creativecommons.org/licenses/by-sa/2.0/", "provider": "flickr", "source": "flickr",
			"category": nil,
			"filesize": nil, "filetype": nil, "tags": []object{{"name": "a"}}, "attribution": "…",
			"fields_matched": []string{"title"},
			"mature":         false, "height": 30, "width": 40, "thumbnail": s.URL + "/v1/images/1/thumb/",
			"unstable__sensitivity": []string{}})
	}
	write(w, object{"result_count": s.Total, "page_count": (s.Total + size - 1) / size, "page_size": size, "page": page,
		"results": results})
}

func (s *Server) commons(w http.ResponseWriter, q *http.Request) {
	v := q.URL.Query()
	offset, _ := strconv.Atoi(v.Get("gsroffset"))
	size, _ := strconv.Atoi(v.Get("gsrlimit"))
	query := strings.TrimSuffix(v.Get("gsrsearch"), " filetype:bitmap")
	pages := []object{}
	numbers := s.results(offset/size, size)
	for k := range numbers { // in the order of page ids, not of the search
		i := numbers[len(numbers)-1-k]
		pages = append(pages, object{"pageid": 1000 - i, "ns": 6, "title": fmt.Sprintf("File:%s %d.jpg", query, i),
			"index":           i + 1,
			"imagerepository": "local", "imageinfo": []object{{"size": 1, "width": 40, "height": 30, "url": s.address(query,
				i) + "?original",
				"thumburl": s.address(query, i), "descriptionurl": fmt.Sprintf("https://commons.wikimedia.org/wiki/File:%d.jpg", i),
				"mime": "image/jpeg", "user": "Uploader", "extmetadata": object{
					"LicenseShortName": object{"value": "CC BY-SA 4.0", "source": "commons-desc-page", "hidden": ""},
					"LicenseUrl": object{"value": "https://creativecommons.org/licenses/by-sa/4.0",
						"source": "commons-desc-page"},
					"Artist": object{"value": `<a href="//x" title="User:J">Jane &amp; Doe</a>`,
						"source": "commons-desc-page"}}}}})
	}
	answer := object{"query": object{"pages": pages}}
	if len(pages) == 0 {
		answer = object{"batchcomplete": true}
	}
	if offset+size < s.Total {
		answer["continue"] = object{"gsroffset": offset + size, "continue": "gsroffset||"}
	} else {
		answer["batchcomplete"] = true
	}
	write(w, answer)
}

func (s *Server) service(w http.ResponseWriter, q *http.Request) {
	v := q.URL.Query()
	page, _ := strconv.Atoi(cmp.Or(v.Get("page"), "1"))
	items := []object{}
	for _, i := range s.results(page-1, 10) {
		items = append(items, object{"urls": []object{{"full": s.address(v.Get("q"), i)}},
			"link": fmt.Sprintf("/pages/%d", i), "user": object{"name": "Ann"}, "rights": "CC0",
			"name": fmt.Sprintf("%s no %d", v.Get("q"), i)})
	}
	next := *q.URL
	v.Set("page", strconv.Itoa(page+1))
	next.RawQuery = v.Encode()
	write(w, object{"data": object{"items": items}, "paging": object{"next": next.String()}})
}

// photo serves a good photo, or what the kind in its path says. hit counts the requests for it.
func (s *Server) photo(w http.ResponseWriter, q *http.Request, hit int) {
	data := Picture(q.URL.Path)
	if s.Photo != nil {
		data = s.Photo(q.URL.Path)
	}
	kind := strings.Split(q.URL.Path, "/")[2]
	if !redirected(w, q, kind) && !refused(w, kind, hit) {
		serve(w, q, kind, data)
	}
}

// redirected leads elsewhere, if the kind is one that does.
func redirected(w http.ResponseWriter, q *http.Request, kind string) bool {
	switch kind {
	case "loop":
		http.Redirect(w, q, q.URL.Path, http.StatusFound)
	case "chain":
		http.Redirect(w, q, q.URL.Path+"x", http.StatusFound)
	case "moved":
		http.Redirect(w, q, strings.Replace(q.URL.Path, "moved", "good", 1), http.StatusMovedPermanently)
	case "inward":
		http.Redirect(w, q, "http://169.254.169.254/latest/meta-data/", http.StatusFound)
	case "scheme":
		w.Header().Set("Location", "file:///etc/passwd")
		w.WriteHeader(http.StatusFound)
	default:
		return false
	}
	return true
}

// refused says no, if the kind is one that does, for good or to the first requests.
func refused(w http.ResponseWriter, kind string, hit int) bool {
	switch {
	case kind == "busy" && hit == 1:
		w.Header().Set("Retry-After", "1")
		w.WriteHeader(http.StatusTooManyRequests)
	case kind == "flaky" && hit <= 2:
		w.WriteHeader(http.StatusInternalServerError)
	case kind == "broken":
		w.WriteHeader(http.StatusBadGateway)
	case kind == "gone":
		w.WriteHeader(http.StatusGone)
	default:
		return false
	}
	return true
}

// serve writes data, or less, more or something else, as the kind says.
func serve(w http.ResponseWriter, q *http.Request, kind string, data []byte) {
	switch kind {
	case "slow": // a byte now and then
		w.Header().Set("Content-Length", strconv.Itoa(len(data)))
		for _, b := range data {
			if _, err := w.Write([]byte{b}); err != nil || q.Context().Err() != nil {
				return
			}
			w.(http.Flusher).Flush()
			time.Sleep(20 * time.Millisecond)
		}
	case "endless":
		for err := error(nil); err == nil && q.Context().Err() == nil; {
			_, err = w.Write(bytes.Repeat(data, 10))
		}
	case "html":
		w.Header().Set("Content-Type", "image/jpeg")
		fmt.Fprint(w, "<!doctype html><title>not a photo</title>")
	case "short": // the connection breaks
		w.Header().Set("Content-Length", strconv.Itoa(len(data)))
		w.Write(data[:len(data)/2])
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	case "half": // it does not say how long it should be
		w.Write(data[:len(data)/2])
	case "empty":
	default:
		w.Write(data)
	}
}

// Picture is a small JPEG that is different for every name.
func Picture(name string) []byte {
	h := uint32(2166136261)
	for _, b := range []byte(name) {
		h = (h ^ uint32(b)) * 16777619
	}
	img := image.NewNRGBA(image.Rect(0, 0, 40, 30))
	for i := range 40 * 30 {
		h = h*1664525 + 1013904223
		img.SetNRGBA(i%40, i/40, color.NRGBA{uint8(h >> 24), uint8(h >> 16), uint8(i), 255})
	}
	var b bytes.Buffer
	_ = jpeg.Encode(&b, img, nil) // a buffer takes everything
	return b.Bytes()
}
