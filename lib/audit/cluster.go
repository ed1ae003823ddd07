package audit

import (
	"math"
	"math/rand/v2"
)

const (
	mostClusters   = 12
	leastInCluster = 40 // photos of a cluster on average
	projected      = 64 // dimensions that features are projected to, which keep distances to about 15 %
	rounds         = 25 // of k-means at most
)

// clusters deals rows to k clusters by k-means (k-means++, Arthur and Vassilvitskii 2007) on random
// projections (Johnson and Lindenstrauss 1984) of the rows, each of length 1 after their mean was
// taken off.
func clusters(rows [][]float32, k int, seed uint64) []int {
	r := rand.New(rand.NewPCG(seed, 7))
	points := project(rows, r)
	centres := firstCentres(points, k, r)
	of := make([]int, len(points))
	for range rounds {
		moved := false
		for i, p := range points {
			best := nearestCentre(p, centres)
			moved = moved || best != of[i]
			of[i] = best
		}
		if !moved {
			break
		}
		centres = means(points, of, centres)
	}
	return of
}

// project gives each row length 1 after the mean was taken off, and multiplies it with a random
// matrix.
func project(rows [][]float32, r *rand.Rand) [][]float64 {
	width := len(rows[0])
	mean := make([]float64, width)
	for _, row := range rows {
		for j, v := range row {
			mean[j] += float64(v) / float64(len(rows))
		}
	}
	matrix := make([]float64, width*projected)
	for i := range matrix {
		matrix[i] = r.NormFloat64() / math.Sqrt(projected)
	}
	out := make([][]float64, len(rows))
	for i, row := range rows {
		length := 0.0
		out[i] = make([]float64, projected)
		for j, v := range row {
			d := float64(v) - mean[j]
			length += d * d
			for c, m := range matrix[j*projected : (j+1)*projected] {
				out[i][c] += d * m
			}
		}
		if length > 0 {
			for c := range out[i] {
				out[i][c] /= math.Sqrt(length)
			}
		}
	}
	return out
}

// firstCentres takes points at random, those far from earlier ones more often.
func firstCentres(points [][]float64, k int, r *rand.Rand) [][]float64 {
	centres := [][]float64{points[r.IntN(len(points))]}
	far := make([]float64, len(points))
	for len(centres) < k {
		total := 0.0
		for i, p := range points {
			d := squared(p, centres[len(centres)-1])
			if len(centres) == 1 || d < far[i] {
				far[i] = d
			}
			total += far[i]
		}
		at, left := len(points)-1, r.Float64()*total
		for i, d := range far {
			if left -= d; left < 0 {
				at = i
				break
			}
		}
		centres = append(centres, points[at])
	}
	return centres
}

func nearestCentre(p []float64, centres [][]float64) int {
	best, least := 0, math.Inf(1)
	for c, centre := range centres {
		if d := squared(p, centre); d < least {
			best, least = c, d
		}
	}
	return best
}

// means are the centres of the clusters; one without points stays where it is.
func means(points [][]float64, of []int, before [][]float64) [][]float64 {
	out, n := make([][]float64, len(before)), make([]float64, len(before))
	for i, p := range points {
		if out[of[i]] == nil {
			out[of[i]] = make([]float64, len(p))
		}
		n[of[i]]++
		for j, v := range p {
			out[of[i]][j] += v
		}
	}
	for c := range out {
		if out[c] == nil {
			out[c] = before[c]
			continue
		}
		for j := range out[c] {
			out[c][j] /= n[c]
		}
	}
	return out
}

func squared(a, b []float64) float64 {
	sum := 0.0
	for j := range a {
		sum += (a[j] - b[j]) * (a[j] - b[j])
	}
	return sum
}
