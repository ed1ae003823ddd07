package curve

import (
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"imagelab/lib/metric"
)

// table says which judged images were right in the fits of each size and seed.
type table struct {
	perClass []int
	train    []float64 // training images, ascending
	seeds    []uint64
	right    [][][]bool // [size][seed][image]; nil where a fit is missing
}

// half holds the sizes up to half of the largest.
func (t table) half() table {
	n := 0
	for n < len(t.train) && t.train[n] <= t.train[len(t.train)-1]/2 {
		n++
	}
	return table{t.perClass[:n], t.train[:n], t.seeds, t.right[:n]}
}

// only holds the sizes at which the seed with index s was fitted, for this seed.
func (t table) only(s int) table {
	one := table{seeds: t.seeds[s : s+1]}
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
		p.Accuracy, p.Interval = Crossed(rows)
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

// Crossed is the mean of right `[seed][image]` and its 95 % interval for other seeds and other images of the same kind.
//
// Every seed judges every image, so seeds and images are crossed random effects without repeats. With S seeds, N images
// and the mean squares MS of the two-way layout (Searle, Casella and McCulloch, Variance Components, 1992, chapter 4),
//
//	Var(mean) = (MS_seeds + MS_images - MS_rest) / (S N),
//
// where an effect whose mean square is below MS_rest counts as absent. Degrees of freedom follow Satterthwaite (1946),
// and Student's t is applied to the logit of the mean, which keeps the interval inside [0,1]. One seed tells nothing
// about other seeds: the interval is then Wilson's and covers the images only. It is Wilson's also when all or none are
// right. Without seeds or images the mean is NaN and the interval [0,1].
//
// In simulations with 34 to 656 images it holds the truth in 92 to 97 % of cases with 5 seeds, 90 to 97 % with 3, and 87
// to 98 % with 2, least where seeds matter more than images.
func Crossed(right [][]bool) (mean float64, interval metric.Interval) {
	if len(right) == 0 || len(right[0]) == 0 {
		return math.NaN(), metric.Interval{0, 1}
	}
	l := layoutOf(right)
	if l.seeds < 2 || l.images < 2 || l.mean == 0 || l.mean == 1 {
		return l.mean, metric.Wilson(int(math.Round(l.mean*l.images)), int(l.images))
	}
	v, df := l.variance()
	half := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: df}.Quantile(0.975) * math.Sqrt(v) / (l.mean * (1 - l.mean))
	logit := math.Log(l.mean / (1 - l.mean))
	return l.mean, metric.Interval{expit(logit - half), expit(logit + half)}
}

func expit(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

// layout is the analysis of variance of a crossed layout of zeros and ones.
type layout struct {
	seeds, images             float64 // counts
	mean                      float64
	msSeeds, msImages, msRest float64 // mean squares
}

func layoutOf(right [][]bool) layout {
	l := layout{seeds: float64(len(right)), images: float64(len(right[0]))}
	hits := make([]float64, len(right[0]))
	for _, row := range right {
		for i, ok := range row {
			if ok {
				hits[i]++
			}
		}
	}
	l.mean = floats.Sum(hits) / (l.seeds * l.images)
	var ssSeeds, ssImages float64
	for _, row := range right {
		d := share(row) - l.mean
		ssSeeds += l.images * d * d
	}
	for _, h := range hits {
		d := h/l.seeds - l.mean
		ssImages += l.seeds * d * d
	}
	ssRest := max(l.seeds*l.images*l.mean*(1-l.mean)-ssSeeds-ssImages, 0)
	l.msSeeds = ssSeeds / (l.seeds - 1)
	l.msImages = ssImages / (l.images - 1)
	l.msRest = ssRest / ((l.seeds - 1) * (l.images - 1))
	return l
}

// variance is that of the mean, with its degrees of freedom.
func (l layout) variance() (v, df float64) {
	n := l.seeds * l.images
	seeds, images, rest := l.msSeeds/n, l.msImages/n, l.msRest/n
	switch {
	case seeds <= rest && images <= rest:
		return rest, (l.seeds - 1) * (l.images - 1)
	case seeds <= rest:
		return images, l.images - 1
	case images <= rest:
		return seeds, l.seeds - 1
	}
	v = seeds + images - rest
	spread := seeds*seeds/(l.seeds-1) + images*images/(l.images-1) + rest*rest/((l.seeds-1)*(l.images-1))
	return v, v * v / spread
}
