package page

import (
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"

	"imagelab/lib/dataset"
	"imagelab/lib/fulltest"
	"imagelab/lib/split"
)

// proposed keeps two proposals for the set in dir.
func proposed(t *testing.T) string {
	t.Helper()
	s := plainSet(t, 8, "cat", "dog")
	var strip []string
	pairs := make([][]string, 4)
	for i, im := range s.Images {
		pairs[i/2] = append(pairs[i/2], im.SHA256)
		if i < 4 {
			strip = append(strip, im.Path)
		}
	}
	err := split.SaveProposals(s, []split.Proposal{
		{Name: "prefix", Text: "photos whose names begin alike", Pattern: `^(\w)`, Groups: 2, Photos: 8, Largest: 4,
			Strips: [][]string{strip}},
		{Name: "bursts", Text: "<b>one camera</b>", Rule: "bursts", Members: pairs, Groups: 4, Photos: 8, Largest: 2,
			Inflation: 0.05, Interval: [2]float64{0.01, 0.09}, Strips: [][]string{strip[:2], {"cat/gone.jpg"}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return s.Dir
}

// TestGroupsAreAccepted: the page shows what was proposed, and keeps with the set what a person
// takes.
func TestGroupsAreAccepted(t *testing.T) {
	s := load(t, proposed(t))
	h := handlerOf(t, s, Options{})
	get := func() (n groupsNews) {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("GET", "http://127.0.0.1:80/secret/api/groups", nil))
		if err := json.Unmarshal(w.Body.Bytes(), &n); err != nil {
			t.Fatalf("%v: %s", err, w.Body)
		}
		return n
	}
	n := get()
	if len(n.Proposals) != 2 || n.Proposals[0].Accepted || len(n.Proposals[1].Strips[0]) != 2 ||
		len(n.Proposals[1].Strips[1]) != 0 {
		t.Fatalf("%+v", n)
	}
	for _, tt := range []struct {
		name, reason, set, proposal string
		code                        int
		pattern, rule               string
	}{
		{"a proposal", "its pattern is kept", n.Set, "prefix", 200, `^(\w)`, ""},
		{"another set", "the page is of an earlier ingest", "other", "bursts", 409, `^(\w)`, ""},
		{"no such proposal", "nothing is kept", n.Set, "nothing", 400, `^(\w)`, ""},
		{"another one", "it takes the place of the first", n.Set, "bursts", 200, "", "bursts"},
	} {
		body, _ := json.Marshal(request{Set: tt.set, Name: tt.proposal})
		r := httptest.NewRequest("POST", "http://127.0.0.1:80/secret/api/groups", strings.NewReader(string(body)))
		r.Header.Set("Origin", "http://127.0.0.1:80")
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		o, _, err := split.Kept(s.Dir)
		if w.Code != tt.code || err != nil || o.GroupPattern != tt.pattern || o.GroupRule != tt.rule {
			t.Errorf("%s: %d %s, kept %+v, %v: %s", tt.name, w.Code, w.Body, o, err, tt.reason)
		}
	}
	if n = get(); n.Proposals[0].Accepted || !n.Proposals[1].Accepted {
		t.Errorf("bursts were accepted last: %+v", n.Proposals)
	}
	o := keptRules(t, s.Dir)
	o.Val, o.Test = 0, 0.3
	if _, err := split.Run(s, o); err != nil {
		t.Fatal(err)
	}
	for i := range s.Images {
		if s.Images[i].Group == "" || s.Images[i].Split != s.Images[i&^1].Split {
			t.Errorf("%s is of group %q", s.Images[i].Path, s.Images[i].Group)
		}
	}
	s.Images[0].SHA256 = strings.Repeat("0", 64)
	if _, err := split.Proposals(s); err == nil || !strings.Contains(err.Error(), "changed") {
		t.Errorf("proposals of other photos: %v", err)
	}
}

// TestGroupsInTheBrowser: a click accepts, names are text, and the page leads back to the photos.
func TestGroupsInTheBrowser(t *testing.T) {
	fulltest.Needs(t, "a browser")
	dir := proposed(t)
	address, _ := serve(t, dir, Options{Token: "secret"})
	p := browser(t, address+"groups.html", 900, 700)
	p.await("both proposals with photos",
		`document.querySelectorAll('.proposal').length === 2 && document.querySelectorAll('.strip img').length === 6`)
	p.await("text that is no markup", `document.querySelector('main').textContent.includes('<b>one camera</b>')`)
	p.click("[data-accept=bursts]")
	p.await("the accepted one", `document.querySelector('[data-accept=bursts]').disabled && !document.querySelector('[data-accept=prefix]').disabled`)
	if o := keptRules(t, dir); o.GroupRule != "bursts" {
		t.Errorf("kept %+v", o)
	}
	p.await("the way back to the photos", `new URL(document.querySelector('header a').href).pathname === '/secret/'`)
}

func keptRules(t *testing.T, dir string) split.Options {
	t.Helper()
	o, ok, err := split.Kept(dir)
	if err != nil || !ok {
		t.Fatalf("no rules are kept: %v", err)
	}
	return o
}

func load(t *testing.T, dir string) *dataset.Set {
	t.Helper()
	s, err := dataset.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	return s
}
