package dataset

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"imagelab/lib/photo/phototest"
)

// TestOriginsAreTakenIn: ingest knows by the content where a photo came from, and a later ingest
// from a place that does not say it keeps what is known.
func TestOriginsAreTakenIn(t *testing.T) {
	photos, dir := t.TempDir(), filepath.Join(t.TempDir(), "set")
	shirt, vest := phototest.Encode(t, "png", phototest.Sample()), phototest.Encode(t, "png", phototest.Noise(40, 30))
	phototest.Put(t, photos, "shirt/a.png", shirt)
	phototest.Put(t, photos, "vest/a.png", shirt)
	phototest.Put(t, photos, "vest/b.png", vest)
	line := func(data []byte, class, query string) string {
		return fmt.Sprintf(`{"sha256":"%x","class":%q,"query":%q,"licence":"CC0"}`+"\n", sha256.Sum256(data), class, query)
	}
	lines := line(shirt, "shirt", "striped shirt") + line(shirt, "shirt", "dotted shirt") +
		line(shirt, "vest", "<b>vest</b>") + "{torn"
	phototest.Put(t, photos, OriginFile, []byte(lines))
	s, err := Ingest(t.Context(), photos, dir, DefaultIngest(), nil)
	if err != nil {
		t.Fatal(err)
	}
	queries := func(s *Set) string {
		var got []string
		for _, im := range s.Images {
			query := "-"
			if im.Origin != nil {
				query = im.Origin.Query
			}
			got = append(got, query)
		}
		return strings.Join(got, "|")
	}
	const want = "striped shirt|<b>vest</b>|-"
	if got := queries(s); got != want || !strings.Contains(fmt.Sprint(s.Notes), "1 line is damaged") {
		t.Errorf("origins %q with notes %q, want %q and a note of the torn line", got, s.Notes, want)
	}
	if err := os.Remove(filepath.Join(photos, OriginFile)); err != nil {
		t.Fatal(err)
	}
	if _, err := Ingest(t.Context(), photos, dir, DefaultIngest(), nil); err != nil {
		t.Fatal(err)
	}
	again, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	if got := queries(again); got != want {
		t.Errorf("after an ingest without the file: %q, want %q", got, want)
	}
}
