package lab

import (
	"fmt"

	"imagelab/lib/figure"
	"imagelab/lib/report"
	"imagelab/lib/runlog"
)

// SettingsPage says how the accuracy of some settings is shown: Question is the page's title and
// Title the figure's, which stands with Caption in Lab.Name.svg; Heading stands above the figure
// on the page, and Table above the table.
type SettingsPage struct{ Question, Title, Caption, Heading, Table string }

// ShowSettings prints the mean accuracy of every setting with its 95 % interval, and writes the
// figure and the page. Settings without a finished fit are named, and left out of both.
func (l *Lab) ShowSettings(a SettingsPage, records []runlog.Record) error {
	names, settings := report.BySetting(records)
	var dots []figure.Dot
	for _, name := range names {
		d := report.Dot(name, settings[name])
		if len(d.Each) == 0 {
			fmt.Fprintf(l.Stdout, "%-28s no finished fit\n", name)
			continue
		}
		dots = append(dots, d)
		fmt.Fprintf(l.Stdout, "%-28s %.1f %% (%.1f to %.1f)\n", name, 100*d.Accuracy, 100*d.Interval[0], 100*d.Interval[1])
	}
	f := figure.Dots(a.Title, a.Caption, dots...)
	if err := l.Save(l.Name+".svg", f); err != nil {
		return err
	}
	return l.Report(report.Sweep{Title: a.Question, Figures: []report.Figure{{Title: a.Heading, Figure: f}},
		Tables: []report.Table{report.SettingTable(a.Table, records)}, Records: records})
}
