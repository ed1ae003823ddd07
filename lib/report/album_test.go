package report

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"imagelab/lib/audit"
	"imagelab/lib/dedup"
)

var (
	leads  = regexp.MustCompile(`href="#([^"]+)"`)
	places = regexp.MustCompile(` id="([^"]+)"`)
)

// TestEveryLinkLeadsSomewhere: numbers lead to photos, photos open, and what is opened closes.
func TestEveryLinkLeadsSomewhere(t *testing.T) {
	for _, page := range everyPage(t) {
		data, err := os.ReadFile(page.path)
		if err != nil {
			t.Fatal(err)
		}
		there := map[string]bool{}
		for _, id := range places.FindAllStringSubmatch(string(data), -1) {
			if there[id[1]] {
				t.Errorf("%s: two places are called %s", page.name, id[1])
			}
			there[id[1]] = true
		}
		for _, to := range leads.FindAllStringSubmatch(string(data), -1) {
			if !there[to[1]] {
				t.Errorf("%s: a link leads to %s, which is not there", page.name, to[1])
			}
		}
	}
}

// TestSlicesHavePhotos: each slice opens its photos, those that were wrong are marked, and a photo
// of two slices is in the page once.
func TestSlicesHavePhotos(t *testing.T) {
	s := photos(t, []string{"a", "b"}, 10)
	path := filepath.Join(t.TempDir(), "audit.html")
	r := audited(func(i int) string { return s.Images[i].Path })
	if err := WriteAudit(t.Context(), path, s, r, nil); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	page := string(data)
	for _, want := range []string{`<a href="#slice-1"`, `id="slice-2"`, "6 of 10 photos wrong", "and 7 more photos"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if n := strings.Count(page, "data:image/jpeg;base64,"); n != 7 {
		t.Errorf("%d pictures, want each of the 7 photos once", n)
	}
	if wrong := strings.Count(page, `class="wrong">wrong`); wrong != 4 { // 3 of 3 in one slice, 1 of 3 in the other
		t.Errorf("%d photos are marked wrong", wrong)
	}
}

// TestPagesOfStrangeNames: names with markup, marks of direction or 300 letters change nothing of
// a page, nor do thousands of classes or a set of one photo.
func TestPagesOfStrangeNames(t *testing.T) {
	long, bidi, markup := strings.Repeat("n", 300), "a\u202egnp.exe", `<script>alert("1")</script>`
	var found []Predicted
	for i := range 10_000 {
		found = append(found, Predicted{File: fmt.Sprintf("%s/%d.png", markup, i), Class: fmt.Sprint(markup, i), P: 0.5})
	}
	dir := t.TempDir()
	for _, c := range []struct {
		name, reason string
		write        func(path string) error
		size         int64 // largest, bytes
	}{
		{"classes", "a class a photo", func(p string) error {
			return WritePredicted(t.Context(), p, markup, found, nil)
		}, 20e6},
		{"names", "of every kind", func(p string) error {
			return WritePredicted(t.Context(), p, bidi, []Predicted{{File: long, Class: bidi, P: 1},
				{File: bidi, Class: long, P: 1}, {File: "-", Problem: markup}}, nil)
		}, 1e6},
		{"one photo", "of one class", func(p string) error {
			return WriteAudit(t.Context(), p, photos(t, []string{markup}, 1), audit.Result{}, nil)
		}, 1e6},
		{"one copy", "of one photo", func(p string) error {
			return WriteDuplicates(t.Context(), p, photos(t, []string{long}, 1), dedup.Result{})
		}, 1e6},
		{"no photo", "nothing was found", func(p string) error { return WritePredicted(t.Context(), p, "a", nil, nil) }, 1e6},
	} {
		path := filepath.Join(dir, c.name+".html")
		if err := c.write(path); err != nil {
			t.Errorf("%s, %s: %v", c.name, c.reason, err)
			continue
		}
		page, err := os.ReadFile(path)
		if err != nil || int64(len(page)) > c.size {
			t.Errorf("%s, %s: %v, %d bytes", c.name, c.reason, err, len(page))
		}
		if strings.Contains(string(page), "<script") || strings.Contains(string(page), "\u202e") {
			t.Errorf("%s, %s: a name became markup, or turns the text", c.name, c.reason)
		}
	}
}

// TestPagesMove: a page that is opened elsewhere, or whose photos are gone, still has its pictures.
func TestPagesMove(t *testing.T) {
	s := photos(t, []string{"a"}, 3)
	path := filepath.Join(t.TempDir(), "named.html")
	var found []Predicted
	for _, im := range s.Images {
		found = append(found, Predicted{File: s.File(im), Class: "a", P: 0.9})
	}
	if err := WritePredicted(t.Context(), path, "a", found, nil); err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(page), "data:image/jpeg;base64,"); n != len(s.Images) ||
		strings.Contains(string(page), `"`+s.Root) {
		t.Errorf("%d pictures in the page, which may name no folder of this machine", n)
	}
	for _, im := range s.Images {
		if err := os.Remove(filepath.Join(s.Root, im.Path)); err != nil {
			t.Fatal(err)
		}
	}
	if err := WritePredicted(t.Context(), path, "a", found, nil); err != nil {
		t.Errorf("without the photos: %v", err)
	}
}
