package collect

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"imagelab/lib/collect/collecttest"
	"imagelab/lib/dataset"
)

// garments is the plan of 21 queries.
const garments = `contact: me@example.org
provider: {kind: %s, address: "%s"}
words:
  garment: [blouse, hoodie, pullover, sweater, shirt, tshirt, vest]
  pattern: [striped, dotted, leopard]
templates: ["{pattern} {garment}"]
class: garment
results: %d
rate: 1000
`

func parse(t testing.TB, format string, args ...any) Plan {
	t.Helper()
	p, err := ParsePlan(fmt.Appendf(nil, format, args...), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func options(t testing.TB) Options {
	return Options{Dir: filepath.Join(t.TempDir(), "photos"), AllowPrivate: true, backoff: time.Millisecond,
		Limits: Limits{Time: 2 * time.Second, Bytes: 1 << 20, Pixels: 1e6}}
}

// files are the photos in a folder and their bytes.
func files(t testing.TB, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, _ := filepath.Rel(dir, path)
		data, err := os.ReadFile(path)
		if !strings.HasPrefix(rel, ".") {
			out[filepath.ToSlash(rel)] = string(data)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// photos counts the files in class folders.
func photos(files map[string]string) int {
	n := 0
	for name := range files {
		if strings.Contains(name, "/") {
			n++
		}
	}
	return n
}

// TestProviders: the plan of 21 queries through the formats of the two services, to the manifest.
func TestProviders(t *testing.T) {
	for _, c := range []struct{ kind, licence, author, page string }{
		{"openverse", "CC BY-SA 2.0", "Jane <b>Doe</b>", "https://www.flickr.com/photos/1/0"},
		{"commons", "CC BY-SA 4.0", "Jane & Doe", "https://commons.wikimedia.org/wiki/File:0.jpg"},
	} {
		t.Run(c.kind, func(t *testing.T) {
			t.Parallel()
			s := collecttest.New(t)
			o := options(t)
			p := parse(t, garments, c.kind, s.URL, 12)
			r, err := Run(t.Context(), p, o, nil)
			if err != nil {
				t.Fatal(err)
			}
			want := Stages{Planned: 252, Found: 252, Fetched: 252, Decodable: 252, Unique: 252}
			if r.Stages != want || len(r.ByQuery) != 21 || len(r.ByClass) != 7 || len(r.Failed) != 0 {
				t.Fatalf("%+v, failed %+v", r.Stages, r.Failed)
			}
			set, err := dataset.Ingest(t.Context(), o.Dir, filepath.Join(t.TempDir(), "set"), dataset.DefaultIngest(), nil)
			if err != nil {
				t.Fatal(err)
			}
			if len(set.Images) != 252 || len(set.Classes()) != 7 || set.Quarantined != 0 {
				t.Errorf("the set has %d images of %q, %d quarantined", len(set.Images), set.Classes(), set.Quarantined)
			}
			at := slices.IndexFunc(set.Images, func(im dataset.Image) bool {
				return im.Origin != nil && strings.HasSuffix(im.Origin.Address, "/striped_blouse-0")
			})
			if at < 0 {
				t.Fatal("no image comes from the first result")
			}
			origin := *set.Images[at].Origin
			if (origin != dataset.Origin{Query: "striped blouse", Provider: c.kind, Page: c.page,
				Address: s.URL + "/photo/good/striped_blouse-0",
				Author:  c.author, Licence: c.licence}) || set.Images[at].Class != "blouse" {
				t.Errorf("origin %+v", origin)
			}
			if r.CountKept(set); *r.Stages.Kept != 252 {
				t.Errorf("kept %d", *r.Stages.Kept)
			}
			for _, q := range s.Requests() {
				if agent := q.UserAgent(); !strings.HasPrefix(agent, "imagelab/") || !strings.Contains(agent, "me@example.org") {
					t.Fatalf("user agent %q", agent)
				}
			}
		})
	}
}

// TestReplay: a recording makes the same collection without a network.
func TestReplay(t *testing.T) {
	s := collecttest.New(t)
	s.Path = func(query string, i int) string { // with copies between queries and classes, and faults
		switch {
		case i == 1:
			return "/photo/good/shared"
		case i == 2:
			return "/photo/html/2"
		case i == 3:
			return "/photo/half/3"
		}
		return fmt.Sprintf("/photo/good/%s-%d", strings.Fields(query)[1], i)
	}
	o := options(t)
	p := parse(t, garments, "openverse", s.URL, 6)
	first, err := Run(t.Context(), p, o, nil)
	if err != nil {
		t.Fatal(err)
	}
	asked := len(s.Requests())
	s.Close()
	for _, dir := range []string{o.Dir, filepath.Join(t.TempDir(), "again")} {
		again, err := Run(t.Context(), p, Options{Dir: dir, Replay: o.Dir, Limits: o.Limits}, nil)
		if err != nil {
			t.Fatal(err)
		}
		again.Dir, again.contents = first.Dir, first.contents
		if fmt.Sprint(again) != fmt.Sprint(first) || again.Stages != first.Stages {
			t.Errorf("%s\nand replayed\n%s", first, again)
		}
		if a, b := files(t, o.Dir), files(t, dir); !equal(a, b) {
			t.Errorf("the replay wrote other files: %d and %d", len(a), len(b))
		}
	}
	if len(s.Requests()) != asked {
		t.Error("the replay asked the network")
	}
	// 21 queries: good photos are shared by the three queries of a class, and one by all.
	want := Stages{Planned: 126, Found: 126, Fetched: 126, Decodable: 84, Unique: 22}
	if first.Stages != want || first.Conflicts != 1 || first.Copies != 62 {
		t.Errorf("%+v, %d conflicts, %d copies", first.Stages, first.Conflicts, first.Copies)
	}
	more, err := Run(t.Context(), parse(t, garments, "openverse", s.URL, 30),
		Options{Dir: t.TempDir(), Replay: o.Dir}, nil)
	if err != nil || !strings.Contains(strings.Join(more.Notes, "\n"), "another plan") {
		t.Errorf("a plan that asks for more than was recorded: %v, notes %q", err, more.Notes)
	}
	if _, err := Run(t.Context(), p, Options{Dir: t.TempDir(), Replay: t.TempDir()}, nil); err == nil ||
		!strings.Contains(err.Error(), "no recorded answers") {
		t.Errorf("replay of an empty folder: %v", err)
	}
}

func equal(a, b map[string]string) bool {
	for name := range b {
		if a[name] != b[name] {
			return false
		}
	}
	return len(a) == len(b)
}

// TestFaults: what each misbehaviour of a server comes to.
func TestFaults(t *testing.T) {
	for _, c := range []struct {
		kind, why string // empty: there is a photo
		later     bool
		fetched   bool
		hits      int
	}{
		{"good", "", false, true, 1},
		{"moved", "", false, true, 1},
		{"busy", "", false, true, 2},
		{"flaky", "", false, true, 3},
		{"slow", "slow", true, false, 1},
		{"endless", "too large", false, false, 1},
		{"html", "no photo", false, true, 1},
		{"empty", "no photo", false, true, 1},
		{"half", "cannot be decoded", false, true, 1},
		{"short", "cut short", true, false, mostTries},
		{"loop", "redirects", false, false, 1},
		{"chain", "redirects", false, false, 1},
		{"scheme", "address refused", false, false, 1},
		{"broken", "bad gateway", true, false, mostTries},
		{"gone", "gone", false, false, 1},
	} {
		t.Run(c.kind, func(t *testing.T) {
			t.Parallel()
			s := collecttest.New(t)
			s.Total = 1
			path := "/photo/" + c.kind + "/1"
			s.Path = func(string, int) string { return path }
			o := options(t)
			o.Limits.Time = 30 * time.Second
			if c.kind == "slow" {
				o.Limits.Time = 300 * time.Millisecond
			}
			r, err := Run(t.Context(), parse(t,
				"contact: me@example.org\nprovider: {kind: openverse, address: %q}\ntemplates: shirt\nrate: 1000", s.URL), o, nil)
			if err != nil {
				t.Fatal(err)
			}
			got := Failed{}
			if len(r.Failed) > 0 {
				got = r.Failed[0]
			}
			if got.Reason != c.why || got.Later > 0 != c.later || r.Stages.Fetched > 0 != c.fetched ||
				(r.Stages.Unique > 0) != (c.why == "") {
				t.Errorf("%+v, %+v", got, r.Stages)
			}
			if n := s.Hits(path); n != c.hits {
				t.Errorf("%d requests, want %d", n, c.hits)
			}
			if n := photos(files(t, o.Dir)); n != r.Stages.Unique {
				t.Errorf("%d files", n)
			}
			again, err := Run(t.Context(),
				parse(t, "contact: me@example.org\nprovider: {kind: openverse, address: %q}\ntemplates: "+
					"shirt\nrate: 1000", s.URL), o, nil)
			if err != nil || again.Stages != r.Stages {
				t.Errorf("again: %+v, %v", again.Stages, err)
			}
			if more := s.Hits(path) - c.hits; (more > 0) != c.later {
				t.Errorf("%d requests more of a second run", more)
			}
		})
	}
}

// TestInwardAddresses: nothing is fetched from the machine itself or its neighbours, whatever name
// or redirect leads there.
func TestInwardAddresses(t *testing.T) {
	s := collecttest.New(t)
	port := s.URL[strings.LastIndex(s.URL, ":"):]
	dir := t.TempDir()
	var list strings.Builder
	hosts := []string{"127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "10.0.0.1", "172.16.5.4",
		"192.168.1.1", "169.254.169.254",
		"100.64.0.1", "[fe80::1]", "[fd00::1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "2130706433", "127.1", "[::]"}
	for _, h := range hosts {
		fmt.Fprintf(&list, "http://%s%s/photo/good/1\n", h, port)
	}
	if err := os.WriteFile(filepath.Join(dir, "list.txt"), []byte(list.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	p, err := ParsePlan([]byte("contact: me@example.org\nprovider: {kind: addresses, file: list.txt}\ntemplates: "+
		"shirt\nrate: 1000"), dir)
	if err != nil {
		t.Fatal(err)
	}
	o := options(t)
	o.AllowPrivate = false
	r, err := Run(t.Context(), p, o, nil)
	if err != nil {
		t.Fatal(err)
	}
	if r.Stages.Found != len(hosts) || r.Stages.Fetched != 0 || len(s.Requests()) != 0 {
		t.Errorf("%+v, %+v; %d requests", r.Stages, r.Failed, len(s.Requests()))
	}
	if len(r.Failed) == 0 || r.Failed[0].Reason != "address refused" {
		t.Errorf("%+v", r.Failed)
	}
}

// TestStopped: a run that is stopped at any request and repeated ends as one that was not.
func TestStopped(t *testing.T) {
	s := collecttest.New(t)
	p := parse(t, garments, "commons", s.URL, 4)
	whole := options(t)
	want, err := Run(t.Context(), p, whole, nil)
	if err != nil {
		t.Fatal(err)
	}
	o := options(t)
	for n := 1; ; n++ {
		ctx, stop := context.WithCancel(t.Context())
		asked := 0
		s.Extra = func(http.ResponseWriter, *http.Request) bool {
			if asked++; asked == n*3 {
				stop()
			}
			return false
		}
		o.Workers = 1
		got, err := Run(ctx, p, o, nil)
		stop()
		if err == nil {
			if got.Stages != want.Stages || n < 3 {
				t.Errorf("after %d runs: %+v, want %+v", n, got.Stages, want.Stages)
			}
			break
		}
		if !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
	}
	a, b := files(t, whole.Dir), files(t, o.Dir)
	for name := range a {
		if strings.Contains(name, "/") && a[name] != b[name] {
			t.Errorf("%s differs", name)
		}
	}
	if len(a) != len(b) {
		t.Errorf("%d files and %d", len(a), len(b))
	}
}
