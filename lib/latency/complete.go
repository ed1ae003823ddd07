package latency

import (
	"cmp"
	"context"
	"slices"

	"imagelab/lib/engine"
	"imagelab/lib/progress"
	"imagelab/lib/recipe"
	"imagelab/lib/runlog"
	"imagelab/lib/tradeoff"
)

// Complete measures, as [Measure] does, the networks of the records whose speed on this machine the
// folder dir does not hold yet, appends them there, and returns all speeds in dir. An earlier
// measurement that failed, or during which the machine was busy (see [tradeoff.Busy]), is made
// again.
func Complete(ctx context.Context, e *engine.Engine, dir string, records []runlog.Record, machine runlog.Environment,
	photos []string, o tradeoff.Options, p progress.Func) ([]tradeoff.Speed, error) {
	have, _, err := tradeoff.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	missing := slices.DeleteFunc(tradeoff.Networks(records), func(a tradeoff.Network) bool {
		return slices.ContainsFunc(have, func(s tradeoff.Speed) bool {
			return s.Error == "" && s.Noise <= tradeoff.Busy && s.Backbone == a.Backbone && s.Size == a.Size &&
				cmp.Or(s.Precision, recipe.Float32) == cmp.Or(a.Precision, recipe.Float32) &&
				tradeoff.Machine(s.Environment) == tradeoff.Machine(machine)
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
