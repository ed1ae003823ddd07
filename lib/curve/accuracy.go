package curve

import (
	"imagelab/lib/metric"
	"imagelab/lib/runlog"
)

// Accuracy is the mean top-1 of finished fits of one arm on the judged images, its 95 % interval, and that of each fit.
// Fits on one split vary in their seed: the interval is that of [Crossed]. Fits on several splits are independent
// repeats: it is [runlog.MeanInterval]. Fits without outcomes are left out.
func Accuracy(records []runlog.Record) (mean float64, interval metric.Interval, each []float64) {
	var right [][]bool
	same := true
	for _, r := range records {
		if r.State() != runlog.StateDone || r.Outcomes == nil {
			continue
		}
		row := make([]bool, len(r.Outcomes.Labels))
		hits := 0
		for i, label := range r.Outcomes.Labels {
			if row[i] = r.Outcomes.Predicted[i] == label; row[i] {
				hits++
			}
		}
		right, each = append(right, row), append(each, float64(hits)/float64(len(row)))
		same = same && r.Split == records[0].Split && r.Outcomes.SameImages(records[0].Outcomes)
	}
	if same {
		mean, interval = Crossed(right)
		return mean, interval, each
	}
	mean, interval = runlog.MeanInterval(each)
	return mean, interval, each
}
