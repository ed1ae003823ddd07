package sweep

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"imagelab/lib/backbone"
	"imagelab/lib/finetune"
	"imagelab/lib/recipe"
)

// Grid says which models to compare: every backbone at every size and cut.
type Grid struct {
	Backbones []string // names of backbones, see [backbone.Names]
	Sizes     []int    // sides of the input, pixels; 0: each backbone's own
	Cuts      []string // first trained stages, see [backbone.Spec.CutIndex]
	// Precisions of products and convolutions, see [recipe.Config]; nil: that of the other settings.
	Precisions []string
	Seeds      int // number of seeds, 1 to Seeds; one for the cut "head", which does not depend on the seed
}

// Fits lists the fits of the grid, with all other settings as in c. Fits that share a preparation
// follow each other. A cut that only some of the backbones have is left out for the others, see
// [Grid.Without]; one that none has is an error.
func (g Grid) Fits(d finetune.Data, c recipe.Config) ([]Fit, error) {
	if g.Seeds < 1 || len(g.Backbones) == 0 || len(g.Sizes) == 0 || len(g.Cuts) == 0 {
		return nil, errors.New("sweep: a comparison needs at least one backbone, size, cut and seed")
	}
	without := g.Without()
	var fits []Fit
	for _, name := range g.Backbones {
		for _, size := range g.Sizes {
			for _, cut := range g.Cuts {
				if slices.Contains(without, [2]string{name, cut}) {
					continue
				}
				c.Backbone, c.Size, c.Cut = name, size, cut
				more, err := g.at(d, c)
				if err != nil {
					return nil, err
				}
				fits = append(fits, more...)
			}
		}
	}
	return slices.CompactFunc(fits, func(a, b Fit) bool { return a.Config == b.Config }), nil
}

// Without lists the backbones and cuts that are left out: the backbone has no such stage, and
// another one of the grid has.
func (g Grid) Without() [][2]string {
	var out [][2]string
	for _, cut := range g.Cuts {
		has := func(name string) bool {
			spec, err := backbone.Lookup(name)
			if err == nil {
				_, err = spec.CutIndex(cut)
			}
			return err == nil
		}
		if !slices.ContainsFunc(g.Backbones, has) {
			continue
		}
		for _, name := range g.Backbones {
			if _, err := backbone.Lookup(name); err == nil && !has(name) {
				out = append(out, [2]string{name, cut})
			}
		}
	}
	return out
}

// at lists the fits of one backbone, size and cut: each seed in each precision. Where there are
// several, the name says the precision, unless it is float32.
func (g Grid) at(d finetune.Data, c recipe.Config) ([]Fit, error) {
	precisions := g.Precisions
	if len(precisions) == 0 {
		precisions = []string{c.Precision}
	}
	var fits []Fit
	for _, precision := range precisions {
		c.Precision = precision
		resolved, err := finetune.Resolve(c)
		if err != nil {
			return nil, err
		}
		name := fmt.Sprintf("%s at %d, cut %s", resolved.Backbone, resolved.Size, c.Cut)
		if len(precisions) > 1 && cmp.Or(precision, recipe.Float32) != recipe.Float32 {
			name += ", " + precision
		}
		for seed := range g.seeds(c.Cut) {
			resolved.Seed = uint64(seed) + 1
			fits = append(fits, Fit{Name: name, Data: d, Config: resolved})
		}
	}
	return fits, nil
}

func (g Grid) seeds(cut string) int {
	if cut == backbone.CutHead {
		return 1
	}
	return g.Seeds
}
