package finetune

import (
	"math"
	"math/rand/v2"

	"imagelab/lib/recipe"
)

// schedule says which images every step sees. The images are passed over again and again, each time
// in another order; the last batch of a pass may be smaller.
type schedule struct {
	n, batch int
	total    int // steps
	epochs   int
	seed     uint64
	pass     int   // whose order is below
	order    []int // nil: of no pass yet
}

func newSchedule(c recipe.Config, n int) schedule {
	s := schedule{n: n, batch: c.Batch, total: c.Steps, epochs: c.Epochs, seed: c.Seed}
	if s.total == 0 {
		s.total = c.Epochs * s.perPass()
	}
	return s
}

func (s *schedule) perPass() int { return (s.n + s.batch - 1) / s.batch }

// steps are those of an epoch, [first, last): an equal part of all.
func (s *schedule) steps(epoch int) (first, last int) {
	return epoch * s.total / s.epochs, (epoch + 1) * s.total / s.epochs
}

// images are the indices of the images that a step sees, and how often the images were passed over
// before.
func (s *schedule) images(step int) (pass int, indices []int) {
	pass = step / s.perPass()
	if s.order == nil || pass != s.pass {
		s.pass, s.order = pass, rand.New(rand.NewPCG(s.seed, uint64(pass)+1)).Perm(s.n)
	}
	from := step % s.perPass() * s.batch
	return pass, s.order[from:min(from+s.batch, s.n)]
}

// rate is the share of the peak learning rate at step of total, in [0,1]: a linear rise over the
// first warm share of the steps, then half a cosine down to zero (Loshchilov and Hutter 2017).
func rate(step, total int, warm float64) float64 {
	rise := warm * float64(total)
	at := float64(step)
	if at < rise {
		return (at + 1) / (rise + 1)
	}
	return 0.5 * (1 + math.Cos(math.Pi*(at-rise)/(float64(total)-rise)))
}

// classWeights gives every label the weight n^-balance of its class, scaled so that the weights
// average 1 over images.
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
