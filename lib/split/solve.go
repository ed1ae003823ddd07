package split

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"imagelab/lib/dataset"
)

// attempts is how many shuffles are tried; without groups the first is exact.
const attempts = 50

// solve gives the open units sides. Of several seeded tries it keeps the one nearest to the shares
// in which no side lacks a class.
func (p *plan) solve() error {
	fixed := slices.Clone(p.units)
	var best []unit
	bestCost, lacking := math.Inf(1), ""
	for stream := range uint64(attempts) {
		p.units = slices.Clone(fixed)
		cost, lacks := p.attempt(rand.New(rand.NewPCG(p.seed, stream)))
		if lacks == "" && cost < bestCost {
			best, bestCost = p.units, cost
		}
		if lacks != "" {
			lacking = lacks
		}
		if bestCost == 0 {
			break
		}
	}
	if best == nil {
		return errors.New(lacking)
	}
	p.units = best
	return nil
}

// attempt deals the open units out, large ones first, each to the side where it does most good, and
// takes them back out of the counts. The cost is the sum over sides and classes of the squared miss
// relative to the class.
func (p *plan) attempt(r *rand.Rand) (cost float64, lacking string) {
	var order []int
	for i, u := range p.units {
		if u.side == "" {
			order = append(order, i)
		}
	}
	r.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(len(p.units[j].images), len(p.units[i].images)) })
	left := map[string]int{} // open units by class
	for _, i := range order {
		for class := range p.units[i].classes {
			left[class]++
		}
	}
	for _, i := range order {
		u := &p.units[i]
		u.side = slices.MinFunc(p.urgent(u, left), func(a, b string) int { return cmp.Compare(p.harm(u, a), p.harm(u, b)) })
		p.put(*u, 1)
		for class := range u.classes {
			left[class]--
		}
	}
	for _, class := range sortedKeys(p.total) {
		n := p.total[class]
		if need := p.needed(class); len(need) > 0 && len(order) > 0 {
			lacking = max(lacking, fmt.Sprintf(
				"the groups of class %q are too large to give %s an image of it: choose smaller groups or add images",
				class, need[0]))
		}
		for _, side := range sides {
			miss := float64(p.have[side][class]-p.want[side][class]) / float64(n)
			cost += miss * miss
		}
	}
	for _, i := range order {
		p.put(p.units[i], -1)
	}
	return cost, lacking
}

// urgent narrows the sides for u to those that lack one of its classes, when all units left of that
// class are needed there.
func (p *plan) urgent(u *unit, left map[string]int) []string {
	open := p.open(u)
	for _, class := range sortedKeys(u.classes) {
		need := slices.DeleteFunc(p.needed(class), func(side string) bool { return !slices.Contains(open, side) })
		if len(need) > 0 && left[class] <= len(need) {
			return need
		}
	}
	return open
}

// open returns the sides that u may go to. Nothing joins the test images of a class that are fixed.
func (p *plan) open(u *unit) []string {
	out := []string{dataset.Train}
	if p.shares[dataset.Val] > 0 {
		out = append(out, dataset.Val)
	}
	fresh := false
	for class := range u.classes {
		fresh = fresh || !p.frozen[class]
	}
	if p.shares[dataset.Test] > 0 && fresh {
		out = append(out, dataset.Test)
	}
	return out
}

// harm is the change of the cost when u goes to the side. On a tie, the first side (train) is
// taken.
func (p *plan) harm(u *unit, side string) float64 {
	sum := 0.0
	for _, class := range sortedKeys(u.classes) {
		n := u.classes[class]
		before := float64(p.have[side][class] - p.want[side][class])
		after := before + float64(n)
		total := float64(p.total[class])
		sum += (after*after - before*before) / (total * total)
	}
	return sum
}

// sortedKeys fixes the order of a map, so that floating-point sums over it are the same every time.
func sortedKeys(m map[string]int) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
