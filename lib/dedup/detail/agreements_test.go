package detail

import (
	"os"
	"path/filepath"
	"testing"

	"imagelab/lib/dataset"
)

// TestAgreementsAreKept: what is read again is what was kept, and nothing else is believed.
func TestAgreementsAreKept(t *testing.T) {
	one := dataset.Image{Path: "1.jpg", SHA256: "aa"}
	two := dataset.Image{Path: "2.jpg", SHA256: "bb"}
	for _, c := range []struct {
		reason  string
		before  func(file string) error // what happens to the file
		want    float64
		isKnown bool
	}{
		{"as it was written", func(string) error { return nil }, 0.75, true},
		{"gone", os.Remove, 0, false},
		{"damaged", func(file string) error { return os.WriteFile(file, []byte(`{"version":2,"pai`), 0o644) }, 0, false},
		{"of another version of the comparison", func(file string) error {
			pairs := map[string]float64{pairKey(one, two, 1): 0.75}
			return dataset.WriteJSON(file, agreementsFile{agreementsVersion - 1, pairs})
		}, 0, false},
	} {
		cache := t.TempDir()
		a := openAgreements(cache)
		a.known[pairKey(one, two, 1)], a.added = 0.75, true
		a.save()
		if err := c.before(filepath.Join(cache, "agreements.json")); err != nil {
			t.Fatal(err)
		}
		got, ok := openAgreements(cache).known[pairKey(one, two, 1)]
		if ok != c.isKnown || got != c.want {
			t.Errorf("%s: %g, %v", c.reason, got, ok)
		}
	}
	moved := one
	moved.Path = "elsewhere.jpg"
	if pairKey(moved, two, 1) != pairKey(one, two, 1) {
		t.Error("a photo that was moved is another one")
	}
	changed := one
	changed.SHA256 = "cc"
	for reason, key := range map[string]string{"the other one is turned": pairKey(two, one, 1),
		"another turn": pairKey(one, two, 2), "another content": pairKey(changed, two, 1)} {
		if key == pairKey(one, two, 1) {
			t.Errorf("%s, and the pair is the same", reason)
		}
	}
}
