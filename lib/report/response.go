package report

import (
	"cmp"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"

	"imagelab/lib/curve"
	"imagelab/lib/figure"
	"imagelab/lib/metric"
	"imagelab/lib/runlog"
)

// Response is the input of [figure.Response] for fits that differ in one or two numeric settings:
// the accuracy at each value of setting `x`, such as "lr", in ascending order, with one series for
// each value of setting `by`, such as "epochs". If `by` is "" there is one series. The names of
// settings are those of recipe.Config in JSON. Values without a finished fit are left out. It is an
// error if a record's configuration has no such number.
func Response(records []runlog.Record, x, by string) ([]figure.Series, error) {
	type setting struct{ by, x float64 }
	fits := map[setting][]runlog.Record{}
	var settings []setting
	for _, r := range records {
		var s setting
		var err error
		if s.x, err = number(r, x); err != nil {
			return nil, err
		}
		if by != "" {
			if s.by, err = number(r, by); err != nil {
				return nil, err
			}
		}
		if fits[s] == nil {
			settings = append(settings, s)
		}
		fits[s] = append(fits[s], r)
	}
	slices.SortFunc(settings, func(a, b setting) int { return cmp.Or(cmp.Compare(a.by, b.by), cmp.Compare(a.x, b.x)) })
	var series []figure.Series
	for _, s := range settings {
		mean, interval, each := curve.Accuracy(fits[s])
		if len(each) == 0 {
			continue
		}
		if name := fmt.Sprintf("%g %s", s.by, by); len(series) == 0 || series[len(series)-1].Name != name {
			series = append(series, figure.Series{Name: name})
		}
		last := &series[len(series)-1]
		last.Points = append(last.Points, figure.Setting{X: s.x, Accuracy: mean, Interval: interval})
	}
	return series, nil
}

// Varying returns the records whose configuration differs from the first one's only in the setting
// `name` and in the seed.
func Varying(records []runlog.Record, name string) ([]runlog.Record, error) {
	var same []runlog.Record
	var first map[string]any
	for _, r := range records {
		var config map[string]any
		if err := json.Unmarshal(r.Config, &config); err != nil {
			return nil, fmt.Errorf("report: configuration of record %s: %w", r.ID, err)
		}
		delete(config, name)
		delete(config, "seed")
		if first == nil {
			first = config
		}
		if reflect.DeepEqual(config, first) {
			same = append(same, r)
		}
	}
	return same, nil
}

// number is the numeric setting `name` of a record's configuration.
func number(r runlog.Record, name string) (float64, error) {
	var config map[string]any
	if err := json.Unmarshal(r.Config, &config); err != nil {
		return 0, fmt.Errorf("report: configuration of record %s: %w", r.ID, err)
	}
	value, ok := config[name].(float64)
	if !ok {
		return 0, fmt.Errorf("report: the configuration of record %s has no number %q", r.ID, name)
	}
	return value, nil
}

// Course is the input of [figure.Response] for validation accuracy over epochs: one series for each
// fit, with the accuracy after each epoch of the body. Epoch 0 is the head alone. The name of a
// series has the fit's value of setting `by`, such as "lr 0.0005". The intervals are empty, since
// all fits are judged on the same photos and their curves can be compared directly.
func Course(records []runlog.Record, by string) ([]figure.Series, error) {
	var series []figure.Series
	for _, r := range records {
		value, err := number(r, by)
		if err != nil {
			return nil, err
		}
		s := figure.Series{Name: fmt.Sprintf("%s %g", by, value)}
		var head runlog.Epoch // the regularisation strength that was kept
		for _, e := range r.Epochs {
			if e.Phase == runlog.PhaseHead {
				if head.Phase == "" || e.ValLoss < head.ValLoss {
					head = e
				}
				continue
			}
			if len(s.Points) == 0 {
				s.Points = append(s.Points, still(0, head.ValTop1))
			}
			s.Points = append(s.Points, still(e.Epoch, e.ValTop1))
		}
		series = append(series, s)
	}
	return series, nil
}

func still(epoch int, accuracy float64) figure.Setting {
	return figure.Setting{X: float64(epoch), Accuracy: accuracy, Interval: metric.Interval{accuracy, accuracy}}
}
