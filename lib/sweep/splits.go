package sweep

import (
	"fmt"

	"imagelab/lib/dataset"
	"imagelab/lib/finetune"
	"imagelab/lib/recipe"
	"imagelab/lib/split"
)

// Splits lists fits of c that differ only in their split: o splits the photos of s with the seeds 1
// to `seeds`, in memory. With the cut "head" and no augmented views, features are computed once for
// all of them.
func Splits(name string, s *dataset.Set, o split.Options, c recipe.Config, seeds int) ([]Fit, error) {
	if seeds < 1 {
		return nil, fmt.Errorf("sweep: %s: splits need at least one seed", name)
	}
	var fits []Fit
	for seed := range seeds {
		o.Seed = uint64(seed) + 1
		dealt, err := split.Copy(s, o)
		if err != nil {
			return nil, fmt.Errorf("sweep: %s: %w", name, err)
		}
		c.Seed = o.Seed
		fits = append(fits, Fit{Name: name, Data: finetune.Data{Set: dealt}, Config: c})
	}
	return fits, nil
}
