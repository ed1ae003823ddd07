package metric

import (
	"errors"
	"fmt"
)

// Validate returns an error for a result that no evaluation gives, such as one from a damaged file:
// shares outside [0,1], a matrix that does not match the classes, or wrong numbers of photos. The
// zero result is valid.
func (r Result) Validate() error {
	if r.N < 0 || r.Groups < 0 || r.Groups > r.N || r.LogLoss < 0 {
		return fmt.Errorf("a result has %d photos in %d groups with a log loss of %g", r.N, r.Groups, r.LogLoss)
	}
	for _, share := range []float64{r.Top1, r.Balanced, r.MacroF1, r.ECE} {
		if !isShare(share) {
			return fmt.Errorf("a result has a share of %g, which is not between 0 and 1", share)
		}
	}
	if r.Interval[0] > r.Interval[1] {
		return fmt.Errorf("a result has an interval from %g to %g", r.Interval[0], r.Interval[1])
	}
	for name, c := range r.PerClass {
		if !isShare(c.Precision) || !isShare(c.Recall) || !isShare(c.F1) || c.N < 0 || c.N > r.N {
			return fmt.Errorf("a result has metrics of class %q that are not between 0 and 1", name)
		}
	}
	for _, b := range r.Bins {
		if !isShare(b.Confidence) || !isShare(b.Accuracy) || b.N < 0 || b.N > r.N {
			return errors.New("a result has an invalid calibration bin")
		}
	}
	for _, p := range r.Parts {
		if err := p.validate(r.N); err != nil {
			return err
		}
	}
	return r.checkConfusion()
}

// checkConfusion checks that the matrix has one row and one column for each class, and counts every
// photo once.
func (r Result) checkConfusion() error {
	if len(r.Confusion) != len(r.Classes) {
		return fmt.Errorf("a result has %d classes and a confusion matrix of %d", len(r.Classes), len(r.Confusion))
	}
	sum := 0
	for _, row := range r.Confusion {
		if len(row) != len(r.Classes) {
			return fmt.Errorf("a result has %d classes and a row of %d in its confusion matrix", len(r.Classes), len(row))
		}
		for _, n := range row {
			if n < 0 || n > r.N {
				return fmt.Errorf("a result of %d photos has %d in a cell of its confusion matrix", r.N, n)
			}
			sum += n
		}
	}
	if len(r.Classes) > 0 && sum != r.N {
		return fmt.Errorf("a result of %d photos has %d in its confusion matrix", r.N, sum)
	}
	return nil
}

func isShare(v float64) bool { return v >= 0 && v <= 1 }
