package active

import (
	"context"
	"math/rand/v2"

	"imagelab/lib/progress"
)

// gradients are those of the pool's photos in the last layer, by their two factors: the gradient is
// the outer product of both.
type gradients struct {
	errors     [][]float64 // `[n][classes]`: the first guess as certain, less the probabilities
	directions [][]float32 // `[n][width]`: features
	length     []float64   // squared, of the gradient
	distance   []float64   // squared, to the nearest chosen gradient, or to zero before there is one
	taken      []bool
}

func newGradients(probs [][]float64, directions [][]float32) *gradients {
	n := len(directions)
	g := &gradients{directions: directions, errors: make([][]float64, n), length: make([]float64, n),
		distance: make([]float64, n),
		taken:    make([]bool, n)}
	for i, direction := range directions {
		g.errors[i] = []float64{1}
		if probs != nil {
			g.errors[i] = errorOf(probs[i])
		}
		g.length[i] = dot(g.errors[i], g.errors[i]) * float64(dot(direction, direction))
		g.distance[i] = g.length[i]
	}
	return g
}

func errorOf(probs []float64) []float64 {
	out, top := make([]float64, len(probs)), 0
	for k, p := range probs {
		out[k] = -p
		if p > probs[top] {
			top = k
		}
	}
	out[top]++
	return out
}

func dot[T float32 | float64](a, b []T) (sum T) {
	for i, v := range a {
		sum += v * b[i]
	}
	return sum
}

// longest is the photo with the longest gradient.
func (g *gradients) longest() int {
	best := 0
	for i, l := range g.length {
		if l > g.length[best] {
			best = i
		}
	}
	return best
}

// draw picks a photo that was not taken, with a probability that grows with its squared distance;
// the first one left where all distances are 0, and -1 where none is left.
func (g *gradients) draw(r *rand.Rand) int {
	sum, left := 0.0, -1
	for i, d := range g.distance {
		if !g.taken[i] {
			sum += d
			if left < 0 {
				left = i
			}
		}
	}
	at := r.Float64() * sum
	for i, d := range g.distance {
		if g.taken[i] || d == 0 {
			continue
		}
		if at -= d; at <= 0 {
			return i
		}
	}
	return left
}

// choose takes a photo, and lowers the distances to what they are now.
func (g *gradients) choose(ctx context.Context, chosen int) error {
	g.taken[chosen] = true
	const part = 1024
	n := len(g.distance)
	return progress.Each(ctx, (n+part-1)/part, "", nil, func(k int) error {
		for i := k * part; i < min((k+1)*part, n); i++ {
			product := dot(g.errors[i], g.errors[chosen]) * float64(dot(g.directions[i], g.directions[chosen]))
			g.distance[i] = min(g.distance[i], max(0, g.length[i]+g.length[chosen]-2*product))
		}
		return nil
	})
}
