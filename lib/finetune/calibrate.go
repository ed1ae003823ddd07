package finetune

import (
	"math"
	"slices"

	"imagelab/lib/backbone"
	"imagelab/lib/internal/network"
)

// temperature is what logits are best divided by, in [1/3,3]: the value for which the mean over
// ways of the tempered predictions `[way][n][classes]` has the lowest log loss (temperature
// scaling, Guo et al. 2017). One number is fitted, on the validation images: label smoothing leaves
// a network less sure than it may be, long training surer, and neither should decide which epoch is
// kept.
func temperature(ways [][][]float64, labels []int) float64 {
	const steps = 40
	best, least := 1.0, math.Inf(1)
	for i := -steps; i <= steps; i++ {
		t := math.Pow(3, float64(i)/steps)
		loss := 0.0
		for n, row := range network.Mean(tempered(ways, t)) {
			loss -= math.Log(max(row[labels[n]], 1e-15))
		}
		if loss < least {
			best, least = t, loss
		}
	}
	return best
}

// tempered are the predictions that logits divided by t give.
func tempered(ways [][][]float64, t float64) [][][]float64 {
	out := make([][][]float64, len(ways))
	for w, rows := range ways {
		out[w] = make([][]float64, len(rows))
		for i, row := range rows {
			y := make([]float64, len(row))
			for k, p := range row {
				y[k] = math.Log(max(p, 1e-300)) / t
			}
			out[w][i] = network.SoftmaxRow(y)
		}
	}
	return out
}

// temper divides a classifier's logits by t for good.
func temper(weights map[string]backbone.Tensor, t float64) {
	for _, name := range []string{network.HeadKernel, network.HeadBias} {
		w := weights[name]
		w.Data = slices.Clone(w.Data)
		for i := range w.Data {
			w.Data[i] /= float32(t)
		}
		weights[name] = w
	}
}
