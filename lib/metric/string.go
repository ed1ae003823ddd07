package metric

import (
	"fmt"

	"imagelab/lib/text"
)

// String is the result in a line: accuracy with its interval and number of images, and the measures
// beside it.
func (r Result) String() string {
	images := text.Count(r.N, "image")
	if r.Groups > 0 {
		images += " in " + text.Count(r.Groups, "group")
	}
	return fmt.Sprintf("top-1 %.2f %% (95 %% interval %.1f to %.1f, %s), balanced accuracy %.2f %%, log loss "+
		"%.3f, calibration error %.3f",
		100*r.Top1, 100*r.Interval[0], 100*r.Interval[1], images, 100*r.Balanced, r.LogLoss, r.ECE)
}
