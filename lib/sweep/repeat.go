package sweep

import (
	"imagelab/lib/finetune"
	"imagelab/lib/recipe"
)

// repeat lists the fits of one configuration on all training photos, with the seeds 1 to `seeds`.
func repeat(name string, d finetune.Data, c recipe.Config, seeds int) []Fit {
	fits := make([]Fit, seeds)
	for i := range fits {
		c.Seed = uint64(i) + 1
		fits[i] = Fit{Name: name, Data: d, Config: c}
	}
	return fits
}
