package grouping

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"

	"imagelab/lib/internal/crossfit"
	"imagelab/lib/internal/disjoint"
	"imagelab/lib/metric"
)

// mostMeasured is how many photos inflation is measured on. Of more than that, some groups are
// taken at random, whole: each proposal is cross-validated twice, and suspects, which does that
// once, takes 14 processor minutes with 100,000 photos (experiments/cluster).
const mostMeasured = 20_000

// measure finds out how much too good results are if groups are torn.
func (f *finder) measure(ctx context.Context) error {
	var of []int
	for i, k := range f.labels {
		if k >= 0 {
			of = append(of, i)
		}
	}
	if f.classes < 2 || len(of) < 4*f.Folds || len(f.found) == 0 {
		return nil
	}
	if len(of) > mostMeasured {
		f.notes = append(f.notes, fmt.Sprintf("what torn groups do to the accuracy is measured on about %d of %d photos, "+
			"in whole groups", mostMeasured, len(of)))
	}
	features, labels, units := make([][]float32, len(of)), make([]int, len(of)), make([]int, len(of))
	for n, i := range of {
		features[n], labels[n], units[n] = f.features[i], f.labels[i], f.units[i]
	}
	fitter, err := crossfit.New(f.engine, features, labels, f.classes, f.progress)
	if err != nil {
		return err
	}
	defer fitter.Close()
	slices.SortStableFunc(f.found, func(a, b Proposal) int { return cmp.Compare(b.Photos, a.Photos) })
	for i := range f.found[:min(len(f.found), cmp.Or(f.Most, len(f.found)))] {
		p := &f.found[i]
		groups := make([]string, len(of))
		for n, k := range of {
			groups[n] = p.of[k]
		}
		if err := f.inflation(ctx, p, fitter, units, groups, labels); err != nil {
			return err
		}
	}
	return nil
}

// inflation measures a proposal on photos of these units, groups and labels, or on some of them.
func (f *finder) inflation(ctx context.Context, p *Proposal, fitter *crossfit.Fitter, units []int, groups []string,
	labels []int) error {
	all := len(labels)
	joined := join(units, groups)
	some := sample(joined, mostMeasured, f.Seed)
	units, groups, labels, joined = at(units, some), at(groups, some), at(labels, some), at(joined, some)
	right := func(units []int) ([]bool, error) {
		fold := slices.Repeat([]int{-1}, all)
		for n, k := range crossfit.Folds(units, labels, f.Folds, f.Seed) {
			fold[some[n]] = k
		}
		probs, err := fitter.Predict(ctx, fold, f.Folds)
		if err != nil {
			return nil, err
		}
		out := make([]bool, len(labels))
		for n, k := range metric.Predicted(at(probs, some)) {
			out[n] = k == labels[n]
		}
		return out, nil
	}
	grouped, err := right(joined)
	if err != nil {
		return err
	}
	random, err := right(join(units, f.shuffled(units, groups, labels)))
	if err != nil {
		return err
	}
	p.Random, _ = metric.Accuracy([][]bool{random}, nil)
	p.Grouped, _ = metric.Accuracy([][]bool{grouped}, nil)
	p.Inflation, p.Interval = metric.Difference([][]bool{random}, [][]bool{grouped}, joined)
	return nil
}

// at returns the elements of x at places.
func at[T any](x []T, places []int) []T {
	out := make([]T, len(places))
	for n, i := range places {
		out[n] = x[i]
	}
	return out
}

// sample returns the places, in order, of the members of some of the groups: of all where they have
// no more than most members, else of as many, chosen at random, as it takes to reach that number.
func sample(group []int, most int, seed uint64) (places []int) {
	size := map[int]int{}
	var order []int
	for _, g := range group {
		if size[g] == 0 {
			order = append(order, g)
		}
		size[g]++
	}
	r := rand.New(rand.NewPCG(seed, 7))
	r.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
	chosen, n := map[int]bool{}, 0
	for _, g := range order {
		if n >= most {
			break
		}
		chosen[g] = true
		n += size[g]
	}
	for i, g := range group {
		if chosen[g] {
			places = append(places, i)
		}
	}
	return places
}

// shuffled deals the units of each class to the same groups at random, so that folds of groups
// leave as many photos of each class to learn from as before: what is lost then is what the groups
// have in common. A unit stays whole and gets one group, or else near copies would join the groups
// that they are dealt to.
func (f *finder) shuffled(units []int, groups []string, labels []int) []string {
	r := rand.New(rand.NewPCG(f.Seed, 5))
	firsts, seen := map[int][]int{}, map[int]bool{} // first photos of units, by class
	for i, u := range units {
		if !seen[u] {
			seen[u] = true
			firsts[labels[i]] = append(firsts[labels[i]], i)
		}
	}
	dealt := map[int]string{} // by unit
	for k := range f.classes {
		for n, at := range r.Perm(len(firsts[k])) {
			dealt[units[firsts[k][n]]] = groups[firsts[k][at]]
		}
	}
	out := make([]string, len(units))
	for i, u := range units {
		out[i] = dealt[u]
	}
	return out
}

// join numbers photos so that those of one unit or of one group have the same number.
func join(units []int, groups []string) []int {
	sets := disjoint.ByKeys(len(units), func(i int) []any {
		keys := []any{units[i]}
		if groups[i] != "" {
			keys = append(keys, groups[i])
		}
		return keys
	})
	out := make([]int, len(units))
	for i := range out {
		out[i] = sets.Find(i)
	}
	return out
}
