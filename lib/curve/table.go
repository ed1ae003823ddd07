package curve

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/stat"

	"imagelab/lib/metric"
)

// table says which judged images were right in the fits of each size and seed.
type table struct {
	perClass []int
	train    []float64 // training images, ascending
	seeds    []uint64
	right    [][][]bool // [size][seed][image]; nil where a fit is missing
	fitted   [][]bool   // [size][seed]: not one fit that stands for all seeds
	shared   []float64  // [size]: the part of the training images that two seeds have in common
	groups   []int      // of the images; nil: every image for itself
}

// half holds the sizes up to half of the largest.
func (t table) half() table {
	n := 0
	for n < len(t.train) && t.train[n] <= t.train[len(t.train)-1]/2 {
		n++
	}
	return table{t.perClass[:n], t.train[:n], t.seeds, t.right[:n], t.fitted[:n], t.shared[:n], t.groups}
}

// only holds the sizes at which the seed with index s was fitted, for this seed.
func (t table) only(s int) table {
	one := table{seeds: t.seeds[s : s+1], groups: t.groups}
	for j, rows := range t.right {
		if rows[s] != nil {
			one.perClass, one.train = append(one.perClass, t.perClass[j]), append(one.train, t.train[j])
			one.right, one.shared = append(one.right, rows[s:s+1]), append(one.shared, t.shared[j])
			one.fitted = append(one.fitted, t.fitted[j][s:s+1])
		}
	}
	return one
}

// points summarises every size. Intervals hold what the choice of training images does: seeds choose from one pool, so two
// seeds share the more images the larger a size is, and differ the less; at the size of the pool they show nothing. Where
// two share the part r of their images, the mean of S seeds varies, like that of overlapping splits (Nadeau and Bengio
// 2003), by (1-r)/S + r of what one fit on new images would. The first part is in the seeds; the second is added, with the
// variance of one fit taken from all sizes.
func (t table) points() []Point {
	var points []Point
	spreads := make([]float64, len(t.train))
	for j := range t.train {
		p := Point{PerClass: t.perClass[j], Train: t.train[j]}
		var rows [][]bool
		for s, row := range t.right[j] {
			if t.fitted[j][s] {
				rows = append(rows, row)
				p.Seeds, p.Each = append(p.Seeds, t.seeds[s]), append(p.Each, share(row))
			}
		}
		if p.Once = p.PerClass == 0 && len(rows) > 1 && identical(rows); p.Once {
			rows = rows[:1]
		}
		p.Accuracy, p.Interval = metric.Accuracy(rows, t.groups)
		spreads[j] = metric.Crossed(metric.Shares(rows), t.groups).Spread
		p.Once = p.Once || len(rows) == 1 && len(t.seeds) > 1 && t.whole(j)
		points = append(points, p)
	}
	t.addPool(points, spreads)
	return points
}

// whole reports whether one fit stands for all seeds at size j.
func (t table) whole(j int) bool {
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

// slowing is the power of the number of training images with which the variance of fits on other images falls, as it is
// taken to be on the scale of logits. On clothing, foods and solar it falls faster, so intervals at all images are wide enough.
const slowing = 0.5

// addPool replaces the intervals of points by those that hold other images to train on. spreads are the variances that seeds
// show.
func (t table) addPool(points []Point, spreads []float64) {
	for j, p := range points {
		slope := p.Accuracy * (1 - p.Accuracy)
		if slope == 0 {
			continue
		}
		near, nearDF := t.onePool(points, spreads, j, max(j-2, 0), min(j+2, len(points)))
		all, df := t.onePool(points, spreads, j, 0, len(points))
		if near > all {
			all, df = near, nearDF
		}
		if !(all > 0) {
			continue
		}
		one, fits := all*slope*slope, float64(len(p.Seeds))
		e := metric.Crossed([][]float64{imageMeans(t.right[j])}, t.groups)
		points[j].Interval = e.Plus(one*((1-t.shared[j])/fits+t.shared[j]), df).Interval()
	}
}

// onePool is the variance of one fit on size j of a pool of its own, on the scale of logits, as the seeds of the sizes low to
// high show it, with its degrees of freedom: sizes are nested, and taken to tell half as much as sizes of their own images.
func (t table) onePool(points []Point, spreads []float64, j, low, high int) (v, df float64) {
	sum, weight := 0.0, 0.0
	for k := low; k < high; k++ {
		apart, fits, slope := 1-t.shared[k], float64(len(points[k].Seeds)), points[k].Accuracy*(1-points[k].Accuracy)
		if fits > 1 && !points[k].Once && apart > 0.1 && slope > 0 {
			sum += (fits - 1) * spreads[k] / (slope * slope) * math.Pow(t.train[k]/t.train[j], slowing)
			weight += (fits - 1) * apart
		}
	}
	return sum / weight, max(weight/2, 1)
}

// fall is by how much the mean accuracy of the last size lies below that of the size before, or 0 unless this exceeds
// twice its standard error over the images.
func (t table) fall() float64 {
	last := len(t.train) - 1
	if last < 1 {
		return 0
	}
	before, now := imageMeans(t.right[last-1]), imageMeans(t.right[last])
	floats.Sub(before, now)
	mean, sd := stat.MeanStdDev(before, nil)
	if !(mean > 2*stat.StdErr(sd, float64(len(before)))) { // also for one image
		return 0
	}
	return mean
}

// imageMeans is how often each image was right, as a share of the fits.
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
