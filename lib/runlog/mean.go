package runlog

import (
	"math"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"imagelab/lib/metric"
)

// MeanInterval is the mean of independent repeats, such as the top-1 of several seeds, and its 95 % interval by
// Student's t. One value says nothing about spread: its interval is [-Inf, +Inf]. Without values all three are NaN.
func MeanInterval(values []float64) (mean float64, interval metric.Interval) {
	n := float64(len(values))
	if n == 0 {
		return math.NaN(), metric.Interval{math.NaN(), math.NaN()}
	}
	if n == 1 {
		return values[0], metric.Interval{math.Inf(-1), math.Inf(1)}
	}
	mean, sd := stat.MeanStdDev(values, nil)
	half := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: n - 1}.Quantile(0.975) * stat.StdErr(sd, n)
	return mean, metric.Interval{mean - half, mean + half}
}
