package report

import (
	"fmt"

	"imagelab/lib/curve"
	"imagelab/lib/figure"
	"imagelab/lib/runlog"
)

// ByArm groups records by the name of their configuration, in the order in which the names first
// occur.
func ByArm(records []runlog.Record) (names []string, arms map[string][]runlog.Record) {
	arms = map[string][]runlog.Record{}
	for _, r := range records {
		if arms[r.ArmName()] == nil {
			names = append(names, r.ArmName())
		}
		arms[r.ArmName()] = append(arms[r.ArmName()], r)
	}
	return names, arms
}

// Dot is the accuracy of the fits of one configuration.
func Dot(name string, records []runlog.Record) figure.Dot {
	mean, interval, each := curve.Accuracy(records)
	return figure.Dot{Name: name, Accuracy: mean, Each: each, Interval: interval}
}

// ArmTable lists the configurations with their accuracy and the mean time of the given stages of a
// fit.
func ArmTable(title string, records []runlog.Record, stages ...string) Table {
	t := Table{Title: title, Header: []string{"configuration", "fits", "training photos", "accuracy", "95 % interval"}}
	if len(stages) > 0 {
		t.Header = append(t.Header, "seconds per fit")
	}
	names, arms := ByArm(records)
	for _, arm := range names {
		d := Dot(arm, arms[arm])
		row := []string{arm, fmt.Sprint(len(d.Each)), fmt.Sprint(arms[arm][0].LearnedFrom()), percent(d.Accuracy), interval(d.Interval)}
		if len(stages) > 0 {
			row = append(row, fmt.Sprintf("%.1f", Seconds(arms[arm], stages...)))
		}
		t.Rows = append(t.Rows, row)
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
