package finetune

import "math"

// rate is the share of the peak learning rate at step of total, in [0,1]: a linear rise over the first warm share of the
// steps, then half a cosine down to zero (Loshchilov and Hutter 2017).
func rate(step, total int, warm float64) float64 {
	rise := warm * float64(total)
	at := float64(step)
	if at < rise {
		return (at + 1) / (rise + 1)
	}
	return 0.5 * (1 + math.Cos(math.Pi*(at-rise)/(float64(total)-rise)))
}

// classWeights gives every label the weight n^-balance of its class, scaled so that the weights average 1 over images.
func classWeights(labels []int, classes int, balance float64) []float32 {
	counts := make([]float64, classes)
	for _, l := range labels {
		counts[l]++
	}
	sum := 0.0
	for _, l := range labels {
		sum += math.Pow(counts[l], -balance)
	}
	weights := make([]float32, len(labels))
	for i, l := range labels {
		weights[i] = float32(math.Pow(counts[l], -balance) * float64(len(labels)) / sum)
	}
	return weights
}
