package report

import (
	"slices"
	"strings"
	"testing"

	"imagelab/lib/runlog"
	"imagelab/lib/tradeoff"
)

// changed compares the four models again after a change to each of their records.
func changed(t *testing.T, change func(r *runlog.Record)) tradeoff.Result {
	t.Helper()
	models := fourModels(t)
	records := slices.Clone(models.Records)
	for i := range records {
		change(&records[i])
	}
	r, err := tradeoff.Compare(records, models.Speeds, 0)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestAgainstTable reads the table that compares every model with the best one.
func TestAgainstTable(t *testing.T) {
	together := make([]int, 200) // all photos are of one group
	for _, c := range []struct {
		name, reason string
		change       func(r *runlog.Record)
		dashes       []int // columns
		note, not    string
	}{
		{"photos by themselves", "every difference is known", func(*runlog.Record) {}, nil, "which choose nothing.",
			"A dash"},
		{"one group for validation", "an infinite standard error is no number for a table",
			func(r *runlog.Record) { r.Validated.Groups = together }, []int{2, 3, 4}, "A dash: not compared, because " +
				"photos of one group do not show", "Inf"},
		{"one group for test", "an interval from -100 to 100 says nothing",
			func(r *runlog.Record) { r.Outcomes.Groups = together }, []int{5, 6}, "A dash: not compared, because " +
				"photos of one group do not show", "Inf"},
		{"no test side", "no other photos judge", func(r *runlog.Record) {
			r.Outcomes, r.Validated, r.Test = r.Validated, nil, nil
		}, nil, "There are no test photos, so the last two columns are of the validation photos too", "choose nothing"},
	} {
		t.Run(c.name, func(t *testing.T) {
			table := againstTable(changed(t, c.change))
			if len(table.Rows) != 3 {
				t.Fatalf("%d rows, want one for each of 3 models that are not the best", len(table.Rows))
			}
			for _, row := range table.Rows {
				for k, cell := range row {
					if (cell == "–") != slices.Contains(c.dashes, k) || strings.Contains(cell, "Inf") {
						t.Errorf("row %q, want dashes in columns %v: %s", row, c.dashes, c.reason)
					}
				}
			}
			if !strings.Contains(table.Note, c.note) || strings.Contains(table.Note, c.not) {
				t.Errorf("note %q, want %q and no %q: %s", table.Note, c.note, c.not, c.reason)
			}
		})
	}
}
