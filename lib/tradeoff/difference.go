package tradeoff

import (
	"fmt"
	"math"

	"imagelab/lib/metric"
	"imagelab/lib/runlog"
)

// Difference is how much more often one arm is right than another on the same images, as a share of the images. It is a
// statement about these fits: other images would give another value, other seeds of the same arms too.
type Difference struct {
	Mean     float64
	Error    float64         // standard error over images, or over groups of them
	Interval metric.Interval // 95 %, see [metric.DifferenceOfMeans]
	Images   int
}

// guesses are the share of an arm's fits that are right, by image.
type guesses struct {
	right []float64
	of    *runlog.Outcomes // of one of the fits, for the images and their groups; nil: images without groups
}

func (g guesses) groups() []int {
	if g.of == nil {
		return nil
	}
	return g.of.Groups
}

// less is the difference of g less other. It is zero where they are not of the same images.
func (g guesses) less(other guesses) Difference {
	if len(g.right) == 0 || len(g.right) != len(other.right) || g.of != nil && !g.of.SameImages(other.of) {
		return Difference{}
	}
	d := Difference{Images: len(g.right)}
	d.Mean, d.Error, d.Interval = metric.DifferenceOfMeans(g.right, other.right, g.groups())
	return d
}

// worse reports whether the first of the two is worse by more than one standard error.
func (d Difference) worse() bool { return d.Mean < -d.Error }

// words is "0.6 points better (95 % interval: 1.6 points worse to 2.8 better)".
func (d Difference) words() string {
	low, high := points(d.Interval[0]), points(d.Interval[1])
	if d.Interval[0] > 0 || d.Interval[1] < 0 {
		low = fmt.Sprintf("%.1f", 100*math.Abs(d.Interval[0]))
	}
	return fmt.Sprintf("%s (95 %% interval: %s to %s)", points(d.Mean), low, high)
}

// points writes a difference of shares in percentage points.
func points(d float64) string {
	if d < 0 {
		return fmt.Sprintf("%.1f points worse", -100*d)
	}
	return fmt.Sprintf("%.1f points better", 100*d)
}
