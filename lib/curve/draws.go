package curve

import (
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/floats"
)

// Limits to how closely real curves follow the law. These values, and `preference`, were chosen on
// simulated curves of other shapes: most results of [Curve.Check] lie inside their 90 % intervals,
// and the intervals are not wider than needed.
const (
	minMisfit       = 0.02 // smallest relative misfit of the law; assumed even if the curve shows less
	maxMisfit       = 0.20 // largest relative misfit; a few sizes cannot show more
	extrapolationSD = 0.35 // standard deviation of draw.factor
)

// draw is one resampled curve.
type draw struct {
	law    Law
	from   float64 // largest measured size, photos per class
	factor float64 // how much faster the error falls beyond that size than the law says; 1: equally fast
	misfit float64 // relative misfit of the law
}

// wrong is the share of wrong answers after training on n photos of each class.
func (d draw) wrong(n float64) float64 {
	if n <= d.from {
		return d.law.Error(n)
	}
	last := d.law.Error(d.from)
	return max(last-d.factor*(last-d.law.Error(n)), 0)
}

// resample draws `count` curves by bootstrap. It draws seeds with replacement and, unless `fixed`,
// photos or their groups too. A draw applies to all sizes at once, because one seed and one photo
// affect the whole curve. Drawing from S seeds shows (S-1)/S of their variance; resample adds the
// rest, and the misfit of the law, as normal noise. `scatter` is the variance of a single seed's
// error at each size.
func (t table) resample(rng *rand.Rand, count int, fixed bool, scatter []float64) []draw {
	f, misfit := newFitter(t.train), t.misfit(scatter)
	rates := t.rates(drawCounts(rng, t.images(), true))
	draws := make([]draw, count)
	errors, weights := make([]float64, len(t.train)), make([]float64, len(t.train))
	for i := range draws {
		if !fixed {
			rates = t.rates(t.drawImages(rng))
		}
		seeds := drawCounts(rng, len(t.seeds), false)
		for j, row := range rates {
			mean, fits := drawnMean(row, seeds), float64(len(t.distinct(j)))
			off := misfit * mean
			errors[j] = mean + rng.NormFloat64()*math.Sqrt(scatter[j]/(fits*fits)+off*off)
			weights[j] = 1 / (scatter[j]/fits + off*off)
		}
		factor := min(max(1+extrapolationSD*rng.NormFloat64(), 0), 2)
		draws[i] = draw{f.fit(errors, weights), t.train[len(t.train)-1], factor, misfit}
	}
	return draws
}

// drawCounts is how often each of n things is drawn in n draws with replacement; if fixed, once
// each.
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

// drawImages is how often each judged photo counts after drawing photos, or their groups, with
// replacement.
func (t table) drawImages(rng *rand.Rand) []float64 {
	if t.groups == nil {
		return drawCounts(rng, t.images(), false)
	}
	numbers := map[int]int{} // numbered from 0, since a class may have only some of the groups
	for _, g := range t.groups {
		if _, ok := numbers[g]; !ok {
			numbers[g] = len(numbers)
		}
	}
	drawn, counts := drawCounts(rng, len(numbers), false), make([]float64, len(t.groups))
	for i, g := range t.groups {
		counts[i] = drawn[numbers[g]]
	}
	return counts
}

// rates are the shares of wrong answers `[size][seed]` if photo i counts images[i] times; NaN for a
// missing fit.
func (t table) rates(images []float64) [][]float64 {
	rates, all := make([][]float64, len(t.right)), floats.Sum(images)
	for j, rows := range t.right {
		rates[j] = make([]float64, len(rows))
		for s, row := range rows {
			if row == nil {
				rates[j][s] = math.NaN()
				continue
			}
			wrong := 0.0
			for i, ok := range row {
				if !ok {
					wrong += images[i]
				}
			}
			rates[j][s] = wrong / all
		}
	}
	return rates
}

// drawnMean is the mean of a row of rates over the drawn seeds. If none of the drawn seeds was
// fitted, it is the mean over all fitted seeds.
func drawnMean(row, seeds []float64) float64 {
	var sum, weight, all, fits float64
	for s, rate := range row {
		if !math.IsNaN(rate) {
			sum, weight = sum+seeds[s]*rate, weight+seeds[s]
			all, fits = all+rate, fits+1
		}
	}
	if weight == 0 {
		return all / fits
	}
	return sum / weight
}

// misfit is how far the mean curve lies from the law beyond what the variance of the seeds
// explains, as a share of the error.
func (t table) misfit(scatter []float64) float64 {
	law, sizes, excess := t.law(scatter), float64(len(t.train)), 0.0
	const parameters = 3
	for j, n := range t.train {
		mean, fits := t.wrong(j)
		e := law.Error(n)
		chance := scatter[j] / fits * (sizes - parameters) / sizes // the fit follows part of the noise
		excess += ((mean-e)*(mean-e) - chance) / (e * e)
	}
	return min(math.Sqrt(max(excess/max(sizes-parameters, 1), minMisfit*minMisfit)), maxMisfit)
}

func (t table) images() int {
	for _, row := range t.right[0] {
		if row != nil {
			return len(row)
		}
	}
	return 0
}

// wrong is the mean share of wrong answers at size j, and the number of fits that are repeats.
func (t table) wrong(j int) (mean, fits float64) {
	rows := t.distinct(j)
	for _, row := range rows {
		mean += 1 - share(row)
	}
	fits = float64(len(rows))
	return mean / fits, fits
}

// scatter is the variance of a single seed's error at each size, on these judged photos. It is
// estimated as a multiple of the binomial variance e(1-e), pooled over a size and its neighbours
// because few seeds say little by themselves, or over all sizes if none of these was repeated. A
// fit that stands for all seeds is no repeat. The variance is at least a tenth of the variance over
// independent photos.
func (t table) scatter() []float64 {
	n := float64(t.images())
	var squares, degrees, binomial []float64
	for j := range t.right {
		mean, _ := t.wrong(j)
		rows := t.distinct(j)
		e := min(max(mean, 0.5/n), 1-0.5/n)
		ss := 0.0
		for _, row := range rows {
			d := 1 - share(row) - mean
			ss += d * d
		}
		binomial = append(binomial, e*(1-e))
		squares, degrees = append(squares, ss/(e*(1-e))), append(degrees, float64(len(rows)-1))
	}
	scatter := make([]float64, len(t.train))
	for j := range scatter {
		low, high := max(j-1, 0), min(j+2, len(scatter))
		ss, df := floats.Sum(squares[low:high]), floats.Sum(degrees[low:high])
		if df == 0 {
			ss, df = floats.Sum(squares), max(floats.Sum(degrees), 1)
		}
		scatter[j] = binomial[j] * max(ss/df, 0.1/n)
	}
	return scatter
}
