package sweep

import (
	"fmt"
	"slices"

	"imagelab/lib/backbone"
	"imagelab/lib/finetune"
	"imagelab/lib/recipe"
)

// Grid says which arms a comparison of models has: every backbone at every size and cut.
type Grid struct {
	Backbones []string // see [backbone.Names]
	Sizes     []int    // input sides, pixels; 0: each backbone's own
	Cuts      []string // see [backbone.Spec.CutIndex]
	Seeds     int      // 1 to Seeds; at the cut "head" nothing is left to chance, so there is one
}

// Fits lists the fits of the grid, with everything else as in c, so that those that share a preparation follow each other.
func (g Grid) Fits(d finetune.Data, c recipe.Config) ([]Arm, error) {
	if g.Seeds < 1 || len(g.Backbones) == 0 || len(g.Sizes) == 0 || len(g.Cuts) == 0 {
		return nil, fmt.Errorf("sweep: a comparison needs at least one backbone, size, cut and seed")
	}
	var arms []Arm
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
					arms = append(arms, Arm{Name: fmt.Sprintf("%s at %d, cut %s", resolved.Backbone, resolved.Size, cut), Data: d, Config: resolved})
				}
			}
		}
	}
	return slices.CompactFunc(arms, func(a, b Arm) bool { return a.Config == b.Config }), nil
}

func (g Grid) seeds(cut string) int {
	if cut == backbone.CutHead {
		return 1
	}
	return g.Seeds
}
