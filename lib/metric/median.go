package metric

import "slices"

// Median is the middle value; of an even number of values the mean of the two middle ones. There
// must be at least one value.
func Median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}
