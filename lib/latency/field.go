package latency

import (
	"slices"

	"imagelab/lib/backbone"
	"imagelab/lib/recipe"
	"imagelab/lib/tradeoff"
)

// Field is every network that imagelab knows at its own size, and those of [recipe.Presets]; with
// random weights, since most of their real ones may not be at hand.
func Field() []tradeoff.Network {
	var list []tradeoff.Network
	for _, name := range backbone.Names() {
		if spec, err := backbone.Lookup(name); err == nil {
			list = append(list, tradeoff.Network{Backbone: spec.Name, Size: spec.Size, Random: true})
		}
	}
	return append(list, presets()...)
}

// presets are the networks of [recipe.Presets] with random weights.
func presets() []tradeoff.Network {
	var list []tradeoff.Network
	for _, p := range recipe.Presets() {
		list = append(list, tradeoff.Network{Backbone: p.Backbone, Size: p.Size, Random: true})
	}
	return list
}

// Briefly is o for networks that are not trained here: the latency of one photo is all that a
// comparison needs of them, so no larger batch is compiled, and few photos are read from files.
func Briefly(o tradeoff.Options) tradeoff.Options {
	o.Batches, o.Photos = slices.Clone(o.Batches[:1]), 1
	return o
}
