package metric

import (
	"flag"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"
)

var long = flag.Bool("long", false, "simulate ten times as many samples")

// sample is a simulated experiment whose expected accuracy is known: a prediction is right when a
// level, the effects of its fit, group and image, and luck add up to more than 0, where all but the
// level are normal.
type sample struct {
	groups []int   // images in each group; nil: 300 images without groups
	fits   int     // of each classifier
	truth  float64 // expected accuracy
	alike  float64 // standard deviation of groups, where luck has 1
	spread float64 // of fits
	hard   float64 // of images
	lead   float64 // by which a second classifier is better
}

func (s sample) level(truth float64) float64 {
	return distuv.UnitNormal.Quantile(truth) * math.Sqrt(1+s.alike*s.alike+s.spread*s.spread+s.hard*s.hard)
}

// draw gives the predictions `[fit][image]` of both classifiers, which groups and images strike
// alike.
func (s sample) draw(rng *rand.Rand) (first, second [][]bool, groups []int) {
	sizes := s.groups
	if sizes == nil {
		sizes = equal(300, 1)
	}
	var shared []float64
	for g, n := range sizes {
		effect := s.alike * rng.NormFloat64()
		for range n {
			groups, shared = append(groups, g), append(shared, effect+s.hard*rng.NormFloat64())
		}
	}
	one := func(level float64) (right [][]bool) {
		for range s.fits {
			shift, row := level+s.spread*rng.NormFloat64(), make([]bool, len(shared))
			for i, v := range shared {
				row[i] = shift+v+rng.NormFloat64() > 0
			}
			right = append(right, row)
		}
		return right
	}
	if s.groups == nil {
		groups = nil
	}
	return one(s.level(s.truth)), one(s.level(s.truth + s.lead)), groups
}

func equal(k, n int) []int { return slices.Repeat([]int{n}, k) }

// mixed are 60 groups of 1 to 35 images.
func mixed() (sizes []int) {
	for i := range 60 {
		sizes = append(sizes, 1+i*i/100)
	}
	return sizes
}

var modules = append(equal(10, 60), 56) // the test side of solar: 11 runs of 60 cells, one shortened

// covered is the share of repeats in which an interval holds the truth, with a fixed seed.
func covered(repeats int, once func(rng *rand.Rand) bool) float64 {
	if *long {
		repeats *= 10
	}
	rng, hits := rand.New(rand.NewPCG(1, 1)), 0
	for range repeats {
		if once(rng) {
			hits++
		}
	}
	return float64(hits) / float64(repeats)
}

func (i Interval) holds(v float64) bool { return i[0] <= v && v <= i[1] }

func TestAccuracyCoverage(t *testing.T) {
	tests := []struct {
		name, reason string
		sample       sample
		low, high    float64
	}{
		{"images", "Wilson", sample{fits: 1, truth: 0.88}, 0.93, 0.97},
		{"modules", "11 groups of 60 that differ much", sample{groups: modules, fits: 1, truth: 0.82, alike: 0.4},
			0.93, 0.97},
		{"modules alike", "groups that do not matter must not widen much",
			sample{groups: modules, fits: 1, truth: 0.82}, 0.93, 0.97},
		{"modules, sure", "few errors", sample{groups: modules, fits: 1, truth: 0.96, alike: 0.3}, 0.93, 0.97},
		{"modules wrong together", "few errors in few groups: the limit of the method",
			sample{groups: modules, fits: 1, truth: 0.96, alike: 0.8}, 0.87, 0.97},
		{"pairs", "many groups of two", sample{groups: equal(300, 2), fits: 1, truth: 0.9, alike: 0.8}, 0.93, 0.97},
		{"mixed groups", "sizes from 1 to 35", sample{groups: mixed(), fits: 1, truth: 0.88, alike: 0.4}, 0.93, 0.97},
		{"5 fits", "seeds and images", sample{fits: 5, truth: 0.88, spread: 0.15, hard: 1.5}, 0.93, 0.97},
		{"5 equal fits", "seeds that do not matter must not widen much", sample{fits: 5, truth: 0.88, hard: 1.5}, 0.93, 0.97},
		{"3 fits", "few degrees of freedom", sample{fits: 3, truth: 0.88, spread: 0.15, hard: 1.5}, 0.93, 0.97},
		{"5 fits on modules", "seeds and groups", sample{groups: modules, fits: 5, truth: 0.85, alike: 0.4,
			spread: 0.1, hard: 1}, 0.93, 0.97},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			share := covered(1500, func(rng *rand.Rand) bool {
				right, _, groups := tt.sample.draw(rng)
				_, in := Accuracy(right, groups)
				return in.holds(tt.sample.truth)
			})
			if t.Logf("%.1f %%", 100*share); share < tt.low || share > tt.high {
				t.Errorf("%.1f %% of the intervals hold the truth, not %.0f to %.0f: %s", 100*share, 100*tt.low,
					100*tt.high, tt.reason)
			}
		})
	}
}

// TestGroupsMatter shows what the same images give when nobody says that they are alike.
func TestGroupsMatter(t *testing.T) {
	s := sample{groups: modules, fits: 1, truth: 0.82, alike: 0.4}
	share := covered(1000, func(rng *rand.Rand) bool {
		right, _, _ := s.draw(rng)
		_, in := Accuracy(right, nil)
		return in.holds(s.truth)
	})
	if share > 0.75 {
		t.Errorf("without groups %.1f %% of the intervals hold: the sample has no groups to speak of", 100*share)
	}
}

func TestDifferenceCoverage(t *testing.T) {
	tests := []struct {
		name, reason string
		sample       sample
		low, high    float64
	}{
		{"images", "one fit each", sample{fits: 1, truth: 0.85, lead: 0.03, hard: 1}, 0.93, 0.97},
		{"few differences", "eight images tell them apart", sample{fits: 1, truth: 0.95, lead: 0.02, hard: 4}, 0.93, 0.98},
		{"60 images", "a handful of differences", sample{groups: equal(60, 1), fits: 1, truth: 0.85, lead: 0.03,
			hard: 1}, 0.93, 0.98},
		{"5 fits", "seeds of each their own", sample{fits: 5, truth: 0.85, lead: 0.03, hard: 1.5, spread: 0.1}, 0.93, 0.97},
		{"modules", "11 groups, which favour one of both", sample{groups: modules, fits: 1, truth: 0.82, lead: 0.04,
			alike: 0.4, hard: 1}, 0.93, 0.97},
		{"5 fits on modules", "seeds and groups", sample{groups: modules, fits: 5, truth: 0.82, lead: 0.04,
			alike: 0.4, hard: 1, spread: 0.05}, 0.93, 0.975},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			share := covered(1500, func(rng *rand.Rand) bool {
				worse, better, groups := tt.sample.draw(rng)
				_, in := Difference(better, worse, groups)
				return in.holds(tt.sample.lead)
			})
			if t.Logf("%.1f %%", 100*share); share < tt.low || share > tt.high {
				t.Errorf("%.1f %% of the intervals hold the truth, not %.0f to %.0f: %s", 100*share, 100*tt.low,
					100*tt.high, tt.reason)
			}
		})
	}
}
