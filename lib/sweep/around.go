package sweep

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"imagelab/lib/finetune"
	"imagelab/lib/recipe"
)

// Base is the name of the configuration that [Around] starts from.
const Base = "as it is"

// Around lists the fits that show which settings matter: c as it is, and c with one setting changed
// at a time to each of the given values, all with the seeds 1 to `seeds`. Settings have their names
// in JSON, such as "lr"; configurations have names such as "lr 0.01". Fits that share a preparation
// follow each other. An unknown setting or an invalid value is an error.
func Around(d finetune.Data, c recipe.Config, settings map[string][]float64, seeds int) ([]Fit, error) {
	fits := repeat(Base, d, c, seeds)
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		for _, value := range settings[name] {
			changed, err := with(c, name, value)
			if err != nil {
				return nil, err
			}
			fits = append(fits, repeat(fmt.Sprintf("%s %g", name, value), d, changed, seeds)...)
		}
	}
	slices.SortStableFunc(fits, func(a, b Fit) int {
		switch near, far := finetune.SharePreparation(a.Config, c), finetune.SharePreparation(b.Config, c); {
		case near && !far:
			return -1
		case far && !near:
			return 1
		}
		return 0
	})
	return fits, nil
}

// with is c with the setting of that name in JSON changed to the value.
func with(c recipe.Config, name string, value float64) (recipe.Config, error) {
	text, err := json.Marshal(map[string]float64{name: value})
	if err != nil {
		return c, fmt.Errorf("sweep: setting %q: %w", name, err)
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&c); err != nil {
		return c, fmt.Errorf("sweep: setting %q to %g: %w", name, value, err)
	}
	if _, err := finetune.Resolve(c); err != nil {
		return c, fmt.Errorf("sweep: setting %q to %g: %w", name, value, err)
	}
	return c, nil
}
