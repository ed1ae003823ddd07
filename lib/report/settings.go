package report

import (
	"fmt"
	"strings"

	"imagelab/lib/curve"
	"imagelab/lib/figure"
	"imagelab/lib/runlog"
)

// BySetting groups records by the name of their configuration, in the order in which the names
// first occur.
func BySetting(records []runlog.Record) (names []string, settings map[string][]runlog.Record) {
	settings = map[string][]runlog.Record{}
	for _, r := range records {
		if settings[r.SettingName()] == nil {
			names = append(names, r.SettingName())
		}
		settings[r.SettingName()] = append(settings[r.SettingName()], r)
	}
	return names, settings
}

// Dot is the accuracy of the fits of one configuration. Without finished fits its Each is empty and
// its accuracy NaN.
func Dot(name string, records []runlog.Record) figure.Dot {
	mean, interval, each := curve.Accuracy(records)
	return figure.Dot{Name: name, Accuracy: mean, Each: each, Interval: interval}
}

// SettingTable lists the configurations with their accuracy and the mean time of the given stages
// of a fit. A note names those without a finished fit, which it leaves out.
func SettingTable(title string, records []runlog.Record, stages ...string) Table {
	t := Table{Title: title, Header: []string{"configuration", "fits", "training photos", "accuracy", "95 % interval"}}
	if len(stages) > 0 {
		t.Header = append(t.Header, "seconds per fit")
	}
	names, settings := BySetting(records)
	var without []string
	for _, setting := range names {
		d := Dot(setting, settings[setting])
		if len(d.Each) == 0 {
			without = append(without, setting)
			continue
		}
		row := []string{setting, fmt.Sprint(len(d.Each)), fmt.Sprint(settings[setting][0].LearnedFrom()),
			percent(d.Accuracy), interval(d.Interval)}
		if len(stages) > 0 {
			row = append(row, fmt.Sprintf("%.1f", Seconds(settings[setting], stages...)))
		}
		t.Rows = append(t.Rows, row)
	}
	if len(without) > 0 {
		t.Note = "Left out, without a finished fit: " + strings.Join(without, ", ") + "."
	}
	return t
}

// Seconds is the mean wall time per fit of the given stages.
func Seconds(records []runlog.Record, stages ...string) float64 {
	sum := 0.0
	for _, r := range records {
		for _, t := range r.Timings {
			for _, stage := range stages {
				if t.Stage == stage {
					sum += t.Seconds / float64(len(records))
				}
			}
		}
	}
	return sum
}
