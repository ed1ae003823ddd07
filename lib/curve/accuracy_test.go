package curve

import (
	"fmt"
	"math"
	"testing"

	"imagelab/lib/metric"
	"imagelab/lib/runlog"
)

// TestAccuracyInterval asks that the interval of an accuracy lies within [0,1], whatever the fits.
func TestAccuracyInterval(t *testing.T) {
	fit := func(split string, wrong int) runlog.Record {
		o := &runlog.Outcomes{Side: "test", Labels: make([]int, 20), Predicted: make([]int, 20), Images: split}
		for i := range wrong {
			o.Predicted[i] = 1
		}
		return runlog.Record{ID: split + fmt.Sprint(wrong), Dataset: "made", Manifest: "m", Split: split, Outcomes: o,
			Test: &metric.Result{N: 20}, Counts: map[string]int{"train": 60, "val": 20, "test": 20}}
	}
	failed := fit("a", 0)
	failed.Error = "no memory"
	tests := []struct {
		name, reason string
		records      []runlog.Record
		mean         float64
		interval     metric.Interval // the limits that must be met exactly; NaN: any
		each         int
	}{
		{"splits near all right", "Student's t on 2 splits goes above 1", []runlog.Record{fit("a", 0), fit("b", 1)}, 0.975,
			metric.Interval{math.NaN(), 1}, 2},
		{"splits near none right", "and below 0", []runlog.Record{fit("a", 20), fit("b", 19)}, 0.025,
			metric.Interval{0, math.NaN()}, 2},
		{"splits apart", "to both sides", []runlog.Record{fit("a", 2), fit("b", 18)}, 0.5, metric.Interval{0, 1}, 2},
		{"all failed", "nothing is known", []runlog.Record{failed}, math.NaN(), metric.Interval{0, 1}, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			mean, interval, each := Accuracy(tt.records)
			if math.IsNaN(mean) != math.IsNaN(tt.mean) || math.Abs(mean-tt.mean) > 1e-9 || len(each) != tt.each {
				t.Errorf("mean %g of %d fits, want %g of %d: %s", mean, len(each), tt.mean, tt.each, tt.reason)
			}
			for k, want := range tt.interval {
				if !math.IsNaN(want) && interval[k] != want || !(interval[k] >= 0 && interval[k] <= 1) {
					t.Errorf("interval %v, want %v within [0,1]: %s", interval, tt.interval, tt.reason)
				}
			}
		})
	}
}
