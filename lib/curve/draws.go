package curve

import (
	"math"
	"math/rand/v2"
)

const (
	misfit = 0.04 // share of the error by which a real curve strays from the law at each size
	faith  = 0.35 // standard deviation of the factor between a fall beyond the data and the law's
)

// draw is one curve that the data allow: the law of one resample, and the factor by which the error falls faster or
// slower than this law beyond the largest measured size.
type draw struct {
	law          Law
	from, factor float64
}

// error is the share of wrong answers after training on n images of each class.
func (d draw) error(n float64) float64 {
	if n <= d.from {
		return d.law.Error(n)
	}
	last := d.law.Error(d.from)
	return max(last-d.factor*(last-d.law.Error(n)), 0)
}

// resample gives count curves that the data allow. Whole seeds are drawn with replacement and, unless fixed, images
// too, each for all sizes at once: what seeds and images do to a whole curve is thus kept together. Drawing from S
// seeds shows (S-1)/S of their variance; the rest, and the misfit of the law, is added as normal noise.
func (t table) resample(rng *rand.Rand, count int, fixed bool, scatter []float64) []draw {
	f := newFitter(t.train)
	draws := make([]draw, count)
	errors, weights := make([]float64, len(t.train)), make([]float64, len(t.train))
	for i := range draws {
		seeds, images := drawCounts(rng, len(t.seeds), false), drawCounts(rng, t.images(), fixed)
		for j := range t.train {
			mean, fits := t.errorOf(j, seeds, images)
			stray := misfit * mean
			errors[j] = mean + rng.NormFloat64()*math.Sqrt(scatter[j]/(fits*fits)+stray*stray)
			weights[j] = 1 / (scatter[j]/fits + stray*stray)
		}
		factor := min(max(1+faith*rng.NormFloat64(), 0), 2)
		draws[i] = draw{f.fit(errors, weights), t.train[len(t.train)-1], factor}
	}
	return draws
}

// drawCounts says how often each of n things is drawn in n draws with replacement; once each when fixed.
func drawCounts(rng *rand.Rand, n int, fixed bool) []float64 {
	counts := make([]float64, n)
	for i := range n {
		if fixed {
			counts[i] = 1
		} else {
			counts[rng.IntN(n)]++
		}
	}
	return counts
}

func (t table) images() int {
	for _, row := range t.right[0] {
		if row != nil {
			return len(row)
		}
	}
	return 0
}

// errorOf is the weighted share of wrong answers at size j, and the number of fits there. When none of the drawn seeds
// was fitted at this size, all that were count.
func (t table) errorOf(j int, seeds, images []float64) (mean, fits float64) {
	var sum, weight, all float64
	for s, row := range t.right[j] {
		if row == nil {
			continue
		}
		wrong := 0.0
		for i, ok := range row {
			if !ok {
				wrong += images[i]
			}
		}
		wrong /= float64(len(row))
		fits++
		sum, weight, all = sum+seeds[s]*wrong, weight+seeds[s], all+wrong
	}
	if weight == 0 {
		return all / fits, fits
	}
	return sum / weight, fits
}

// wrong is the share of wrong answers at size j, and the number of fits there.
func (t table) wrong(j int) (mean, fits float64) {
	for _, row := range t.right[j] {
		if row != nil {
			mean, fits = mean+1-share(row), fits+1
		}
	}
	return mean / fits, fits
}

// scatter is the variance of a single seed's error at each size, for these images. It is estimated as a multiple of the
// binomial e(1-e), pooled over a size and its neighbours, since few seeds tell little by themselves; at least a tenth
// of what independent images would show. It is NaN where no seed was repeated.
func (t table) scatter() []float64 {
	n := float64(t.images())
	var squares, degrees, binomial []float64
	for j := range t.train {
		mean, fits := t.wrong(j)
		e := min(max(mean, 0.5/n), 1-0.5/n)
		ss := 0.0
		for _, row := range t.right[j] {
			if row != nil {
				d := 1 - share(row) - mean
				ss += d * d
			}
		}
		binomial = append(binomial, e*(1-e))
		squares, degrees = append(squares, ss/(e*(1-e))), append(degrees, fits-1)
	}
	scatter := make([]float64, len(t.train))
	for j := range scatter {
		var ss, df float64
		for k := max(j-1, 0); k <= min(j+1, len(scatter)-1); k++ {
			ss, df = ss+squares[k], df+degrees[k]
		}
		scatter[j] = binomial[j] * max(ss/df, 0.1/n)
	}
	return scatter
}
