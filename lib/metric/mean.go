package metric

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// Estimate is a mean, the variance of that mean, and the degrees of freedom of the variance.
type Estimate struct {
	Mean, Variance, DF float64

	// Spread is the variance between fits: the variance of a single fit's mean without the part
	// that comes from single photos. The estimate may be below 0. It is 0 for one fit.
	Spread float64
}

// MeanCI estimates the mean of values `[fit][photo]` and its variance, for other fits and other
// photos of the same kind (two-way random effects). groups `[photo]` is the number of the group of
// each photo, such as the module of a solar cell; nil: no groups. There must be at least one fit
// and one photo. With fewer than two groups the variance is NaN.
//
// Every fit is applied to every photo, so fits and photos are crossed random effects without
// repeats. With their mean squares (Searle, Casella and McCulloch, Variance Components, 1992,
// chapter 4), each divided by the number of values,
//
//	Var(mean) = fits + photos - rest,
//
// where an effect smaller than the rest counts as absent. For photos and rest, the residuals of a
// group are first added up, with the correction CR2 of Bell and McCaffrey (2002). Degrees of
// freedom follow Satterthwaite (1946); those of groups follow Bell and McCaffrey, with the observed
// correlation within groups (Imbens and Kolesár 2016). One fit says nothing about other fits: the
// variance then only includes the choice of photos.
func MeanCI(values [][]float64, groups []int) Estimate {
	images, fits, mean := margins(values)
	c := newClusters(groups, len(images))
	residuals := make([]float64, len(images))
	for i, m := range images {
		residuals[i] = m - mean
	}
	e := Estimate{Mean: mean}
	e.Variance, e.DF = c.variance(residuals)
	s := float64(len(values))
	if s < 2 {
		return e
	}
	var between, rest float64
	for f, row := range values {
		between += (fits[f] - mean) * (fits[f] - mean) / (s * (s - 1))
		for i, v := range row {
			residuals[i] = v - fits[f] - images[i] + mean
		}
		v, _ := c.variance(residuals)
		rest += v / (s * (s - 1))
	}
	e = e.with(between, rest, s-1)
	e.Spread = s * (between - rest)
	return e
}

// with adds the variance of the fits, with its degrees of freedom, to that of the photos, and
// subtracts the rest.
func (e Estimate) with(fits, rest, df float64) Estimate {
	images := e.Variance
	switch {
	case fits <= rest && images <= rest:
		return Estimate{Mean: e.Mean, Variance: rest, DF: df * e.DF}
	case fits <= rest:
		return e
	case images <= rest:
		return Estimate{Mean: e.Mean, Variance: fits, DF: df}
	}
	v := fits + images - rest
	return Estimate{Mean: e.Mean, Variance: v, DF: v * v / (fits*fits/df + images*images/e.DF + rest*rest/(df*e.DF))}
}

// Plus is e with an independent source of variance added, with its degrees of freedom.
func (e Estimate) Plus(variance, df float64) Estimate {
	if variance > 0 {
		v := e.Variance + variance
		e.DF = v * v / (e.Variance*e.Variance/e.DF + variance*variance/df)
		e.Variance = v
	}
	return e
}

// margins are the means of each photo, of each fit, and of all values.
func margins(values [][]float64) (images, fits []float64, mean float64) {
	images, fits = make([]float64, len(values[0])), make([]float64, len(values))
	s, n := float64(len(values)), float64(len(values[0]))
	for f, row := range values {
		for i, v := range row {
			images[i] += v / s
			fits[f] += v / n
		}
		mean += fits[f] / s
	}
	return images, fits, mean
}

// Accuracy is the share of correct predictions `[fit][photo]` and its 95 % interval for other fits
// and other photos of the same kind, see [MeanCI]. The interval is Student's t on the logit of the
// share, which keeps it inside [0,1]. One fit on photos without groups has Wilson's interval. If
// all or none are correct, the data do not show how fits or photos of a group differ; the interval
// is then Wilson's too, with each group counted as one photo; so it is where all groups have one
// share. Without fits or photos the share is NaN and the interval [0,1].
//
// In simulations with 3 to 5 fits and 34 to 852 photos the interval contains the true value in 93
// to 97 % of cases; with 6 to 11 groups of 50 photos in 91 to 97 %, fewest if most photos of a
// group are wrong together.
func Accuracy(right [][]bool, groups []int) (mean float64, interval Interval) {
	if len(right) == 0 || len(right[0]) == 0 {
		return math.NaN(), Interval{0, 1}
	}
	e := MeanCI(Shares(right), groups)
	c := newClusters(groups, len(right[0]))
	switch certain := e.Mean < 1e-12 || e.Mean > 1-1e-12; {
	case certain:
		return e.Mean, score(math.Round(e.Mean), c.count())
	case len(right) == 1 && c.of == nil, c.n == 1:
		return e.Mean, score(e.Mean, c.n)
	case c.count() < 2:
		return e.Mean, Interval{0, 1}
	case e.Variance < 1e-12: // groups that are alike by chance are no certainty
		return e.Mean, score(e.Mean, c.count())
	}
	return e.Mean, e.Interval()
}

// Interval is the 95 % interval of a share, by Student's t on its logit. Mean must lie between 0
// and 1.
func (e Estimate) Interval() Interval {
	half, logit := e.half()/(e.Mean*(1-e.Mean)), math.Log(e.Mean/(1-e.Mean))
	return Interval{1 / (1 + math.Exp(half-logit)), 1 / (1 + math.Exp(-half-logit))}
}

// half is half the width of the 95 % interval of the mean.
func (e Estimate) half() float64 {
	return distuv.StudentsT{Mu: 0, Sigma: 1, Nu: e.DF}.Quantile(0.975) * math.Sqrt(e.Variance)
}

// Difference is the accuracy of a minus that of b, of correct predictions `[fit][photo]` on the
// same photos (fit k of a is paired with fit k of b), and its 95 % interval for other fits and
// other photos of the same kind, see [MeanCI]. The interval is Student's t after adding a photo
// that only a classifies correctly and one that only b does, so that a small number of differences
// does not look certain (Bonett and Price 2012); the returned difference is without them. Without
// fits or photos, or with one group, the interval is [-1,1].
func Difference(a, b [][]bool, groups []int) (mean float64, interval Interval) {
	if len(a) == 0 || len(a[0]) == 0 {
		return math.NaN(), Interval{-1, 1}
	}
	values, other := Shares(a), Shares(b)
	for f, row := range values {
		for i := range row {
			row[i] -= other[f][i]
		}
	}
	mean, _, interval = paired(values, groups)
	return mean, interval
}

// DifferenceOfMeans is [Difference] for fits that are not paired: a and b are, for each photo, the
// share of the fits that are correct. The standard error (after adding half a photo that only a
// classifies correctly and half a photo that only b does) and the interval are those of these fits
// on other photos of the same kind.
func DifferenceOfMeans(a, b []float64, groups []int) (mean, standardError float64, interval Interval) {
	if len(a) == 0 {
		return math.NaN(), math.Inf(1), Interval{-1, 1}
	}
	values := make([]float64, len(a))
	for i := range a {
		values[i] = a[i] - b[i]
	}
	return paired([][]float64{values}, groups)
}

// nothing is a variance that comes from rounding alone.
const nothing = 1e-24

// paired is the mean of differences `[fit][photo]`, its standard error and its interval.
func paired(values [][]float64, groups []int) (mean, standardError float64, interval Interval) {
	e, c := MeanCI(values, groups), newClusters(groups, len(values[0]))
	if c.count() < 2 {
		return e.Mean, math.Inf(1), Interval{-1, 1}
	}
	effect := max(c.designEffect(values), 1)
	standardError = math.Sqrt(e.adding(1, effect/float64(len(values)), c.n).Variance)
	// What a photo that only one classifies correctly says is the same in each fit. Where all
	// differences are equal, nothing is known of the photos of a group: it is one.
	wide := e.adding(2, 2*effect, c.n)
	if e.Variance < nothing {
		wide = e.adding(2, 2, c.count())
	}
	return e.Mean, standardError, Interval{max(wide.Mean-wide.half(), -1), min(wide.Mean+wide.half(), 1)}
}

// adding is the estimate over n photos after more photos were added whose values have the mean 0
// and this sum of squares.
func (e Estimate) adding(photos, squares, n float64) Estimate {
	shrink := n / (n + photos)
	e.Mean *= shrink
	e.Variance = e.Variance*shrink*shrink + squares/((n+photos)*(n+photos))
	return e
}

// DesignEffect is how many photos count as one, because photos of a group are right and wrong
// together: the factor by which groups increase the variance of the accuracy, at least 1. Where all
// or none are right, each group counts as one photo. groups is nil where there are none.
func DesignEffect(right [][]bool, groups []int) float64 {
	if groups == nil || len(right) == 0 || len(right[0]) == 0 {
		return 1
	}
	return max(1, newClusters(groups, len(right[0])).designEffect(Shares(right)))
}

// designEffect is the design effect of the groups: the factor by which they increase the variance
// of the mean over photos. If all values are equal, the data do not show it, and each group counts
// as one photo.
func (c clusters) designEffect(values [][]float64) float64 {
	images, _, mean := margins(values)
	for i := range images {
		images[i] -= mean
	}
	single, _ := clusters{n: c.n}.variance(images)
	if v, _ := c.variance(images); single > nothing && c.count() > 1 {
		return v / single
	}
	return c.n / c.count()
}

// Shares are the values for [MeanCI]: 1 for a correct prediction, else 0.
func Shares(right [][]bool) [][]float64 {
	values := make([][]float64, len(right))
	for f, row := range right {
		values[f] = make([]float64, len(row))
		for i, ok := range row {
			if ok {
				values[f][i] = 1
			}
		}
	}
	return values
}
