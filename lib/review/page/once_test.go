package page

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"imagelab/lib/dataset"
	"imagelab/lib/review"
)

// ask sends a request of ann's page and returns what changed.
func ask(t *testing.T, h http.Handler, path string, q request) (n news) {
	t.Helper()
	q.Who = "ann"
	body, err := json.Marshal(q)
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest("POST", "http://127.0.0.1:80/secret/"+path, strings.NewReader(string(body)))
	r.Header.Set("Origin", "http://127.0.0.1:80")
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if err := json.Unmarshal(w.Body.Bytes(), &n); err != nil {
		t.Fatalf("%s: %d %s", path, w.Code, w.Body)
	}
	return n
}

// TestARepeatedRequestIsCarriedOutOnce: a page whose answer was lost sends its request again. It
// is told the news, but nothing more is written.
func TestARepeatedRequestIsCarriedOutOnce(t *testing.T) {
	s := plainSet(t, 4, "cat", "dog")
	set := dataset.Contents(s.Images)
	h := handlerOf(t, s, Options{})
	label := func(photo int, after string) []change {
		return []change{{Kind: review.KindLabel, Photos: []int{photo}, Before: []string{"cat"}, After: after}}
	}
	for _, c := range []struct {
		name, path string
		q          request
		lines      int
		labels     string // of the first two photos, afterwards
		reason     string
	}{
		{"label", "api/decide", request{ID: "1", Decisions: label(0, "dog")}, 1, "dog cat", "it is new"},
		{"repeated", "api/decide", request{ID: "1", Decisions: label(0, "dog")}, 1, "dog cat", "the answer was lost"},
		{"another", "api/decide", request{ID: "2", Decisions: label(1, "bird")}, 2, "dog bird", "it has an id of its own"},
		{"undo", "api/undo", request{ID: "3"}, 3, "dog cat", "the last one is undone"},
		{"undo repeated", "api/undo", request{ID: "3"}, 3, "dog cat", "the one before it stays"},
		{"no id", "api/undo", request{}, 4, "cat cat", "nothing tells that it is repeated"},
		{"no id again", "api/decide", request{Decisions: label(0, "cow")}, 5, "cow cat", "nothing tells that it is repeated"},
	} {
		c.q.Set = set
		n := ask(t, h, c.path, c.q)
		part, err := s.Decisions().All()
		if err != nil {
			t.Fatal(err)
		}
		if len(n.Rows) != 4 || n.Rows[0].Label+" "+n.Rows[1].Label != c.labels || len(part.Decisions) != c.lines {
			t.Errorf("%s: %d decisions and %+v, want %d and %s: %s", c.name, len(part.Decisions), n.Rows, c.lines, c.labels,
				c.reason)
		}
		if n.Set != set {
			t.Errorf("%s: the news are of set %q, want %q", c.name, n.Set, set)
		}
	}
}

// TestOnceRemembersTheLastOnes: what is remembered has a limit, and what failed is tried again.
func TestOnceRemembersTheLastOnes(t *testing.T) {
	var o once
	calls := 0
	count := func() error { calls++; return nil }
	for i := range mostRemembered + 10 {
		o.do(strings.Repeat("x", i+1), count)
	}
	if len(o.ids) != mostRemembered {
		t.Errorf("%d requests are remembered, want %d", len(o.ids), mostRemembered)
	}
	calls = 0
	if o.do(strings.Repeat("x", mostRemembered+10), count); calls != 0 {
		t.Error("the last request was carried out twice")
	}
	if err := o.do("failed", func() error { return review.ErrReplaced }); err == nil {
		t.Error("an error was lost")
	}
	if o.do("failed", count); calls != 1 {
		t.Error("a request that had failed was not carried out when it came again")
	}
}
