package metric

import "math"

// CalibrationBins is the number of intervals of [Bin].
const CalibrationBins = 15

// BinOf is the number of the interval of [Bin] in which a confidence lies, from 0.
func BinOf(confidence float64) int {
	return min(max(int(math.Ceil(confidence*CalibrationBins))-1, 0), CalibrationBins-1)
}

// Bin holds the photos whose confidence (probability of the predicted class) lies in one of 15
// intervals of equal width: (0, 1/15], (1/15, 2/15], ... The expected calibration error is the mean
// of |Accuracy - Confidence| over the bins, weighted by N (Guo et al., On Calibration of Modern
// Neural Networks, 2017).
type Bin struct {
	N          int     `json:"n"`
	Confidence float64 `json:"confidence"` // mean confidence of the bin's photos
	Accuracy   float64 `json:"accuracy"`   // share of the bin's photos that are classified correctly
}

// calibration returns the bins that have photos, and the expected calibration error.
func calibration(labels []int, probs [][]float64) (held []Bin, ece float64) {
	var n, hits [CalibrationBins]int
	var confidence [CalibrationBins]float64
	for i, row := range probs {
		best := MostProbable(row, -1)
		p := min(row[best], 1)
		bin := BinOf(p)
		n[bin]++
		confidence[bin] += p
		if best == labels[i] {
			hits[bin]++
		}
	}
	for b := range CalibrationBins {
		if n[b] == 0 {
			continue
		}
		bin := Bin{N: n[b], Confidence: confidence[b] / float64(n[b]), Accuracy: ratio(hits[b], n[b])}
		held = append(held, bin)
		ece += math.Abs(bin.Accuracy-bin.Confidence) * ratio(bin.N, len(labels))
	}
	return held, ece
}
