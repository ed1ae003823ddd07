package report

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestPagesOfOneKind: a page that is written where a person says replaces no page of another kind.
func TestPagesOfOneKind(t *testing.T) {
	for _, tt := range []struct {
		name, reason string
		has          string // content of the file that is there
		kind         pageKind
		says         string // empty: it may be replaced
	}{
		{"same kind", "the same command runs again", `<head>` + kindRuns.mark(), kindRuns, ""},
		{"another kind", "it would be lost", `<head>` + kindRuns.mark(), kindVersus, "no comparison of two models"},
		{"a run's report", "it belongs to the run", `<meta content="default-src 'none'">`, kindPredicted,
			"no page of classified photos"},
		{"empty", "mktemp makes such", "", kindPredicted, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "report.html")
			if err := os.WriteFile(path, []byte(tt.has), 0o644); err != nil {
				t.Fatal(err)
			}
			err := checkTarget(path, tt.kind)
			if (err == nil) != (tt.says == "") || err != nil && !strings.Contains(err.Error(), tt.says) {
				t.Errorf("%v, want %q: %s", err, tt.says, tt.reason)
			}
		})
	}
	path := filepath.Join(t.TempDir(), "named.html")
	for range 2 { // the second replaces the first
		if err := WritePredicted(t.Context(), path, "a", nil, nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := checkTarget(path, kindRuns); err == nil {
		t.Error("a list of runs may replace a page of classified photos")
	}
}
