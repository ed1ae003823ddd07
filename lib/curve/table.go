package curve

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/stat/distuv"

	"imagelab/lib/metric"
)

// table holds which judged photos were classified correctly by the fit of each size and seed.
type table struct {
	perClass []int      // sizes that were asked for, photos per class; 0: all
	train    []float64  // number of training photos, ascending
	seeds    []uint64   // seeds of the fits, ascending
	right    [][][]bool // [size][seed][photo]; nil for a missing fit
	fitted   [][]bool   // [size][seed]; false for a copy of the one fit that counts for all seeds
	shared   []float64  // [size]: share of the training photos that two seeds have in common
	groups   []int      // group number of each photo; nil: no groups
}

// half is the table of the sizes up to half of the largest.
func (t table) half() table {
	n := 0
	for n < len(t.train) && t.train[n] <= t.train[len(t.train)-1]/2 {
		n++
	}
	return table{t.perClass[:n], t.train[:n], t.seeds, t.right[:n], t.fitted[:n], t.shared[:n], t.groups}
}

// only is the table of one seed, with index s, at the sizes at which it was fitted. A copy counts
// as its fit there.
func (t table) only(s int) table {
	one := table{seeds: t.seeds[s : s+1], groups: t.groups}
	for j, rows := range t.right {
		if rows[s] != nil {
			one.perClass, one.train = append(one.perClass, t.perClass[j]), append(one.train, t.train[j])
			one.right, one.shared = append(one.right, rows[s:s+1]), append(one.shared, t.shared[j])
			one.fitted = append(one.fitted, []bool{true})
		}
	}
	return one
}

// points summarises each size. The intervals include the choice of training photos. All seeds
// choose from one pool of photos, so the subsets of two seeds overlap, the more the larger the
// size, and at the size of the pool they are equal. If two subsets share the part r of their
// photos, the variance of the mean of S seeds is (1-r)/S + r times the variance of one fit on new
// photos, as for overlapping splits (Nadeau and Bengio 2003). The seeds show the first term; points
// adds the second, with the variance of one fit estimated from all sizes.
func (t table) points() []Point {
	var points []Point
	spreads := make([]float64, len(t.train))
	for j := range t.train {
		p := Point{PerClass: t.perClass[j], Train: t.train[j]}
		for s, row := range t.right[j] {
			if t.fitted[j][s] {
				p.Seeds, p.Each = append(p.Seeds, t.seeds[s]), append(p.Each, share(row))
			}
		}
		rows := t.distinct(j)
		p.Once = len(rows) < len(p.Seeds)
		p.Accuracy, p.Interval = metric.Accuracy(rows, t.groups)
		spreads[j] = metric.MeanCI(metric.Shares(rows), t.groups).Spread
		p.Once = p.Once || len(rows) == 1 && len(t.seeds) > 1 && t.fitForAll(j)
		points = append(points, p)
	}
	t.addPool(points, spreads)
	return points
}

// distinct are the fits of size j that count as repeats: copies of the one fit that stands for all
// seeds do not, and fits on all photos that are the same count as one.
func (t table) distinct(j int) [][]bool {
	var rows [][]bool
	for s, row := range t.right[j] {
		if t.fitted[j][s] {
			rows = append(rows, row)
		}
	}
	if t.perClass[j] == 0 && len(rows) > 1 && identical(rows) {
		return rows[:1]
	}
	return rows
}

// fitForAll reports whether there is a fit, or a copy of one, for every seed at size j.
func (t table) fitForAll(j int) bool {
	return !slices.ContainsFunc(t.right[j], func(row []bool) bool { return row == nil })
}

func identical(rows [][]bool) bool {
	for _, row := range rows {
		if !slices.Equal(row, rows[0]) {
			return false
		}
	}
	return true
}

// poolPower is the power with which the variance between fits on different training photos is
// assumed to fall with the number of training photos, on the logit scale. On clothing, foods and
// solar it falls faster, so the intervals at all photos are wide enough.
const poolPower = 0.5

// addPool replaces the intervals of points by intervals that include the choice of training photos.
// `spreads` are the variances between seeds at each size.
func (t table) addPool(points []Point, spreads []float64) {
	for j, p := range points {
		slope := p.Accuracy * (1 - p.Accuracy)
		if slope == 0 {
			continue
		}
		near, nearDF := t.poolVariance(points, spreads, j, max(j-2, 0), min(j+2, len(points)))
		all, df := t.poolVariance(points, spreads, j, 0, len(points))
		if near > all {
			all, df = near, nearDF
		}
		if !(all > 0) {
			continue
		}
		one, fits := all*slope*slope, float64(len(p.Seeds))
		e := metric.MeanCI([][]float64{imageMeans(t.right[j])}, t.groups)
		points[j].Interval = e.Plus(one*((1-t.shared[j])/fits+t.shared[j]), df).Interval()
	}
}

// poolVariance is the variance of one fit of size j on new photos, on the logit scale, estimated
// from the seeds of the sizes low to high, with its degrees of freedom. Sizes are nested, so they
// count half as much as independent ones.
func (t table) poolVariance(points []Point, spreads []float64, j, low, high int) (v, df float64) {
	sum, weight := 0.0, 0.0
	for k := low; k < high; k++ {
		apart, fits, slope := 1-t.shared[k], float64(len(points[k].Seeds)), points[k].Accuracy*(1-points[k].Accuracy)
		if fits > 1 && !points[k].Once && apart > 0.1 && slope > 0 {
			sum += (fits - 1) * spreads[k] / (slope * slope) * math.Pow(t.train[k]/t.train[j], poolPower)
			weight += (fits - 1) * apart
		}
	}
	return sum / weight, max(weight/2, 1)
}

// fall is how much lower the mean accuracy of the last size is than that of the size before; 0 if
// the difference may be chance. Of `tests` classes whose recall does not fall, any is named in at
// most 2.5 % of cases (Bonferroni): the difference must exceed the quantile 1 - 0.025/tests of
// Student's t times its standard error over photos or their groups. One photo, or one group, shows
// no fall, since its standard error is infinite.
func (t table) fall(tests int) float64 {
	last := len(t.train) - 1
	if last < 1 {
		return 0
	}
	before, now := imageMeans(t.right[last-1]), imageMeans(t.right[last])
	mean, standardError, _ := metric.DifferenceOfMeans(before, now, t.groups)
	if !(mean > 0) || math.IsInf(standardError, 0) {
		return 0
	}
	floats.Sub(before, now)
	df := metric.MeanCI([][]float64{before}, t.groups).DF
	bound := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: df}.Quantile(1 - 0.025/float64(tests))
	if !(mean > bound*standardError) {
		return 0
	}
	return mean
}

// imageMeans is the share of the fits that were right, for each photo.
func imageMeans(rows [][]bool) []float64 {
	var means []float64
	fits := 0.0
	for _, row := range rows {
		if row == nil {
			continue
		}
		fits++
		if means == nil {
			means = make([]float64, len(row))
		}
		for i, ok := range row {
			if ok {
				means[i]++
			}
		}
	}
	floats.Scale(1/fits, means)
	return means
}

func share(right []bool) float64 {
	hits := 0
	for _, ok := range right {
		if ok {
			hits++
		}
	}
	return float64(hits) / float64(len(right))
}
