package lab

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"imagelab/lib/dataset"
	"imagelab/lib/fulltest"
	"imagelab/lib/recipe"
	"imagelab/lib/review"
)

// TestTestLabelsChange: the record keeps the result on the labels of the fit, has one reading for
// each state of the labels, all of the same weights, and the page shows them side by side.
func TestTestLabelsChange(t *testing.T) {
	fulltest.Needs(t, "the weights of a backbone")
	classes := t.TempDir()
	for i := range 12 {
		gray(t, filepath.Join(classes, "cat", string(rune('a'+i))+".png"), 2*i)
		gray(t, filepath.Join(classes, "dog", string(rune('a'+i))+".png"), 2*i+1)
	}
	l := &Lab{Dir: t.TempDir()}
	defer l.Close()
	s, err := l.Photos(t.Context(), classes)
	if err != nil {
		t.Fatal(err)
	}
	run, err := l.Train(t.Context(), s, Recipe{Cut: "head", Size: 32})
	if err != nil {
		t.Fatal(err)
	}
	relabel := func(im dataset.Image) {
		t.Helper()
		to := map[string]string{"cat": "dog", "dog": "cat"}[im.Class]
		if _, err := s.Decisions().Append(t.Context(), review.Decision{Kind: review.KindLabel, SHA256: im.SHA256,
			Before: im.Class, After: to, Who: "me"}); err != nil {
			t.Fatal(err)
		}
	}
	evaluate := func() Run {
		t.Helper()
		if _, err := l.Score(t.Context(), run, s.Dir, Scoring{}); err != nil {
			t.Fatal(err)
		}
		again, err := OpenRun(run.Dir)
		if err != nil {
			t.Fatal(err)
		}
		return again
	}
	if _, err := l.Score(t.Context(), run, s.Dir, Scoring{Precision: recipe.BFloat16}); err != nil {
		t.Fatal(err)
	}
	if asked, err := OpenRun(run.Dir); err != nil || asked.Record.Test != nil || len(asked.Record.Readings) > 0 {
		t.Errorf("a result in another precision than the model's was recorded: %+v, %v", asked.Record.Test, err)
	}
	test := s.InSplit(dataset.Test)
	relabel(test[0])
	after := evaluate() // the first one, after a label was changed: the former labels are read too
	for range 2 {
		after = evaluate() // adds nothing
	}
	relabel(test[1])
	after = evaluate()
	readings := after.Record.Readings
	if len(readings) != 3 {
		t.Fatalf("%d readings, want those of no, one and two changed labels: %+v", len(readings), readings)
	}
	for i, r := range readings {
		if r.Relabelled != i || r.Weights == "" || r.Weights != readings[0].Weights || r.N != len(test) {
			t.Errorf("reading %d: %+v", i, r)
		}
	}
	if after.Record.Test == nil || after.Record.Test.Top1 != readings[0].Top1 {
		t.Errorf("the result is no longer that of the labels of the fit: %+v", after.Record.Test)
	}
	page, err := os.ReadFile(run.Page())
	if err != nil {
		t.Fatal(err)
	}
	for _, says := range []string{"labels as they came", "1 label changed", "2 labels changed",
		"The model is the same in all of them"} {
		if !strings.Contains(string(page), says) {
			t.Errorf("the page does not say %q", says)
		}
	}
}
