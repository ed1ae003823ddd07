package runlog

import (
	"time"

	"imagelab/lib/metric"
)

// Reading is one evaluation of a model on the test photos. Readings of the same weights with other
// labels show what correcting labels changed.
type Reading struct {
	Time time.Time `json:"time"`
	// digest of the model's weights; empty: a model of an older version
	Weights string `json:"weights"`
	// digest of the test photos that were scored, without their labels
	Photos     string          `json:"photos"`
	Labels     string          `json:"labels"`               // digest of these photos with their labels
	Relabelled int             `json:"relabelled,omitempty"` // photos of these whose label people changed in a review
	LeftOut    int             `json:"left_out,omitempty"`   // test photos that people excluded in a review
	N          int             `json:"n"`                    // photos that were scored
	Top1       float64         `json:"top1"`
	Interval   metric.Interval `json:"interval"` // 95 %
}

// Read adds a reading to the record, unless the last one is of the same weights, photos and labels.
// It reports whether it did.
func (r *Record) Read(one Reading) bool {
	if n := len(r.Readings); n > 0 && r.Readings[n-1].Weights == one.Weights && r.Readings[n-1].Labels == one.Labels {
		return false
	}
	r.Readings = append(r.Readings[:len(r.Readings):len(r.Readings)], one)
	return true
}
