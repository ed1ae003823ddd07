package recipe

import (
	"fmt"
	"strings"

	"imagelab/lib/text"
)

// Preset is a network and an input side under a name that says what they are for.
type Preset struct {
	Name     string `json:"name"`
	Backbone string `json:"backbone"`
	Size     int    `json:"size"` // input side, pixels
}

// Presets are those of computervision-recipes, which chose them on a GPU. [Default] is chosen by
// measurement on a CPU.
func Presets() []Preset {
	return []Preset{{"high_accuracy", "resnet50", 500}, {"fast_inference", "resnet18", 300},
		{"small_size", "squeezenet1_1", 300}}
}

// FindPreset returns the preset of a name; the error lists the names.
func FindPreset(name string) (Preset, error) {
	var names []string
	for _, p := range Presets() {
		if p.Name == name {
			return p, nil
		}
		names = append(names, p.Name)
	}
	return Preset{}, fmt.Errorf("recipe: there is no preset %s; choose one of %s%s",
		text.Name(name), strings.Join(names, ", "), text.DidYouMean(name, names))
}
