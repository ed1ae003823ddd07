package report

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"

	"imagelab/lib/curve"
	"imagelab/lib/figure"
	"imagelab/lib/runlog"
)

// Response collects what [figure.Response] shows of fits that differ in one setting or two: accuracy at each value of the
// number x of their configuration, such as "lr", by rising value, in a series for each value of the number by, such as
// "epochs", or in one series where by is "". Names are those of finetune.Config in JSON. Records whose configuration has no
// such number are an error.
func Response(records []runlog.Record, x, by string) ([]figure.Series, error) {
	type setting struct{ by, x float64 }
	arms := map[setting][]runlog.Record{}
	var settings []setting
	for _, r := range records {
		var config map[string]any
		if err := json.Unmarshal(r.Config, &config); err != nil {
			return nil, fmt.Errorf("report: configuration of record %s: %w", r.ID, err)
		}
		var s setting
		for name, value := range map[string]*float64{x: &s.x, by: &s.by} {
			if name == "" {
				continue
			}
			number, ok := config[name].(float64)
			if !ok {
				return nil, fmt.Errorf("report: the configuration of record %s has no number %q", r.ID, name)
			}
			*value = number
		}
		if arms[s] == nil {
			settings = append(settings, s)
		}
		arms[s] = append(arms[s], r)
	}
	slices.SortFunc(settings, func(a, b setting) int { return cmp.Or(cmp.Compare(a.by, b.by), cmp.Compare(a.x, b.x)) })
	var series []figure.Series
	for i, s := range settings {
		if i == 0 || s.by != settings[i-1].by {
			series = append(series, figure.Series{Name: fmt.Sprintf("%g %s", s.by, by)})
		}
		mean, interval, _ := curve.Accuracy(arms[s])
		last := &series[len(series)-1]
		last.Points = append(last.Points, figure.Setting{X: s.x, Accuracy: mean, Interval: interval})
	}
	return series, nil
}
