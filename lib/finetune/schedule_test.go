package finetune

import (
	"math"
	"testing"

	"imagelab/lib/recipe"
)

func TestSchedule(t *testing.T) {
	for _, c := range []struct {
		name, reason     string
		n, epochs, steps int
		total            int
	}{
		{"equal epochs", "whole passes, the last batch smaller", 10, 3, 0, 9},
		{"equal steps, few images", "passes are as many as it takes", 3, 2, 11, 11},
		{"equal steps, many images", "not even one pass", 1000, 2, 8, 8},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newSchedule(recipe.Config{Batch: 4, Epochs: c.epochs, Steps: c.steps, Seed: 5}, c.n)
			if s.total != c.total {
				t.Errorf("%d steps, want %d: %s", s.total, c.total, c.reason)
			}
			next, seen := 0, map[[2]int]int{}
			for epoch := range c.epochs {
				first, last := s.steps(epoch)
				if first != next {
					t.Errorf("epoch %d starts at step %d, not %d", epoch, first, next)
				}
				next = last
				for step := first; step < last; step++ {
					pass, indices := s.images(step)
					for _, i := range indices {
						if seen[[2]int{pass, i}]++; i < 0 || i >= c.n || seen[[2]int{pass, i}] > 1 {
							t.Fatalf("image %d of %d is seen twice in pass %d", i, c.n, pass)
						}
					}
				}
			}
			if next != c.total {
				t.Errorf("the epochs end at step %d of %d", next, c.total)
			}
			if c.steps == 0 && len(seen) != c.n*c.epochs {
				t.Errorf("%d views in %d epochs of %d images: %s", len(seen), c.epochs, c.n, c.reason)
			}
		})
	}
}

func TestRate(t *testing.T) {
	const total = 100
	top := 0.0
	for step := range total {
		r := rate(step, total, 0.2)
		if r <= 0 || r > 1 {
			t.Fatalf("step %d: rate %g outside (0,1]", step, r)
		}
		if step > 21 && r > rate(step-1, total, 0.2) {
			t.Errorf("step %d: the rate rises after the warm-up", step)
		}
		top = max(top, r)
	}
	if top < 0.99 || rate(total-1, total, 0.2) > 0.01 {
		t.Errorf("peak %g, last %g; want about 1 and 0", top, rate(total-1, total, 0.2))
	}
}

func TestClassWeights(t *testing.T) {
	labels := []int{0, 0, 0, 1}
	for _, c := range []struct {
		balance, want0, want1 float64
		reason                string
	}{
		{0, 1, 1, "without balance all images count the same"},
		{1, 2.0 / 3, 2, "with balance 1 both classes weigh the same in total"},
		{0.5, 4 / (3 + math.Sqrt(3)), 4 / (1 + math.Sqrt(3)), "with balance b a photo of a class with n photos counts n^-b"},
	} {
		w := classWeights(labels, 2, c.balance)
		if math.Abs(float64(w[0])-c.want0) > 1e-6 || math.Abs(float64(w[3])-c.want1) > 1e-6 {
			t.Errorf("%s: got %v", c.reason, w)
		}
	}
}
