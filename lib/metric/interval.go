package metric

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// Wilson is the 95 % score interval for `correct` out of n (Wilson 1927); [0,1] for n = 0.
func Wilson(correct, n int) Interval {
	if n == 0 {
		return Interval{0, 1}
	}
	return score(float64(correct)/float64(n), float64(n))
}

// score is Wilson's interval for the share p of n.
func score(p, n float64) Interval {
	z := distuv.UnitNormal.Quantile(0.975)
	centre := p + z*z/(2*n)
	half := z * math.Sqrt(p*(1-p)/n+z*z/(4*n*n))
	scale := 1 + z*z/n
	return Interval{max(0, (centre-half)/scale), min(1, (centre+half)/scale)}
}
