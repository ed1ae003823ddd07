package stopwatch

import (
	"context"
	"slices"

	"imagelab/lib/bench"
	"imagelab/lib/engine"
	"imagelab/lib/progress"
	"imagelab/lib/runlog"
)

// Complete measures, as [Measure] does, the networks of the records whose speed on this machine the folder dir does not
// hold yet, appends them there, and returns all speeds in dir. An earlier measurement that failed, or during
// which the machine was busy (see [bench.Busy]), is made again.
func Complete(ctx context.Context, e *engine.Engine, dir string, records []runlog.Record, machine runlog.Environment, photos []string, o bench.Options, p progress.Func) ([]bench.Speed, error) {
	have, _, err := bench.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	missing := slices.DeleteFunc(bench.Arms(records), func(a bench.Arm) bool {
		return slices.ContainsFunc(have, func(s bench.Speed) bool {
			return s.Error == "" && s.Noise <= bench.Busy && s.Backbone == a.Backbone && s.Size == a.Size && bench.Machine(s.Environment) == bench.Machine(machine)
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
		if err := bench.Append(bench.Path(dir), s); err != nil {
			return nil, err
		}
	}
	have, _, err = bench.ReadDir(dir)
	return have, err
}
