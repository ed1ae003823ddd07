package curve

import (
	"fmt"

	"imagelab/lib/runlog"
)

// Result is a learning curve with its forecast.
type Result struct {
	Curve    Curve
	Forecast Forecast
}

// forecastSeed chooses the bootstrap resamples. Another seed gives the same answer, within its
// interval.
const forecastSeed = 1

// All computes the learning curves of the records with their forecasts: one curve for each
// configuration on each split, in the order in which they first occur. It leaves out configurations
// without a finished fit. Errors are those of [New].
func All(records []runlog.Record) ([]Result, error) {
	type key struct{ split, configuration string }
	var keys []key
	fits := map[key][]runlog.Record{}
	for _, r := range records {
		k := key{r.Split, r.SettingName()}
		if fits[k] == nil {
			keys = append(keys, k)
		}
		fits[k] = append(fits[k], r)
	}
	var results []Result
	for _, k := range keys {
		if !finished(fits[k]) {
			continue
		}
		c, err := New(fits[k])
		if err != nil {
			return nil, fmt.Errorf("learning curve of %s: %w", k.configuration, err)
		}
		c.Name = k.configuration
		results = append(results, Result{c, c.Forecast(forecastSeed)})
	}
	return results, nil
}

func finished(records []runlog.Record) bool {
	for _, r := range records {
		if r.State() == runlog.StateDone {
			return true
		}
	}
	return false
}

// BySplit groups curves that can share a figure, because they are of the same photos and the same
// split. The order is kept.
func BySplit(results []Result) [][]Result {
	var groups [][]Result
	index := map[string]int{}
	for _, r := range results {
		i, ok := index[r.Curve.Split]
		if !ok {
			i = len(groups)
			index[r.Curve.Split] = i
			groups = append(groups, nil)
		}
		groups[i] = append(groups[i], r)
	}
	return groups
}

// Verdicts are the verdicts of the curves in words. If there are several curves, each begins with
// the name of its curve.
func Verdicts(results []Result) []string {
	var verdicts []string
	for _, r := range results {
		verdicts = append(verdicts, prefix(r, results)+r.Forecast.Verdict().Text)
	}
	return verdicts
}

// Notes are the sentences that a reader of the curves should know. If there are several curves,
// each begins with the name of its curve.
func Notes(results []Result) []string {
	var notes []string
	for _, r := range results {
		for _, note := range r.Curve.Notes {
			notes = append(notes, prefix(r, results)+note)
		}
		if r.Curve.Side == "val" {
			notes = append(notes, prefix(r, results)+
				"There are no test photos, so accuracy is measured on the validation photos. "+
				"They also chose the regularisation and the calibration of every fit, so accuracy is a little too good.")
		}
	}
	return notes
}

func prefix(r Result, all []Result) string {
	if len(all) == 1 {
		return ""
	}
	return r.Curve.Name + ": "
}

// GainsMost is the class that gains most from more labels; false if no class has a forecast with a
// gain.
func (f Forecast) GainsMost() (ClassGain, bool) {
	if len(f.Next) == 0 || f.Next[0].Why != "" || f.Next[0].Gain.Value <= 0 {
		return ClassGain{}, false
	}
	return f.Next[0], true
}
