package report

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"imagelab/lib/suspect"
)

// TestWriteSuspects: each suspect stands beside its nearest photos; names are never markup, a photo
// that is gone is no failure, and a page of many says how many it leaves out.
func TestWriteSuspects(t *testing.T) {
	s := photos(t, []string{"a", "b"}, 4)
	markup := `<script>alert("1")</script>`
	r := suspect.Result{Ranked: 8, Wrong: 1, Notes: []string{markup}}
	paths := []string{s.Images[0].Path, s.Images[1].Path, s.Images[4].Path}
	r.Suspects = []suspect.Suspect{
		{Path: paths[0], Label: "a", Guess: "b", Score: 0.9, Kind: suspect.KindLabel, Reason: "looks like b",
			LikeLabel: paths[1:2], LikeGuess: paths[2:], GuessShown: "b"},
		{Path: markup, Label: markup, Guess: markup, Score: 0.8, Kind: suspect.KindOdd, Reason: markup},
	}
	for i := range mostSuspects {
		r.Suspects = append(r.Suspects, suspect.Suspect{Path: fmt.Sprint("gone", i), Kind: suspect.KindAmbiguous,
			Reason: "x"})
	}
	r.Pairs = []suspect.Pair{{Classes: [2]string{"a", markup}, Reason: "hard", Between: [2][]string{paths[:1],
		paths[2:]}}}
	path := filepath.Join(t.TempDir(), "suspects.html")
	if err := WriteSuspects(t.Context(), path, s, r, "test", nil); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	page := string(text)
	alone(t, page)
	if strings.Contains(page, "<script") {
		t.Error("a name became markup")
	}
	if n := strings.Count(page, "data:image/jpeg;base64,"); n != 3 {
		t.Errorf("%d thumbnails, not those of a suspect and its two neighbours, once each", n)
	}
	for _, says := range []string{"Looks like b", "wrong label?", "unlike all others",
		"2 more are in suspects.json", "test photos only", "Hard."} {
		if !strings.Contains(page, says) {
			t.Errorf("the page does not say %q", says)
		}
	}
	if err := WriteSuspects(t.Context(), path, s, suspect.Result{}, "", nil); err != nil {
		t.Errorf("without suspects: %v", err)
	}
}
