package sweep

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"imagelab/lib/backbone"
	"imagelab/lib/curve"
	"imagelab/lib/dataset"
	"imagelab/lib/finetune"
	"imagelab/lib/recipe"
)

// Plan says which fits make a learning curve.
type Plan struct {
	Name  string // name of the configuration, which the fits of one curve share
	Sizes []int  // training photos per class (mean), 0 for all; nil: [curve.DefaultSizes]
	Seeds int    // number of seeds, 1 to Seeds, for subsets, shuffling and augmentation
}

// Curve lists the fits of a learning curve of c on d: for every seed, nested stratified subsets of
// rising size. A size larger than the set means all photos, and a note says so. With the cut "head"
// the seed only chooses the subset, so there is one fit on all photos.
func Curve(d finetune.Data, c recipe.Config, p Plan) (fits []Fit, notes []string, err error) {
	if p.Seeds < 1 || len(p.Sizes) > 0 && slices.Min(p.Sizes) < 0 {
		return nil, nil, errors.New("sweep: a learning curve needs at least one seed and sizes of 1 or more " +
			"photos per class, or 0 for all")
	}
	labels, err := finetune.TrainLabels(d.Set)
	if err != nil {
		return nil, nil, err
	}
	if len(p.Sizes) == 0 {
		p.Sizes = curve.DefaultSizes(labels)
	}
	sizes, notes := p.sizes(labels)
	for seed := range p.Seeds {
		c.Seed = uint64(seed) + 1
		for _, n := range sizes {
			if n == 0 && seed > 0 && c.Cut == backbone.CutHead {
				continue
			}
			a := Fit{Name: p.Name, Data: d, Config: c, PerClass: n}
			if n > 0 {
				a.Subset = subset(d.Set.InSplit(dataset.Train), labels, n, c.Seed)
			}
			fits = append(fits, a)
		}
	}
	return fits, notes, nil
}

// subset is [curve.Subset], but by the content of the photos, not by the order of their paths: if
// photos are renamed, it chooses the same ones.
func subset(images []dataset.Image, labels []int, perClass int, seed uint64) []int {
	order := make([]int, len(images))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(images[i].SHA256, images[j].SHA256) })
	byContent := make([]int, len(order))
	for k, i := range order {
		byContent[k] = labels[i]
	}
	chosen := curve.Subset(byContent, perClass, seed)
	for n, k := range chosen {
		chosen[n] = order[k]
	}
	slices.Sort(chosen)
	return chosen
}

// sizes are the plan's sizes in ascending order, with all (0) last.
func (p Plan) sizes(labels []int) (sizes []int, notes []string) {
	all, whole := false, len(curve.Subset(labels, 0, 1))
	for _, n := range slices.Compact(slices.Sorted(slices.Values(p.Sizes))) {
		switch {
		case n == 0:
			all = true
		case len(curve.Subset(labels, n, 1)) == whole:
			notes = append(notes, fmt.Sprintf("there are %d training photos: size %d takes them all", whole, n))
			all = true
		default:
			sizes = append(sizes, n)
		}
	}
	if all {
		sizes = append(sizes, 0)
	}
	return sizes, notes
}
