package collect

import (
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"imagelab/lib/collect/collecttest"
	"imagelab/lib/dataset"
	"imagelab/lib/photo/phototest"
)

// one is a plan of one query to an Openverse of our own.
func one(t testing.TB, s *collecttest.Server, more string) Plan {
	return parse(t, "contact: me@example.org\nprovider: {kind: openverse, address: %q}\ntemplates: red "+
		"shirt\nrate: 1000\n%s", s.URL, more)
}

func TestRobots(t *testing.T) {
	for _, c := range []struct {
		name, robots string
		status       int
		unique       int
		reason       string
	}{
		{"none", "", 404, 4, ""},
		{"allowed", "User-agent: *\nDisallow: /private/", 200, 4, ""},
		{"forbidden to all", "User-agent: *\nDisallow: /photo/", 200, 0, "robots.txt forbids it"},
		{"forbidden to us", "User-agent: imagelab\nDisallow: /\n\nUser-agent: *\nAllow: /", 200, 0, "robots.txt forbids it"},
		{"forbidden to others", "User-agent: other\nDisallow: /", 200, 4, ""},
		{"a web page", "<!doctype html><p>Disallow: /", 200, 4, ""},
		{"broken server", "", 500, 0, "robots.txt cannot be read"},
		{"not for us", "", 403, 4, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := collecttest.New(t)
			s.Total = 4
			s.Extra = func(w http.ResponseWriter, q *http.Request) bool {
				if q.URL.Path != "/robots.txt" || c.status == 404 {
					return false
				}
				w.WriteHeader(c.status)
				fmt.Fprint(w, c.robots)
				return true
			}
			r, err := Run(t.Context(), one(t, s, ""), options(t), nil)
			if err != nil {
				t.Fatal(err)
			}
			if r.Stages.Unique != c.unique || c.reason != "" && (len(r.Failed) != 1 || r.Failed[0].Reason != c.reason) {
				t.Errorf("%+v, %+v", r.Stages, r.Failed)
			}
			if n := s.Hits("/robots.txt"); n != 1 && c.status != 500 {
				t.Errorf("robots.txt was asked for %d times", n)
			}
		})
	}
}

// TestCrawlDelay: a host that wants to be asked seldom is.
func TestCrawlDelay(t *testing.T) {
	s := collecttest.New(t)
	s.Total, s.Robots = 4, "User-agent: *\nCrawl-delay: 0.2"
	start := time.Now()
	if _, err := Run(t.Context(), one(t, s, ""), options(t), nil); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(start); took < 550*time.Millisecond {
		t.Errorf("four photos took %s", took)
	}
}

// TestRate: no host is asked more often than the plan says.
func TestRate(t *testing.T) {
	s := collecttest.New(t)
	s.Total = 6
	p := one(t, s, "")
	p.Rate = 20
	start := time.Now()
	if _, err := Run(t.Context(), p, options(t), nil); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(start); took < 300*time.Millisecond { // 8 requests, the first at once
		t.Errorf("eight requests took %s", took)
	}
}

// TestBusyProvider: a search that is busy is asked again when it says, and one that asks for an
// hour is left to the next run.
func TestBusyProvider(t *testing.T) {
	s := collecttest.New(t)
	s.Total = 3
	asked, wait := 0, "1"
	s.Extra = func(w http.ResponseWriter, q *http.Request) bool {
		if q.URL.Path != "/v1/images/" {
			return false
		}
		if asked++; asked > 1 {
			return false
		}
		w.Header().Set("Retry-After", wait)
		w.WriteHeader(http.StatusTooManyRequests)
		return true
	}
	start := time.Now()
	r, err := Run(t.Context(), one(t, s, ""), options(t), nil)
	if err != nil || r.Stages.Unique != 3 || time.Since(start) < 900*time.Millisecond {
		t.Errorf("%+v, %v after %s", r.Stages, err, time.Since(start))
	}
	asked, wait = 0, "3600"
	o := options(t)
	if _, err := Run(t.Context(), one(t, s, ""), o, nil); err == nil || !strings.Contains(err.Error(), "1 h") ||
		asked != 1 {
		t.Errorf("asked %d times: %v", asked, err)
	}
	if r, err := Run(t.Context(), one(t, s, ""), o, nil); err != nil || r.Stages.Unique != 3 {
		t.Errorf("later: %+v, %v", r.Stages, err)
	}
}

// TestPages: what the pages of a provider may do.
func TestPages(t *testing.T) {
	for _, c := range []struct {
		name, reason  string
		provider      string
		found, answer int // photos and requests
		extra         func(w http.ResponseWriter, q *http.Request) bool
	}{
		{"a million results", "paging ends with the plan's results", "{kind: openverse, address: %q}", 50, 3, nil},
		{"a million results of commons", "the same", "{kind: commons, address: %q}", 50, 1, nil},
		{"pages by number", "", "{kind: service, address: '%s/search?q={query}&page={page}', results: data.items, " +
			"image: urls.0.full}", 50, 5, nil},
		{"pages by address", "", "{kind: service, address: '%s/search?q={query}', results: data.items, image: " +
			"urls.0.full, next: paging.next}", 50, 5, nil},
		{"its next page is itself", "that ends",
			"{kind: service, address: '%s/search?q={query}', results: data.items, image: urls.0.full, next: self}", 1, 1,
			func(w http.ResponseWriter, q *http.Request) bool {
				fmt.Fprintf(w, `{"self": %q, "data": {"items": [{"urls": [{"full": "/photo/good/1"}]}]}}`, q.URL.String())
				return true
			}},
		{"the same results for ever", "that ends too",
			"{kind: service, address: '%s/search?q={query}&page={page}', results: data.items, image: urls.0.full}", 1, 4,
			func(w http.ResponseWriter, q *http.Request) bool {
				fmt.Fprint(w, `{"data": {"items": [{"urls": [{"full": "/photo/good/1"}]}]}}`)
				return true
			}},
		{"a next page elsewhere", "a key is for one host",
			"{kind: service, address: '%s/search?q={query}', results: data.items, image: urls.0.full, next: n}", 1, 1,
			func(w http.ResponseWriter, q *http.Request) bool {
				fmt.Fprint(w, `{"n": "http://elsewhere.example/search", `+
					`"data": {"items": [{"urls": [{"full": "/photo/good/1"}]}]}}`)
				return true
			}},
		{"no web addresses", "they are left out",
			"{kind: service, address: '%s/search?q={query}', results: data.items, image: urls.0.full}", 0, 1,
			func(w http.ResponseWriter, q *http.Request) bool {
				fmt.Fprint(w, `{"data": {"items": [{"urls": [{"full": "file:///etc/passwd"}]}, `+
					`{"urls": [{"full": "javascript:alert(1)"}]}]}}`)
				return true
			}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := collecttest.New(t)
			s.Total = 1_000_000
			answers := 0
			s.Extra = func(w http.ResponseWriter, q *http.Request) bool {
				if strings.HasPrefix(q.URL.Path, "/photo/") || q.URL.Path == "/robots.txt" {
					return false
				}
				answers++
				return c.extra != nil && c.extra(w, q)
			}
			p := parse(t, "contact: me@example.org\nprovider: "+c.provider+"\ntemplates: red shirt\nrate: 1000", s.URL)
			r, err := Run(t.Context(), p, options(t), nil)
			if err != nil || r.Stages.Found != c.found || r.Stages.Unique != c.found || answers != c.answer {
				t.Errorf("%+v after %d answers, %v: %s", r.Stages, answers, err, c.reason)
			}
		})
	}
}

// TestKeyStaysSecret: the key goes to the service in the address and in headers, and no file holds
// it, even where the service repeats it.
func TestKeyStaysSecret(t *testing.T) {
	const secret = "s3cret/key+1"
	t.Setenv("IMAGELAB_TEST_KEY", secret)
	s := collecttest.New(t)
	s.Total = 15
	p := parse(t, `contact: me@example.org
provider: {kind: service, name: ours, address: "%s/search?q={query}&key={key}", key: IMAGELAB_TEST_KEY,
  headers: {X-Key: "Key {key}"}, results: data.items, image: urls.0.full, page: link, author: user.name,
  licence: rights, title: name, next: paging.next}
templates: red shirt
results: 15
without: [no 3]
rate: 1000`, s.URL)
	o := options(t)
	r, err := Run(t.Context(), p, o, nil)
	if err != nil || r.Stages.Unique != 14 {
		t.Fatalf("%+v, %v", r.Stages, err)
	}
	searches := 0
	for _, q := range s.Requests() {
		isSearch := q.URL.Path == "/search"
		if isSearch {
			searches++
		}
		if (q.Header.Get("X-Key") == "Key "+secret) != isSearch || (q.URL.Query().Get("key") == secret) != isSearch {
			t.Errorf("%s with headers %v", q.URL, q.Header)
		}
	}
	if searches != 3 { // the last one to fill the place of what was left out
		t.Errorf("%d searches", searches)
	}
	err = filepath.WalkDir(o.Dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if strings.Contains(string(data), "s3cret") {
			t.Errorf("%s holds the key", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	set, err := dataset.Open(t.Context(), o.Dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := set.Images[0].Origin; got == nil || got.Provider != "ours" || got.Author != "Ann" ||
		got.Licence != "CC0" || !strings.HasPrefix(got.Page, s.URL+"/pages/") {
		t.Errorf("origin %+v", got)
	}
	t.Setenv("IMAGELAB_TEST_KEY", "")
	if _, err := Run(t.Context(), p, options(t), nil); err == nil || !strings.Contains(err.Error(),
		"environment variable IMAGELAB_TEST_KEY") {
		t.Errorf("without a key: %v", err)
	}
	if _, err := Run(t.Context(), p, Options{Dir: t.TempDir(), Replay: o.Dir}, nil); err != nil {
		t.Errorf("a replay without a key: %v", err)
	}
}

// TestFiles: a list of addresses and a folder of folders are providers too.
func TestFiles(t *testing.T) {
	s := collecttest.New(t)
	dir := t.TempDir()
	put := func(name, text string) { phototest.Put(t, dir, name, []byte(text)) }
	put("rows.csv", "\ufeffquery,address,author,licence\nRed  Shirt,"+s.URL+"/photo/good/1,Ann,CC0\nblue vest,"+s.URL+
		"/photo/good/2,Bo,\nother,"+s.URL+"/photo/good/9,,\n")
	put("list.txt", "# red shirt\n"+s.URL+"/photo/good/1\nno address\n# blue vest\n"+s.URL+"/photo/good/3\n")
	put("plain.txt", s.URL+"/photo/good/1\n")
	put("own/red shirt/a.jpg", string(collecttest.Picture("a")))
	put("own/red shirt/b.jpg", "not a photo")
	put("own/red shirt/.hidden.jpg", string(collecttest.Picture("h")))
	put("own/Blue Vest/a.jpg", string(collecttest.Picture("b")))
	put("outside.jpg", string(collecttest.Picture("o")))
	if err := os.Symlink("../../outside.jpg", filepath.Join(dir, "own/red shirt/link.jpg")); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, provider string
		unique         int
		failed         string
		err            string
	}{
		{"csv", "{kind: addresses, file: rows.csv, licence: all ours}", 2, "", ""},
		{"text", "{kind: addresses, file: list.txt}", 2, "", ""},
		{"text without queries", "{kind: addresses, file: plain.txt}", 0, "", "stands below no line"},
		{"no file", "{kind: addresses, file: none.txt}", 0, "", "none.txt"},
		{"folder", "{kind: folder, folder: own, licence: all ours}", 2, "cannot be read 1, no photo 1", ""},
		{"two providers", "[{kind: addresses, file: rows.csv}, {kind: folder, folder: own}]", 4,
			"cannot be read 1, no photo 1", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, err := ParsePlan([]byte("contact: me@example.org\nprovider: "+c.provider+
				"\ntemplates: [red shirt, blue vest]\nrate: 1000"), dir)
			if err != nil {
				t.Fatal(err)
			}
			o := options(t)
			r, err := Run(t.Context(), p, o, nil)
			if c.err != "" {
				if err == nil || !strings.Contains(err.Error(), c.err) {
					t.Errorf("%v, want %q", err, c.err)
				}
				return
			}
			var failed []string
			for _, f := range r.Failed {
				failed = append(failed, fmt.Sprint(f.Reason, " ", f.Addresses))
			}
			if err != nil || r.Stages.Unique != c.unique || strings.Join(failed, ", ") != c.failed {
				t.Errorf("%+v, %q, %v", r.Stages, failed, err)
			}
			for range 2 { // again, and replayed
				again, err := Run(t.Context(), p, o, nil)
				if err != nil || again.Stages != r.Stages {
					t.Errorf("again: %+v, %v", again.Stages, err)
				}
				o.Replay = o.Dir
			}
		})
	}
}

// TestListsBeyondResults: photos of a person's own list are not left out without a word.
func TestListsBeyondResults(t *testing.T) {
	dir := t.TempDir()
	for i := range 4 {
		phototest.Put(t, dir, fmt.Sprintf("own/vest/%d.jpg", i), collecttest.Picture(fmt.Sprint(i)))
	}
	phototest.Put(t, dir, "own/vests/0.jpg", collecttest.Picture("v")) // a slip of the pen
	const slip = "no query for 1 name of its folder, such as vests"
	for results, want := range map[int]string{3: "left out 1 photo of your own lists and folders", 4: slip} {
		p, err := ParsePlan(fmt.Appendf(nil, "contact: me@example.org\nprovider: {kind: folder, folder: own}\n"+
			"templates: vest\nresults: %d", results), dir)
		if err != nil {
			t.Fatal(err)
		}
		r, err := Run(t.Context(), p, options(t), nil)
		if notes := strings.Join(r.Notes, "\n"); err != nil || r.Stages.Unique != results || !strings.Contains(notes, slip) ||
			!strings.Contains(notes, want) || strings.Contains(notes, "left out 1") != (results == 3) {
			t.Errorf("results %d: %+v, notes %q, %v", results, r.Stages, notes, err)
		}
	}
}

// TestFullDisk: what cannot be written stops the run with what to do, and the next one continues.
func TestFullDisk(t *testing.T) {
	s := collecttest.New(t)
	s.Total = 5
	o := options(t)
	inTheWay := phototest.Put(t, o.Dir, "red shirt", nil)
	if _, err := Run(t.Context(), one(t, s, ""), o, nil); err == nil || !strings.Contains(err.Error(), "red shirt") {
		t.Fatalf("%v", err)
	}
	if err := os.Remove(inTheWay); err != nil {
		t.Fatal(err)
	}
	r, err := Run(t.Context(), one(t, s, ""), o, nil)
	if err != nil || r.Stages.Unique != 5 || photos(files(t, o.Dir)) != 5 {
		t.Errorf("%+v, %v", r.Stages, err)
	}
}

// TestDeletedStaysAway: what somebody took out of the folder does not come back.
func TestDeletedStaysAway(t *testing.T) {
	s := collecttest.New(t)
	s.Total = 5
	o := options(t)
	if _, err := Run(t.Context(), one(t, s, ""), o, nil); err != nil {
		t.Fatal(err)
	}
	for name := range files(t, o.Dir) {
		if strings.HasSuffix(name, ".jpg") {
			if err := os.Remove(filepath.Join(o.Dir, name)); err != nil {
				t.Fatal(err)
			}
			break
		}
	}
	if _, err := Run(t.Context(), one(t, s, "results: 60"), o, nil); err != nil {
		t.Fatal(err)
	}
	if n := photos(files(t, o.Dir)); n != 4 {
		t.Errorf("%d files, want 4", n)
	}
}

// TestTornRecords: lines that a kill tore, or that somebody changed, cost a request and no more.
func TestTornRecords(t *testing.T) {
	s := collecttest.New(t)
	s.Total = 5
	o := options(t)
	if _, err := Run(t.Context(), one(t, s, ""), o, nil); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{".collect/fetched.jsonl", "collected.jsonl"} {
		path := filepath.Join(o.Dir, name)
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, data[:len(data)-30], 0o644); err != nil {
			t.Fatal(err)
		}
	}
	before := len(s.Requests())
	r, err := Run(t.Context(), one(t, s, ""), o, nil)
	lines := 0
	if err := eachLine(filepath.Join(o.Dir, "collected.jsonl"), func(Line) { lines++ }); err != nil {
		t.Fatal(err)
	}
	if more := len(s.Requests()) - before; err != nil || r.Stages.Unique != 5 || lines != 5 || more != 2 {
		t.Errorf("%+v, %d lines, %d requests more, %v", r.Stages, lines, more, err)
	}
}

// TestMarkup: what others say is written so that nothing takes it for markup.
func TestMarkup(t *testing.T) {
	got := marked("a <b>*x*</b> [y](javascript:alert(1)) `z`\n| # &amp;")
	if strings.ContainsAny(got, "<>\n") || strings.Contains(got, "&amp;") || strings.Contains(got, "[y](") {
		t.Error(got)
	}
	for address, leads := range map[string]bool{"https://example.org/a b": false, "https://example.org/a": true,
		"javascript:alert(1)": false, "": false,
		"https://x/><script>": false, "//example.org": false} {
		if got := strings.Contains(link("t", address), "](<"); got != leads {
			t.Errorf("%s: %s", address, link("t", address))
		}
	}
	for _, cell := range []string{"=1+1", "+1", "-1", "@a", "\tx"} {
		if harmless(cell) != "'"+cell {
			t.Errorf("%q", harmless(cell))
		}
	}
}

// TestDeadHost: a host that does not answer costs few requests and no new photo elsewhere, and the
// next run asks it again; a host with many broken photos is not taken for one.
func TestDeadHost(t *testing.T) {
	dead := collecttest.New(t)
	dead.Close()
	s := collecttest.New(t)
	s.Total = 60
	s.Path = func(_ string, i int) string {
		if i < 40 {
			return fmt.Sprintf("/photo/broken/%d", i)
		}
		return fmt.Sprintf("/photo/good/%d", i)
	}
	o := options(t)
	r, err := Run(t.Context(), one(t, s, "results: 60"), o, nil)
	if err != nil || r.Stages.Unique != 20 || len(r.Failed) != 1 || r.Failed[0].Later != 40 {
		t.Errorf("many broken photos: %+v, %+v, %v", r.Stages, r.Failed, err)
	}
	s.Path = func(_ string, i int) string { return fmt.Sprintf("/photo/good/%d", i) }
	var rows strings.Builder
	for i := range 60 {
		fmt.Fprintf(&rows, "%s/photo/good/%d\n", dead.URL, i)
	}
	dir := t.TempDir()
	phototest.Put(t, dir, "list.txt", []byte(rows.String()+s.URL+"/photo/good/1\n"))
	p, err := ParsePlan([]byte("contact: me@example.org\nprovider: {kind: addresses, file: list.txt}\ntemplates: "+
		"shirt\nrate: 1000\nresults: 100"), dir)
	if err != nil {
		t.Fatal(err)
	}
	r, err = Run(t.Context(), p, options(t), nil)
	later := 0
	for _, f := range r.Failed {
		later += f.Later
	}
	if err != nil || r.Stages.Unique != 1 || later != 60 {
		t.Errorf("a dead host: %+v, %+v, %v", r.Stages, r.Failed, err)
	}
}

// TestLaggingCommons: Wikimedia says in a header of a good answer that it is to be asked later.
func TestLaggingCommons(t *testing.T) {
	s := collecttest.New(t)
	s.Total = 3
	asked := 0
	s.Extra = func(w http.ResponseWriter, q *http.Request) bool {
		if q.URL.Path != "/w/api.php" {
			return false
		}
		if asked++; asked > 1 {
			return false
		}
		w.Header().Set("MediaWiki-API-Error", "maxlag")
		w.Header().Set("Retry-After", "1")
		fmt.Fprint(w, `{"error": {"code": "maxlag", "info": "Waiting for a database server: 6 seconds lagged."}}`)
		return true
	}
	r, err := Run(t.Context(), parse(t, "contact: a@b\nprovider: {kind: commons, address: %q}\ntemplates: "+
		"shirt\nrate: 1000", s.URL), options(t), nil)
	if err != nil || r.Stages.Unique != 3 || asked != 2 {
		t.Errorf("%+v after %d answers, %v", r.Stages, asked, err)
	}
}

// TestIngestUnderstands: whatever the classes are called, ingest finds them in the folder.
func TestIngestUnderstands(t *testing.T) {
	for _, c := range []struct{ name, words string }{
		{"one class", "[vest]"}, {"vehicles", "[train, bus]"}, {"sides", "[train, test, val]"}, {"numbers", "[1, 2, 3]"},
		{"names of files", "['a.jpg', 'b']"}, {"other scripts", "[рубашка, 衬衫]"}, {"words for nothing",
			"[images, unlabeled]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := collecttest.New(t)
			s.Total = 8
			o := options(t)
			p := parse(t, "contact: a@b\nprovider: {kind: openverse, address: %q}\nwords: {w: %s}\ntemplates: "+
				"'{w}'\nrate: 1000", s.URL, c.words)
			r, err := Run(t.Context(), p, o, nil)
			if err != nil {
				t.Fatal(err)
			}
			set, err := dataset.Open(t.Context(), o.Dir, nil)
			if err != nil {
				t.Fatal(err)
			}
			n := dataset.PerClass(set.Images)
			for _, class := range r.ByClass {
				if n[class.Class] != class.Unique {
					t.Errorf("%d photos of %q in the set, %d were collected; notes %q", n[class.Class], class.Class, class.Unique,
						set.Notes)
				}
			}
		})
	}
}
