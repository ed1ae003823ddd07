package latency

import (
	"cmp"
	"context"
	"slices"

	"imagelab/lib/engine"
	"imagelab/lib/progress"
	"imagelab/lib/recipe"
	"imagelab/lib/tradeoff"
)

// Complete measures, as [Measure] does, those of the networks whose speed on this machine the
// folder dir does not hold yet, appends them there, and returns all speeds in dir. An earlier
// measurement that failed, that left out a batch of o, or during which the machine was busy (see
// [tradeoff.Busy]), is made again.
func Complete(ctx context.Context, e *engine.Engine, dir string, networks []tradeoff.Network, photos []string,
	o tradeoff.Options, p progress.Func) ([]tradeoff.Speed, error) {
	have, _, err := tradeoff.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	machine := tradeoff.Machine(e.Environment())
	missing := slices.DeleteFunc(slices.Clone(networks), func(a tradeoff.Network) bool {
		return slices.ContainsFunc(have, func(s tradeoff.Speed) bool {
			return tradeoff.Machine(s.Environment) == machine && timed(s, a, o)
		})
	})
	if len(missing) == 0 {
		return have, nil
	}
	speeds, err := Measure(ctx, e, missing, photos, o, p)
	if err != nil {
		return nil, err
	}
	for _, s := range speeds {
		if err := tradeoff.Append(tradeoff.Path(dir), s); err != nil {
			return nil, err
		}
	}
	have, _, err = tradeoff.ReadDir(dir)
	return have, err
}

// timed reports whether s is a measurement of the network that can be trusted, and holds the
// batches of o.
func timed(s tradeoff.Speed, a tradeoff.Network, o tradeoff.Options) bool {
	for _, batch := range o.Batches {
		if !slices.ContainsFunc(s.Throughput, func(t tradeoff.Throughput) bool { return t.Batch == batch }) {
			return false
		}
	}
	return s.Error == "" && s.Noise <= tradeoff.Busy && s.Backbone == a.Backbone && s.Size == a.Size &&
		cmp.Or(s.Precision, recipe.Float32) == cmp.Or(a.Precision, recipe.Float32)
}
