package sweep

import (
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
	Seeds     int      // number of seeds, 1 to Seeds; one for the cut "head", which does not depend on the seed
}

// Fits lists the fits of the grid, with all other settings as in c. Fits that share a preparation
// follow each other.
func (g Grid) Fits(d finetune.Data, c recipe.Config) ([]Fit, error) {
	if g.Seeds < 1 || len(g.Backbones) == 0 || len(g.Sizes) == 0 || len(g.Cuts) == 0 {
		return nil, fmt.Errorf("sweep: a comparison needs at least one backbone, size, cut and seed")
	}
	var fits []Fit
	for _, name := range g.Backbones {
		for _, size := range g.Sizes {
			for _, cut := range g.Cuts {
				c.Backbone, c.Size, c.Cut = name, size, cut
				resolved, err := finetune.Resolve(c)
				if err != nil {
					return nil, err
				}
				for seed := range g.seeds(cut) {
					resolved.Seed = uint64(seed) + 1
					fits = append(fits, Fit{Name: fmt.Sprintf("%s at %d, cut %s", resolved.Backbone, resolved.Size, cut), Data: d, Config: resolved})
				}
			}
		}
	}
	return slices.CompactFunc(fits, func(a, b Fit) bool { return a.Config == b.Config }), nil
}

func (g Grid) seeds(cut string) int {
	if cut == backbone.CutHead {
		return 1
	}
	return g.Seeds
}
