package curve

import "math"

// Law is the falling power law of learning curves, error(n) = C + A n^-B: a floor, and what more images remove (Cortes et
// al. 1994, Hestness et al. 2017). A and C are at least 0, B lies in [0.02, 2].
type Law struct{ A, B, C float64 }

// Error is the share of wrong answers after training on n images of each class.
func (l Law) Error(n float64) float64 { return l.C + l.A*math.Pow(n, -l.B) }

// exponents are the values of B that a fit tries, 7.5 % apart.
const exponents = 64

func exponent(i int) float64 { return 0.02 * math.Pow(100, float64(i)/(exponents-1)) }

// fitter fits the law to errors at fixed sizes. For a given exponent the law is linear in A and C.
type fitter struct {
	powers [exponents][]float64 // n^-B of each size
}

func newFitter(sizes []float64) *fitter {
	f := &fitter{}
	for i := range f.powers {
		for _, n := range sizes {
			f.powers[i] = append(f.powers[i], math.Pow(n, -exponent(i)))
		}
	}
	return f
}

// fit minimises the weighted sum of squares over all three parameters. Weights are inverse variances.
func (f *fitter) fit(errors, weights []float64) Law {
	var best Law
	least := math.Inf(1)
	for i := range f.powers {
		a, c, sum := linear(f.powers[i], errors, weights)
		if sum < least {
			best, least = Law{A: a, B: exponent(i), C: c}, sum
		}
	}
	return best
}

// linear fits y = c + a x with a and c at least 0, and returns the weighted sum of squares that is left.
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
