package curve

import (
	"fmt"
	"math"
)

// Reach is the number of training photos per class at which the mean accuracy first reaches the
// given one, interpolated between sizes on a logarithmic scale. It is the smallest size if that
// reaches it already, and +Inf if no size does.
func (c Curve) Reach(accuracy float64) float64 {
	for i, p := range c.Points {
		if p.Accuracy < accuracy {
			continue
		}
		if i == 0 {
			return p.Train
		}
		before := c.Points[i-1]
		share := (accuracy - before.Accuracy) / (p.Accuracy - before.Accuracy)
		return before.Train * math.Pow(p.Train/before.Train, share)
	}
	return math.Inf(1)
}

// Needed puts [Curve.Reach] into words: "at most 5", "about 37" or "more than 200 photos a class".
func (c Curve) Needed(accuracy float64) string {
	switch n := c.Reach(accuracy); {
	case math.IsInf(n, 1) && len(c.Points) == 0:
		return "an unknown number of photos a class"
	case math.IsInf(n, 1):
		return fmt.Sprintf("more than %.0f photos a class", c.Points[len(c.Points)-1].Train)
	case n == c.Points[0].Train:
		return fmt.Sprintf("at most %.0f photos a class", n)
	default:
		return fmt.Sprintf("about %.0f photos a class", n)
	}
}
