package curve

import (
	"imagelab/lib/metric"
	"imagelab/lib/runlog"
)

// Accuracy is the mean top-1 accuracy of the finished fits of one configuration on the judged
// photos, its 95 % interval, and the accuracy of each fit. It leaves out fits without outcomes.
//
// For fits with different seeds on one split, the interval is that of [metric.Accuracy], over seeds
// and photos; if all fits predict the same, they count as one fit. For fits on several splits of
// the same photos, each split counts once and the interval is that of [runlog.SplitsInterval],
// limited to [0,1]. Without finished fits the mean is NaN, the interval [0,1] and `each` empty.
func Accuracy(records []runlog.Record) (mean float64, interval metric.Interval, each []float64) {
	var right [][]bool
	var judged []runlog.Record
	for _, r := range records {
		if r.State() != runlog.StateDone || r.Outcomes == nil {
			continue
		}
		row := r.Outcomes.Right()
		right, each, judged = append(right, row), append(each, share(row)), append(judged, r)
	}
	if len(judged) == 0 {
		mean, interval = metric.Accuracy(nil, nil)
		return mean, interval, each
	}
	for _, r := range judged {
		if r.Split != judged[0].Split || !r.Outcomes.SameImages(judged[0].Outcomes) {
			mean, interval = runlog.SplitsInterval(judged, each)
			return mean, metric.Interval{max(interval[0], 0), min(interval[1], 1)}, each
		}
	}
	if identical(right) {
		right = right[:1]
	}
	mean, interval = metric.Accuracy(right, judged[0].Outcomes.Groups)
	return mean, interval, each
}
