package report

import "imagelab/lib/runlog"

// readings are those of the test photos, where there are several with different labels, and whether
// all are known to be of the same weights.
func readings(r runlog.Record) (all []runlog.Reading, same bool) {
	same = true
	for _, one := range r.Readings {
		same = same && one.Weights != "" && one.Weights == r.Readings[0].Weights
	}
	if len(r.Readings) < 2 {
		return nil, same
	}
	all, _ = bounded(r.Readings, mostNotes)
	return all, same
}
