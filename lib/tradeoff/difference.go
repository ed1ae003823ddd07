package tradeoff

import (
	"fmt"
	"math"

	"imagelab/lib/metric"
	"imagelab/lib/runlog"
)

// Difference is the difference in accuracy of two models on the same photos, as a share of the
// photos. It is about these fits: the interval includes the choice of photos, not the choice of
// seeds.
type Difference struct {
	Mean     float64
	Error    float64         // standard error over photos, or over groups of photos
	Interval metric.Interval // 95 %, see [metric.DifferenceOfMeans]
	Images   int             // number of photos compared; 0: none, see Why
	Why      string          // reason why there is no difference, after "because"; empty: there is one
}

// Reasons of [Difference.Why].
const (
	unpaired = "there are no predictions of both models for the same single photos"
	oneGroup = "photos of one group do not show how much chance matters"
	onePhoto = "one photo does not show how much chance matters"
)

// guesses are the predictions of a model: for each photo, the share of its fits that are right.
type guesses struct {
	right []float64
	of    *runlog.Outcomes // outcomes of one of the fits, for the photos and their groups; nil: no groups
}

func (g guesses) groups() []int {
	if g.of == nil {
		return nil
	}
	return g.of.Groups
}

// less is the difference g minus other. It only has a Why if they are not of the same photos, or if
// the photos are of one group: their standard error is infinite then, and would let every model
// pass as one that is as good as the best.
func (g guesses) less(other guesses) Difference {
	if len(g.right) == 0 || len(g.right) != len(other.right) || g.of != nil && !g.of.SameImages(other.of) {
		return Difference{Why: unpaired}
	}
	d := Difference{Images: len(g.right)}
	d.Mean, d.Error, d.Interval = metric.DifferenceOfMeans(g.right, other.right, g.groups())
	if !math.IsInf(d.Error, 0) && !math.IsNaN(d.Error) {
		return d
	}
	if g.groups() == nil {
		return Difference{Why: onePhoto}
	}
	return Difference{Why: oneGroup}
}

// worse reports whether the first model is worse by more than one standard error.
func (d Difference) worse() bool { return d.Mean < -d.Error }

// judges reports whether these photos can compare models: they are not of one group.
func (g guesses) judges() bool { return g.less(g).Images > 0 }

// words is "0.6 points better (95 % interval: 1.6 points worse to 2.8 better)".
func (d Difference) words() string {
	low, high := points(d.Interval[0]), points(d.Interval[1])
	if d.Interval[0] > 0 || d.Interval[1] < 0 {
		low = fmt.Sprintf("%.1f", 100*math.Abs(d.Interval[0]))
	}
	return fmt.Sprintf("%s (95 %% interval: %s to %s)", points(d.Mean), low, high)
}

// points is a difference of shares in percentage points.
func points(d float64) string {
	if d < 0 {
		return fmt.Sprintf("%.1f points worse", -100*d)
	}
	return fmt.Sprintf("%.1f points better", 100*d)
}
