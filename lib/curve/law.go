package curve

import "math"

// Law is the power law of learning curves, error(n) = C + A n^-B: C is the error that remains, and
// the second term is what more photos remove (Cortes et al. 1994, Hestness et al. 2017). A and C
// are at least 0, B lies in [0.02, 2]. Some curves level off faster than any power: if T is not 0,
// the law is error(n) = C + A exp(-n/T) instead.
type Law struct{ A, B, C, T float64 }

// Error is the share of wrong answers after training on n photos of each class.
func (l Law) Error(n float64) float64 {
	if l.T > 0 {
		return l.C + l.A*math.Exp(-n/l.T)
	}
	return l.C + l.A*math.Pow(n, -l.B)
}

const (
	powers       = 40  // number of values of B that a fit tries, 12.5 % apart
	exponentials = 12  // number of values of T that a fit tries: the largest size, then 3/4 of the one before
	preference   = 6.0 // an exponential replaces a power only if its weighted sum of squares is lower by this
)

func power(i int) float64 { return 0.02 * math.Pow(100, float64(i)/(powers-1)) }

// fitter fits the law to errors at fixed sizes. For a given B or T the law is linear in A and C.
type fitter struct {
	shapes []Law       // laws with A = 1 and C = 0, powers first
	values [][]float64 // error `[shape][size]`
}

// newFitter prepares a fitter for these sizes, in ascending order.
func newFitter(sizes []float64) fitter {
	var f fitter
	for i := range powers {
		f.shapes = append(f.shapes, Law{A: 1, B: power(i)})
	}
	for i := range exponentials {
		f.shapes = append(f.shapes, Law{A: 1, T: sizes[len(sizes)-1] * math.Pow(0.75, float64(i))})
	}
	for _, shape := range f.shapes {
		var values []float64
		for _, n := range sizes {
			values = append(values, shape.Error(n))
		}
		f.values = append(f.values, values)
	}
	return f
}

// fit minimises the weighted sum of squares over all parameters, with a preference for powers.
// Weights are inverse variances.
func (f fitter) fit(errors, weights []float64) Law {
	var best Law
	least := math.Inf(1)
	for i, shape := range f.shapes {
		a, c, sum := linear(f.values[i], errors, weights)
		if shape.T > 0 {
			sum += preference
		}
		if sum < least {
			best, least = Law{A: a, B: shape.B, C: c, T: shape.T}, sum
		}
	}
	return best
}

// linear fits y = c + a x with a and c at least 0, and returns the weighted sum of squared
// residuals.
func linear(x, y, w []float64) (a, c, left float64) {
	var sw, sx, sy, sxx, sxy float64
	for i := range x {
		sw += w[i]
		sx += w[i] * x[i]
		sy += w[i] * y[i]
		sxx += w[i] * x[i] * x[i]
		sxy += w[i] * x[i] * y[i]
	}
	if det := sw*sxx - sx*sx; det > 0 {
		a = (sw*sxy - sx*sy) / det
	}
	c = (sy - a*sx) / sw
	switch {
	case a < 0:
		a, c = 0, sy/sw
	case c < 0:
		a, c = sxy/sxx, 0
	}
	for i := range x {
		d := y[i] - c - a*x[i]
		left += w[i] * d * d
	}
	return a, c, left
}

// law is the law fitted to the mean over seeds.
func (t table) law(scatter []float64) Law {
	var errors, weights []float64
	for j := range t.train {
		mean, fits := t.wrong(j)
		errors = append(errors, mean)
		weights = append(weights, 1/(scatter[j]/fits+minMisfit*minMisfit*mean*mean))
	}
	return newFitter(t.train).fit(errors, weights)
}
