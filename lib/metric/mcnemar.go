package metric

import (
	"cmp"
	"maps"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// McNemar is McNemar's test for two classifiers on the same photos: onlyFirst is the number of
// photos that only the first one classifies correctly, onlySecond that of the second. Both results
// are two-sided p values of the hypothesis that the two are equally accurate: the exact binomial
// one, which is conservative, and mid-p, which counts half of the probability of the observed
// result (Fagerland, Lydersen and Laake, The McNemar test for binary matched-pairs data, 2013).
// Both are 1 if both numbers are 0.
func McNemar(onlyFirst, onlySecond int) (exact, midP float64) {
	differences := slices.Concat(slices.Repeat([]int{1}, onlyFirst), slices.Repeat([]int{-1}, onlySecond))
	return SignFlip(differences)
}

// SignFlip is the sign-flip test, which is McNemar's test for classifiers that were fitted several
// times. differences[i] is the number of fits of the first classifier that are correct on photo i,
// minus that of the second. If the two were equally accurate, each difference could as well have
// the other sign: the p values are the share of all sign flips whose sum is at least as far from 0
// as the observed one, computed exactly. The unit is the photo, so repeated fits do not count as
// more photos. The result is about these fits; use the interval over seeds for other seeds.
func SignFlip(differences []int) (exact, midP float64) {
	images, sum := map[int]int{}, 0 // number of photos by size of the difference
	for _, d := range differences {
		sum += d
		images[max(d, -d)]++
	}
	delete(images, 0)
	most, weights := 0, []float64{1} // weights[i] is the probability of a sum of 2*i-most
	for _, size := range slices.Sorted(maps.Keys(images)) {
		weights = addFlips(weights, size, images[size])
		most += size * images[size]
	}
	if most == 0 {
		return 1, 1
	}
	beyond, at := 0.0, 0.0
	for i, p := range weights {
		switch s := 2*i - most; {
		case max(s, -s) > max(sum, -sum):
			beyond += p
		case max(s, -s) == max(sum, -sum):
			at += p
		}
	}
	return min(1, beyond+at), min(1, beyond+at/2)
}

// ByGroup are the sums of differences over the photos of each group, for [SignFlip]: photos of a
// group are right and wrong together, so the group is the unit. Without groups they are differences
// themselves.
func ByGroup(differences, groups []int) []int {
	if groups == nil {
		return differences
	}
	at, sums := map[int]int{}, []int{}
	for i, d := range differences {
		k, ok := at[groups[i]]
		if !ok {
			k = len(sums)
			at[groups[i]] = k
			sums = append(sums, 0)
		}
		sums[k] += d
	}
	return sums
}

// addFlips convolves a distribution with that of the sum of n random signs, where each positive
// sign adds `size`.
func addFlips(weights []float64, size, n int) []float64 {
	flips := distuv.Binomial{N: float64(n), P: 0.5}
	out := make([]float64, len(weights)+size*n)
	for k := range n + 1 {
		p := flips.Prob(float64(k))
		for i, w := range weights {
			out[i+size*k] += w * p
		}
	}
	return out
}

// Holm adjusts the p values of several tests (Holm 1979): if those below 0.05 are called
// significant, the probability of any false positive is at most 5 %. The order is kept. NaN stays
// and does not count.
func Holm(p []float64) []float64 {
	order := make([]int, 0, len(p))
	out := slices.Clone(p)
	for i, v := range p {
		if !math.IsNaN(v) {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(p[a], p[b]) })
	least := 0.0
	for rank, i := range order {
		least = max(least, min(1, float64(len(order)-rank)*p[i]))
		out[i] = least
	}
	return out
}
