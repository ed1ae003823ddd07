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
// kept. A few images that are all right, or one that is surely wrong, say little: a temperature
// other than 1 costs as much as about one image (a normal prior of its logarithm).
func temperature(ways [][][]float64, labels []int) float64 {
	const steps, coarse, spread = 40, 8, 0.4
	logits := logsOf(ways)
	loss := func(i int) float64 {
		away := float64(i) / steps * math.Log(3)
		return logLoss(logits, labels, math.Exp(away)) + away*away/(2*spread*spread)
	}
	best, least := 0, math.Inf(1)
	search := func(from, to, by int) {
		for i := max(from, -steps); i <= min(to, steps); i += by {
			if x := loss(i); x < least {
				best, least = i, x
			}
		}
	}
	search(-steps, steps, coarse) // the loss has one valley
	search(best-coarse+1, best+coarse-1, 1)
	return math.Pow(3, float64(best)/steps)
}

// logsOf are the logarithms of predictions: logits but for a constant in each row.
func logsOf(ways [][][]float64) [][][]float64 {
	out := make([][][]float64, len(ways))
	for w, rows := range ways {
		out[w] = make([][]float64, len(rows))
		for i, row := range rows {
			y := make([]float64, len(row))
			for k, p := range row {
				y[k] = math.Log(max(p, 1e-300))
			}
			out[w][i] = y
		}
	}
	return out
}

// logLoss is the sum over images of the log loss of the mean over ways, where logits are divided by
// t.
func logLoss(logits [][][]float64, labels []int, t float64) float64 {
	loss := 0.0
	for n, label := range labels {
		p := 0.0
		for _, rows := range logits {
			row := rows[n]
			top, sum := slices.Max(row), 0.0
			for _, y := range row {
				sum += math.Exp((y - top) / t)
			}
			p += math.Exp((row[label]-top)/t) / sum
		}
		loss -= math.Log(max(p/float64(len(logits)), 1e-15))
	}
	return loss
}

// tempered are the predictions that logits divided by t give.
func tempered(ways [][][]float64, t float64) [][][]float64 {
	out := logsOf(ways)
	for _, rows := range out {
		for i, row := range rows {
			for k := range row {
				row[k] /= t
			}
			rows[i] = network.SoftmaxRow(row)
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
