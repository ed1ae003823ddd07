package report

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"imagelab/lib/collect"
)

// TestWriteCollection: the page has the funnel, and shows what others said as it is.
func TestWriteCollection(t *testing.T) {
	stages := collect.Stages{Planned: 50, Found: 40, Fetched: 30, Decodable: 20, Unique: 17}
	r := collect.Result{Dir: "photos/<i>garments</i>", Stages: stages, Copies: 3, CopyShare: 0.15, Conflicts: 2,
		ByQuery: []collect.ByQuery{{Query: "<script>alert(1)</script>", Class: "vest", Copies: 3, Stages: stages},
			{Query: "b", Class: "vest"}},
		ByClass: []collect.ByClass{{Class: "vest", Stages: stages}},
		Failed: []collect.Failed{{Reason: "not found", Addresses: 10,
			Example: `http://x/"><img src=x onerror=alert(1)>`, Detail: "status 404"}}}
	path := filepath.Join(t.TempDir(), "funnel.html")
	if err := WriteCollection(path, r); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	page := string(data)
	for _, want := range []string{"15.0 % of the photos were found by an earlier query too",
		"2 photos were found for several classes",
		"&lt;script&gt;alert(1)&lt;/script&gt;", "status 404", "2 queries, 1 class", "<svg"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	for _, never := range []string{"<script>", "<img src=x", "<i>garments", "No fits yet", "All fits"} {
		if strings.Contains(page, never) {
			t.Errorf("the page has %q", never)
		}
	}
}
