package metric

import (
	"maps"
	"slices"
)

// clusters are the groups of photos; without groups every photo is one.
type clusters struct {
	of    []int     // group of each photo, from 0; nil: no groups
	sizes []float64 // number of photos in each group; nil if `of` is nil
	n     float64   // number of photos
}

func newClusters(groups []int, n int) clusters {
	c := clusters{n: float64(n)}
	if groups == nil {
		return c
	}
	numbers := map[int]int{}
	c.of = make([]int, n)
	for i, g := range groups {
		k, ok := numbers[g]
		if !ok {
			k = len(numbers)
			numbers[g] = k
			c.sizes = append(c.sizes, 0)
		}
		c.of[i] = k
		c.sizes[k]++
	}
	return c
}

// count is the number of groups.
func (c clusters) count() float64 {
	if c.of == nil {
		return c.n
	}
	return float64(len(c.sizes))
}

// variance is the variance of the mean of values with these residuals, which sum to 0, and its
// degrees of freedom.
func (c clusters) variance(residuals []float64) (v, df float64) {
	squares := 0.0
	for _, r := range residuals {
		squares += r * r
	}
	if c.of == nil {
		return squares / (c.n * (c.n - 1)), c.n - 1
	}
	sums := make([]float64, len(c.sizes))
	for i, r := range residuals {
		sums[c.of[i]] += r
	}
	for g, sum := range sums {
		v += sum * sum / (1 - c.sizes[g]/c.n) / (c.n * c.n)
	}
	return v, c.degrees(c.correlation(squares, sums))
}

// correlation is the correlation of two photos of one group, in [0,1], by analysis of variance.
// `squares` is the sum of all squared residuals, `sums` are the sums of the residuals of each
// group.
func (c clusters) correlation(squares float64, sums []float64) float64 {
	k, between, large := c.count(), 0.0, 0.0
	for g, sum := range sums {
		between += sum * sum / c.sizes[g]
		large += c.sizes[g] * c.sizes[g] / c.n
	}
	within := max(squares-between, 0) / max(c.n-k, 1)
	usual := (c.n - large) / (k - 1) // effective number of photos in a group
	shared := (between/(k-1) - within) / usual
	if !(shared > 0) {
		return 0
	}
	return shared / (shared + within)
}

// degrees are Satterthwaite's degrees of freedom of the variance over groups, if two photos of one
// group have the correlation r. The sum over a group of n photos has variance u(n) = n (1 + (n-1)
// r); residuals of groups have the covariances
//
//	u(n) [same] - (n u(m) + m u(n))/N + n m U/N²,   U the sum of all u.
func (c clusters) degrees(r float64) float64 {
	u := func(n float64) float64 { return n * (1 + (n-1)*r) }
	count, total := map[float64]float64{}, 0.0 // number of groups by their number of photos
	for _, n := range c.sizes {
		count[n]++
		total += u(n)
	}
	covariance := func(n, m float64) float64 { return n*m*total/(c.n*c.n) - (n*u(m)+m*u(n))/c.n }
	sizes := slices.Sorted(maps.Keys(count)) // in a fixed order, so that rounding is the same
	var trace, squares float64
	for _, n := range sizes {
		k := count[n]
		own := (u(n) + covariance(n, n)) / (1 - n/c.n)
		trace += k * own
		squares += k * own * own
		for _, m := range sizes {
			l := count[m]
			if m == n {
				l--
			}
			both := covariance(n, m)
			squares += k * l * both * both / ((1 - n/c.n) * (1 - m/c.n))
		}
	}
	return trace * trace / squares
}
