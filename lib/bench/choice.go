package bench

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"imagelab/lib/metric"
	"imagelab/lib/runlog"
)

// limit is the latency that choices are made for.
const limit = 10 * time.Millisecond

// Choice is the recommendation for one machine. All go by validation top-1, so that the figures on test images stay
// honest; of equals the fastest is taken.
type Choice struct {
	Machine  string
	Limit    time.Duration // of the latency, for Within
	Within   *Point        // the best of the arms that stay in it; nil when none does
	Smallest Point         // the best of those with the smallest bundle
	Best     Point
	Instead  *Point // the fastest arm that the images cannot tell from Best, where one is faster
	Text     string // all that in words
}

func (t TradeOff) choose(machine string, on []Point) Choice {
	c := Choice{Machine: machine, Limit: limit, Best: best(on)}
	fast := slices.DeleteFunc(slices.Clone(on), func(p Point) bool { return p.Speed.Latency.Median > limit.Seconds() })
	if len(fast) > 0 {
		within := best(fast)
		c.Within = &within
	}
	least := slices.MinFunc(on, func(a, b Point) int { return cmp.Compare(a.Speed.BundleBytes, b.Speed.BundleBytes) })
	// Bundles of one backbone differ by the letters of their description only.
	c.Smallest = best(slices.DeleteFunc(slices.Clone(on), func(p Point) bool {
		return float64(p.Speed.BundleBytes) > 1.01*float64(least.Speed.BundleBytes)
	}))
	for _, p := range on { // by latency
		if p.Arm != c.Best.Arm && p.Speed.Latency.Median < c.Best.Speed.Latency.Median && t.alike(p.Arm, c.Best.Arm) {
			c.Instead = &p
			break
		}
	}
	c.Text = t.words(c, on[0])
	return c
}

func best(points []Point) Point {
	return slices.MaxFunc(points, func(a, b Point) int {
		return cmp.Or(cmp.Compare(a.Val, b.Val), cmp.Compare(b.Speed.Latency.Median, a.Speed.Latency.Median))
	})
}

// alike reports whether a test was made and did not tell the arms apart.
func (t TradeOff) alike(a, b string) bool {
	return slices.ContainsFunc(t.Pairs, func(p Pair) bool {
		return (p.A == a && p.B == b || p.A == b && p.B == a) && p.NoTest == "" && !p.Apart
	})
}

// words names each chosen arm once, with all that it was chosen for.
func (t TradeOff) words(c Choice, fastest Point) string {
	bound := fmt.Sprintf("at most %d ms a photo", limit.Milliseconds())
	var parts []string
	if c.Within == nil {
		parts = append(parts, fmt.Sprintf("%s: none, the fastest takes %.3g ms", bound, 1000*fastest.Speed.Latency.Median))
	}
	var named []string
	for _, role := range []struct {
		name  string
		point *Point
	}{{bound, c.Within}, {"smallest", &c.Smallest}, {"best", &c.Best}} {
		if role.point == nil || slices.Contains(named, role.point.Arm) {
			continue
		}
		named = append(named, role.point.Arm)
		roles := []string{role.name}
		if role.name == bound && c.Smallest.Arm == role.point.Arm {
			roles = append(roles, "smallest")
		}
		if role.name != "best" && c.Best.Arm == role.point.Arm {
			roles = append(roles, "best")
		}
		parts = append(parts, strings.Join(roles, " and ")+": "+t.numbers(*role.point))
	}
	text := strings.Join(parts, "; ")
	text = strings.ToUpper(text[:1]) + text[1:] + "."
	if c.Instead != nil {
		text += fmt.Sprintf(" These %d images cannot tell the best from %s, which takes %.3g ms.", t.Images, c.Instead.Label(), 1000*c.Instead.Speed.Latency.Median)
	}
	if len(c.Best.Speed.Stages) == len(Stages()) {
		before := 0.0
		for _, s := range c.Best.Speed.Stages[:3] {
			before += s.Seconds
		}
		text += fmt.Sprintf(" Times are the network's; reading, decoding and resizing a photo of %.2g megapixels adds %.3g ms.", c.Best.Speed.Megapixels, 1000*before)
	}
	return text
}

// numbers is "lite0@224 head (6.1 ms, 13.7 MB, test top-1 90.3 %, 88.1 to 92.4)".
func (t TradeOff) numbers(p Point) string {
	side := t.Side
	if side == "val" {
		side = "validation"
	}
	return fmt.Sprintf("%s (%.3g ms, %.3g MB, %s top-1 %.1f %%, %.1f to %.1f)", p.Label(), 1000*p.Speed.Latency.Median,
		float64(p.Speed.BundleBytes)/1e6, side, 100*p.Top1, 100*p.Interval[0], 100*p.Interval[1])
}

// pairs tests every two arms on the images that judged both.
func pairs(groups []*arm) ([]Pair, error) {
	sorted := slices.Clone(groups)
	slices.SortStableFunc(sorted, func(a, b *arm) int { return cmp.Compare(b.at.Top1, a.at.Top1) })
	var out []Pair
	var p []float64
	var tested []int
	for i, a := range sorted {
		for _, b := range sorted[i+1:] {
			c, err := runlog.Compare(slices.Concat(a.records, b.records), a.at.Arm, b.at.Arm)
			if err != nil {
				return nil, fmt.Errorf("bench: %w", err)
			}
			pair := Pair{A: a.at.Arm, B: b.at.Arm, Seeds: c.Seeds, Difference: a.at.Top1 - b.at.Top1, NoTest: c.NoTest}
			if c.Test != nil {
				pair.MidP = c.Test.MidP
				p, tested = append(p, c.Test.MidP), append(tested, len(out))
			}
			out = append(out, pair)
		}
	}
	for i, adjusted := range metric.Holm(p) {
		out[tested[i]].Adjusted, out[tested[i]].Apart = adjusted, adjusted < 0.05
	}
	return out, nil
}
