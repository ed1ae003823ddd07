package finetune

import (
	"math"
	"math/rand/v2"
	"testing"

	"imagelab/lib/internal/network"
)

// drawn are predictions for n images of three classes, whose logits are `sharp` times those that
// the labels were drawn by.
func drawn(n int, sharp float64) (ways [][][]float64, labels []int) {
	r := rand.New(rand.NewPCG(uint64(n), 3))
	rows := make([][]float64, n)
	labels = make([]int, n)
	for i := range rows {
		logits := []float64{2 * r.NormFloat64(), 2 * r.NormFloat64(), 2 * r.NormFloat64()}
		p := network.SoftmaxRow(append([]float64{}, logits...))
		for u := r.Float64() - p[0]; u > 0 && labels[i] < 2; u -= p[labels[i]] {
			labels[i]++
		}
		for k := range logits {
			logits[k] *= sharp
		}
		rows[i] = network.SoftmaxRow(logits)
	}
	return [][][]float64{rows}, labels
}

// TestTemperature: many images say how sure a network may be; a few that are all right, or one that
// is wrong, do not.
func TestTemperature(t *testing.T) {
	surely := func(n, wrong int) ([][][]float64, []int) {
		rows, labels := make([][]float64, n), make([]int, n)
		for i := range rows {
			rows[i] = []float64{0.8, 0.2}
		}
		for i := range wrong {
			rows[i], labels[i] = []float64{0.999, 0.001}, 1
		}
		return [][][]float64{rows}, labels
	}
	two := func(ways [][][]float64, labels []int) ([][][]float64, []int) { return append(ways, ways[0]), labels }
	type predictions func() ([][][]float64, []int)
	for _, c := range []struct {
		name, reason string
		of           predictions
		low, high    float64
	}{
		{"too sure", "2,000 images show it", func() ([][][]float64, []int) { return drawn(2000, 2) }, 1.85, 2.15},
		{"two views", "of which each says the same", func() ([][][]float64, []int) { return two(drawn(2000, 2)) }, 1.85,
			2.15},
		{"not sure enough", "2,000 images show it", func() ([][][]float64, []int) { return drawn(2000, 0.6) }, 0.55, 0.65},
		{"as sure as it may be", "nothing to do", func() ([][][]float64, []int) { return drawn(2000, 1) }, 0.93, 1.07},
		{"four images, all right", "that is no reason to be surer of every photo", func() ([][][]float64, []int) {
			return surely(4, 0)
		}, 0.8, 1},
		{"one of four is surely wrong", "nor to be three times less sure", func() ([][][]float64, []int) {
			return surely(4, 1)
		}, 1, 1.8},
	} {
		ways, labels := c.of()
		got := temperature(ways, labels)
		if got < c.low || got > c.high {
			t.Errorf("%s: %.3f, want %g to %g: %s", c.name, got, c.low, c.high, c.reason)
		}
		logits := logsOf(ways)
		for i := -40; i <= 40; i++ { // the search misses no better one
			away := float64(i) / 40 * math.Log(3)
			at := logLoss(logits, labels, math.Exp(away)) + away*away/0.32
			best := logLoss(logits, labels, got) + math.Pow(math.Log(got), 2)/0.32
			if at < best-1e-9 {
				t.Errorf("%s: %.3f is better than %.3f", c.name, math.Exp(away), got)
			}
		}
	}
}
