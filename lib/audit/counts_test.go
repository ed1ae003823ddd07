package audit

import (
	"math"
	"strings"
	"testing"

	"imagelab/lib/dataset"
	"imagelab/lib/suspect"
)

// TestRoundedCountsAreATable: where photos come in groups, counts are divided and rounded one by
// one. What comes out must be a table that can be, or one mistake in a slice is called a finding.
func TestRoundedCountsAreATable(t *testing.T) {
	for _, c := range []struct{ hits, drawn, kind, all int }{{122, 123, 128, 128}, {10, 11, 54, 54}} {
		if p := fewerOf(c.hits, c.drawn, c.kind, c.all); p < 0.5 || p > 1 {
			t.Errorf("%v: p is %g, want about 1", c, p)
		}
	}
}

// TestPhotosWithoutATimeAreNotTheEarliest: a fifth is that of the photos whose time is known.
func TestPhotosWithoutATimeAreNotTheEarliest(t *testing.T) {
	values := make([]float64, 100)
	for i := range values {
		if values[i] = float64(i); i%4 == 0 {
			values[i] = math.NaN()
		}
	}
	parts := fifths("time", "earliest fifth", "latest fifth", values)
	if len(parts) != 2 {
		t.Fatalf("%d parts, want the earliest and the latest fifth", len(parts))
	}
	for _, p := range parts {
		n := 0
		for i, in := range p.in {
			if in {
				n++
			}
			if in && math.IsNaN(values[i]) {
				t.Errorf("photo %d of the %s has no time", i, p.name)
			}
		}
		if n != 15 && n != 16 {
			t.Errorf("the %s has %d of 75 photos", p.name, n)
		}
	}
}

// TestLabelsThatAreNotInTheTest: photos that were left out for their labels are no wrong labels of
// the test, and labels that nobody could judge are not called right.
func TestLabelsThatAreNotInTheTest(t *testing.T) {
	a := &auditor{images: []dataset.Image{{Path: "a.jpg", Split: dataset.Test}, {Path: "b.jpg", Split: dataset.Test}}}
	a.result.Test = 2
	a.labelFinding(suspect.Result{Notes: []string{"labels were not judged"}, Suspects: []suspect.Suspect{
		{Path: "out.jpg", Kind: suspect.KindConflict, Split: dataset.Test}}})
	var text []string
	for _, f := range a.result.Findings {
		text = append(text, f.Text)
	}
	all := strings.Join(text, "\n")
	if strings.Contains(all, "1 of 2") || strings.Contains(all, "looks wrong") {
		t.Errorf("a photo that is not tested counts, or labels that were not judged are right:\n%s", all)
	}
	for _, want := range []string{"1 photo with copies that have another label", "Labels were not judged."} {
		if !strings.Contains(all, want) {
			t.Errorf("%q is missing in\n%s", want, all)
		}
	}
}
