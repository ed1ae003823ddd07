package finetune

import (
	"slices"
	"time"

	"imagelab/lib/runlog"
)

// stopwatch collects the wall time of stages, in the order of their first start.
type stopwatch struct{ timings []runlog.Timing }

// time adds what f takes to a stage, less what f adds to the stage of compiling.
func (w *stopwatch) time(stage string, f func() error) error {
	w.add(stage, 0)
	start, compiled := time.Now(), w.of(runlog.StageCompile)
	err := f()
	w.add(stage, time.Since(start)-(w.of(runlog.StageCompile)-compiled))
	return err
}

func (w *stopwatch) add(stage string, d time.Duration) {
	i := slices.IndexFunc(w.timings, func(t runlog.Timing) bool { return t.Stage == stage })
	if i < 0 {
		i, w.timings = len(w.timings), append(w.timings, runlog.Timing{Stage: stage})
	}
	w.timings[i].Seconds += d.Seconds()
}

// of is what a stage has taken.
func (w *stopwatch) of(stage string) time.Duration {
	for _, t := range w.timings {
		if t.Stage == stage {
			return time.Duration(t.Seconds * float64(time.Second))
		}
	}
	return 0
}

// with are the timings of both, stage by stage.
func (w *stopwatch) with(other stopwatch) []runlog.Timing {
	sum := stopwatch{slices.Clone(w.timings)}
	for _, t := range other.timings {
		sum.add(t.Stage, time.Duration(t.Seconds*float64(time.Second)))
	}
	return sum.timings
}

// total is what all stages have taken.
func (w *stopwatch) total() (sum time.Duration) {
	for _, t := range w.timings {
		sum += time.Duration(t.Seconds * float64(time.Second))
	}
	return sum
}
