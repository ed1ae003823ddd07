package runlog

import (
	"math"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"imagelab/lib/metric"
)

// MeanInterval is the mean of independent repeats, such as the top-1 of several seeds, and its 95 %
// interval by Student's t. One value does not show the variance: its interval is [-Inf, +Inf].
// Without values all three are NaN.
func MeanInterval(values []float64) (mean float64, interval metric.Interval) {
	return meanInterval(values, 0)
}

// meanInterval is MeanInterval with `shared` times the variance of a single value added to the
// variance of the mean.
func meanInterval(values []float64, shared float64) (mean float64, interval metric.Interval) {
	n := float64(len(values))
	if n == 0 {
		return math.NaN(), metric.Interval{math.NaN(), math.NaN()}
	}
	if n == 1 {
		return values[0], metric.Interval{math.Inf(-1), math.Inf(1)}
	}
	mean, sd := stat.MeanStdDev(values, nil)
	half := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: n - 1}.Quantile(0.975) * sd * math.Sqrt(1/n+shared)
	return mean, metric.Interval{mean - half, mean + half}
}

// SplitsInterval is the mean of values, one for each record, over random splits of the same photos,
// and its 95 % interval. Splits overlap, so their results are more alike than results on new
// photos: the variance of the mean of n splits is
//
//	(1/n + judged/others) s²   instead of   s²/n
//
// (Nadeau and Bengio, Inference for the generalization error, Machine Learning 52, 2003), where
// `judged` is the number of photos that a split is measured on, and `others` the number of its
// other photos. Several fits on one split count as their mean. Records of different data sets
// (digest) are independent; for records of one split the interval is [MeanInterval].
func SplitsInterval(records []Record, values []float64) (mean float64, interval metric.Interval) {
	index, sums, fits := map[string]int{}, []float64{}, []float64{}
	shared := 0.0
	for i, r := range records {
		k, known := index[r.Split]
		if !known {
			k = len(sums)
			index[r.Split] = k
			sums, fits = append(sums, 0), append(fits, 0)
		}
		sums[k], fits[k] = sums[k]+values[i], fits[k]+1
		if r.Manifest == records[0].Manifest {
			shared += r.judgedShare() / float64(len(records))
		}
	}
	if len(sums) == 1 {
		return MeanInterval(values)
	}
	for k := range sums {
		sums[k] /= fits[k]
	}
	return meanInterval(sums, shared)
}

// judgedShare is judged/others of a record's split.
func (r Record) judgedShare() float64 {
	judged, others := r.Counts["test"], r.Counts["train"]+r.Counts["val"]
	if r.Test == nil {
		judged, others = r.Counts["val"], r.Counts["train"]+r.Counts["test"]
	}
	if others == 0 {
		return 0
	}
	return float64(judged) / float64(others)
}
