package curve

import (
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
	groups   []int      // of the images; nil: every image for itself
}

// half holds the sizes up to half of the largest.
func (t table) half() table {
	n := 0
	for n < len(t.train) && t.train[n] <= t.train[len(t.train)-1]/2 {
		n++
	}
	return table{t.perClass[:n], t.train[:n], t.seeds, t.right[:n], t.groups}
}

// only holds the sizes at which the seed with index s was fitted, for this seed.
func (t table) only(s int) table {
	one := table{seeds: t.seeds[s : s+1], groups: t.groups}
	for j, rows := range t.right {
		if rows[s] != nil {
			one.perClass, one.train = append(one.perClass, t.perClass[j]), append(one.train, t.train[j])
			one.right = append(one.right, rows[s:s+1])
		}
	}
	return one
}

// points summarises every size.
func (t table) points() []Point {
	var points []Point
	for j := range t.train {
		p := Point{PerClass: t.perClass[j], Train: t.train[j]}
		var rows [][]bool
		for s, row := range t.right[j] {
			if row != nil {
				rows = append(rows, row)
				p.Seeds, p.Each = append(p.Seeds, t.seeds[s]), append(p.Each, share(row))
			}
		}
		p.Accuracy, p.Interval = metric.Accuracy(rows, t.groups)
		points = append(points, p)
	}
	return points
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

// Crossed is [metric.Accuracy] of images without groups.
func Crossed(right [][]bool) (mean float64, interval metric.Interval) { return metric.Accuracy(right, nil) }
