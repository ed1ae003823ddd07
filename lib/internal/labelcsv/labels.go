package labelcsv

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"imagelab/lib/internal/layout"
)

// date is what spreadsheets make of "3-5" and "1/2": 5-Mar, 05.Mrz, 2024-03-05.
var date = regexp.MustCompile(`(?i)^(\d{1,2}[-./ ](jan|feb|m[aä]r|mrz|apr|ma[iy]|jun|jul|aug|sep|o[ck]t|nov|de[cz])[a-z]*\.?([-./ ]\d{2,4})?|` +
	`(jan|feb|m[aä]r|mrz|apr|may|jun|jul|aug|sep|oct|nov|dec)[-./ ]\d{1,2}|\d{4}-\d{2}-\d{2}( 00:00:00)?|\d{1,2}[./]\d{1,2}[./]\d{2,4})$`)

// exponent is what spreadsheets make of "12E3".
var exponent = regexp.MustCompile(`^\d([.,]\d+)?E[+-]?\d+$`)

// noteLabels adds notes about labels that a spreadsheet has probably changed.
func (t *table) noteLabels(rows []Row) {
	n := map[string]int{}
	used := 0
	for _, r := range rows {
		if r.Reason == "" {
			n[r.Label]++
			used++
		}
	}
	labels := slices.Sorted(maps.Keys(n))
	t.notes = append(t.notes, layout.NoteAlike(labels)...)
	t.noteSeveral(labels, n)
	for _, kind := range []struct {
		text string
		is   func(string) bool
	}{
		{"look like dates, which spreadsheets make of labels such as 3-5", date.MatchString},
		{"look like rounded numbers, which spreadsheets make of labels such as 12E3", exponent.MatchString},
		{"are read as a class; if they stand for a missing label, empty these fields", softMissing},
	} {
		var found []string
		for _, l := range labels {
			if kind.is(l) {
				found = append(found, fmt.Sprintf("%q (%d)", l, n[l]))
			}
		}
		if len(found) > 0 && len(found) < max(2, len(labels)) {
			t.note("labels %s %s", strings.Join(found[:min(len(found), shownColumns)], ", "), kind.text)
		}
	}
	if len(labels) >= 20 && 2*len(labels) > used {
		t.note("%d rows have %d different labels: is that column the label? Name another with "+
			"IngestOptions.Columns.Label", used, len(labels))
	}
}

// softMissing are labels that may be a class or may say that there is none.
func softMissing(label string) bool {
	switch strings.ToLower(label) {
	case "na", "n/a", "none", "null", "-", "?":
		return true
	}
	return false
}
