package tradeoff

import (
	"errors"
	"fmt"
)

// Validate returns an error for values that no measurement gives, such as times and sizes that are
// not above zero. A speed with an Error has none.
func (s Speed) Validate() error {
	if min(s.PeakMemory, s.RestMemory, s.MultiplyAdds, s.Int8Bytes) < 0 ||
		min(s.Size, s.Classes, s.Photos, s.BestBatch, s.Latency.N) < 0 {
		return errors.New("a size, number or amount of memory is negative")
	}
	for _, stage := range s.Stages {
		if stage.Seconds < 0 {
			return fmt.Errorf("the time of the stage %q is negative", stage.Stage)
		}
	}
	if p := s.Published; p != nil && (!(p.Top1 > 0 && p.Top1 <= 100) || p.Size < 1) {
		return fmt.Errorf("a published accuracy of %g %% at %d px is none", p.Top1, p.Size)
	}
	if s.Error != "" {
		return nil
	}
	switch l := s.Latency; {
	case s.Size == 0 || s.BundleBytes < 1 || s.Parameters < 1:
		return fmt.Errorf("a network of %d px with %d parameters in %d bytes was not measured", s.Size, s.Parameters,
			s.BundleBytes)
	case !(l.Median >= leastTime) || !(l.P90 >= leastTime) || l.P99 < 0 || min(l.Interval[0], l.Interval[1]) < 0:
		return fmt.Errorf("a latency of %g s, and of %g s in nine of ten calls, was not measured", l.Median, l.P90)
	}
	for _, t := range s.Throughput {
		if !(t.Median > 0) || t.Batch < 1 || min(t.Low, t.High) < 0 {
			return fmt.Errorf("a throughput of %g photos a second at batch %d was not measured", t.Median, t.Batch)
		}
	}
	return nil
}

// leastTime is shorter than any clock can measure, seconds.
const leastTime = 1e-9
