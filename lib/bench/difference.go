package bench

import (
	"fmt"
	"math"

	"imagelab/lib/metric"
)

// Difference is how much more often one arm is right than another on the same images, as a share of the images. It is a
// statement about these fits: other images would give another value, other seeds of the same arms too.
type Difference struct {
	Mean     float64
	Error    float64         // standard error over images
	Interval metric.Interval // 95 %
	Images   int
}

// difference of a less b, each the share of its fits that are right, by image. The interval is that of Agresti and Min
// (2005, Simple improved confidence intervals for comparing matched proportions): two made-up images are added, half of
// one for each of the four outcomes of a pair, so that few images that differ do not make the interval too short. Mean
// is without them.
func difference(a, b []float64) Difference {
	var sum, squares float64
	for i := range a {
		d := a[i] - b[i]
		sum, squares = sum+d, squares+d*d
	}
	n := float64(len(a)) + 2
	centre := sum / n
	d := Difference{Mean: sum / max(float64(len(a)), 1), Images: len(a)}
	d.Error = math.Sqrt(((squares+1)/n - centre*centre) / n) // half an image right by a alone and half by b alone
	d.Interval = metric.Interval{max(centre-1.96*d.Error, -1), min(centre+1.96*d.Error, 1)}
	return d
}

// less reports whether the first of the two is worse by more than one standard error.
func (d Difference) less() bool { return d.Mean < -d.Error }

// words is "0.6 points better (95 % interval: 1.6 points worse to 2.8 better)".
func (d Difference) words() string {
	mean := points(d.Mean)
	if math.Abs(d.Mean) < 0.0005 {
		mean = "equal"
	}
	return fmt.Sprintf("%s (95 %% interval: %s to %s)", mean, points(d.Interval[0]), points(d.Interval[1]))
}

// points writes a difference of shares in percentage points.
func points(d float64) string {
	if d < 0 {
		return fmt.Sprintf("%.1f points worse", -100*d)
	}
	return fmt.Sprintf("%.1f points better", 100*d)
}
