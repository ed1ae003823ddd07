package report

import (
	"slices"
	"strings"
	"testing"

	"imagelab/lib/runlog"
)

// TestSettingTable makes the table of two settings, each with a fit on two splits.
func TestSettingTable(t *testing.T) {
	fit := func(setting, split string, wrong int) runlog.Record {
		o := &runlog.Outcomes{Side: "test", Labels: make([]int, 20), Predicted: make([]int, 20), Images: split}
		for i := range wrong {
			o.Predicted[i] = 1
		}
		return runlog.Record{Setting: setting, Split: split, Outcomes: o}
	}
	failed := fit("b", "2", 0)
	failed.Error = "no memory"
	tests := []struct {
		name, reason string
		records      []runlog.Record
		rows         []string // name and upper end of the interval
		note         string
	}{
		{"over splits", "no accuracy is above 100 %", []runlog.Record{fit("a", "1", 0), fit("a", "2", 1)},
			[]string{"a – 100.0 %"}, ""},
		{"a setting failed", "it has no accuracy, and NaN is none; its name is said",
			[]runlog.Record{fit("a", "1", 0), fit("a", "2", 1), failed}, []string{"a – 100.0 %"},
			"Left out, without a finished fit: b."},
		{"a fit failed", "the others count", []runlog.Record{failed, fit("b", "1", 0), fit("b", "2", 1)},
			[]string{"b – 100.0 %"}, ""},
		{"all failed", "an empty table", []runlog.Record{failed}, nil, "Left out, without a finished fit: b."},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			table := SettingTable("Settings", tt.records, runlog.StageTrain)
			var rows []string
			for _, row := range table.Rows {
				_, high, _ := strings.Cut(row[4], " – ")
				rows = append(rows, row[0]+" – "+high)
				if strings.Contains(strings.Join(row, " "), "NaN") {
					t.Errorf("row %q: %s", row, tt.reason)
				}
			}
			if !slices.Equal(rows, tt.rows) || table.Note != tt.note {
				t.Errorf("rows %q and note %q, want %q and %q: %s", rows, table.Note, tt.rows, tt.note, tt.reason)
			}
		})
	}
}
