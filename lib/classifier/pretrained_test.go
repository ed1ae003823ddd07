package classifier

import (
	"path/filepath"
	"slices"
	"testing"

	"imagelab/lib/engine/enginetest"
	"imagelab/lib/fulltest"

	"imagelab/lib/asset"
)

// TestPretrainedNamesPhotos: names in another order than the classifier's would be the easiest
// mistake.
func TestPretrainedNamesPhotos(t *testing.T) {
	fulltest.Needs(t, "weights and the data set foods")
	foods, err := asset.Fetch(t.Context(), "foods", nil)
	if err != nil {
		t.Fatal(err)
	}
	m, err := Pretrained(t.Context(), "lite0", nil)
	if err != nil {
		t.Fatal(err)
	}
	if sorted := slices.Sorted(slices.Values(m.Classes)); len(m.Classes) != 1000 || len(slices.Compact(sorted)) != 1000 {
		t.Errorf("%d classes, want 1,000 different ones", len(m.Classes))
	}
	p, err := m.Predictor(enginetest.Open(t))
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	for file, want := range map[string]string{"E063": "strawberry", "E053": "pineapple", "E009": "banana",
		"D034": "bell pepper"} {
		top, err := p.File(t.Context(), filepath.Join(foods, file+".jpeg"), 3)
		if err != nil {
			t.Fatal(err)
		}
		if len(top) != 3 || top[0].Label != want || top[0].Probability < 0.5 || top[1].Probability < top[2].Probability {
			t.Errorf("%s: got %+v, want %s", file, top, want)
		}
	}
	if _, err := p.File(t.Context(), filepath.Join(foods, "labels.csv"), 3); err == nil {
		t.Error("a file that is no photo was named")
	}
	if _, err := Pretrained(t.Context(), "resnet", nil); err == nil {
		t.Error("an unknown network was opened")
	}
}

func TestTop(t *testing.T) {
	m := &Model{Classes: []string{"a", "b", "c"}}
	for _, tt := range []struct {
		reason string
		k      int
		want   []Guess
	}{
		{"the most probable first, the earlier class first of equals", 3, []Guess{{"b", 0.5}, {"a", 0.25}, {"c", 0.25}}},
		{"no more than there are", 9, []Guess{{"b", 0.5}, {"a", 0.25}, {"c", 0.25}}},
		{"one", 1, []Guess{{"b", 0.5}}},
		{"none", -1, []Guess{}},
	} {
		if got := m.Top([]float64{0.25, 0.5, 0.25}, tt.k); !slices.Equal(got, tt.want) {
			t.Errorf("%s: %v", tt.reason, got)
		}
	}
}
