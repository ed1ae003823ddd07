package race

import (
	"context"
	"fmt"
	"math"
	"time"

	"imagelab/experiments/speed/peer"
	"imagelab/lib/progress"
)

// side does a work n times and says how long that took.
type side struct {
	name   string
	note   string
	amount float64 // what one time counts, such as its images; the result is amount a second
	do     func(ctx context.Context, n int) (seconds float64, err error)
}

// work is done by all sides. The first one is ours.
type work struct {
	name, unit string
	sides      []side
}

// timed is a side of this program.
func timed(name, note string, amount float64, do func(ctx context.Context) error) side {
	return side{name, note, amount, func(ctx context.Context, n int) (float64, error) {
		start := time.Now()
		for range n {
			if err := do(ctx); err != nil {
				return 0, err
			}
		}
		return time.Since(start).Seconds(), nil
	}}
}

// asked is a peer's side.
func asked(w *peer.Worker, name, note string, amount float64, t peer.Task) side {
	return side{name, note, amount, func(ctx context.Context, n int) (float64, error) {
		t.Repeat = n
		answer, err := w.Do(ctx, t)
		return answer.Seconds, err
	}}
}

// rounds lets every side do every work: twice to warm up, the second time of which says how often
// to repeat it, and then once a round. Others' share of the cores in the pauses goes into part.
func (p Plan) rounds(ctx context.Context, part *Part, works []work, report progress.Func) ([]Work, error) {
	total := 0
	for _, w := range works {
		total += len(w.sides)
	}
	stage, done, others := "timing: "+part.Name, 0, interference{}
	repeats, results := make([][]int, len(works)), make([]Work, len(works))
	for i, w := range works {
		results[i] = Work{Name: w.name, Unit: w.unit, Results: make([]Result, len(w.sides))}
		repeats[i] = make([]int, len(w.sides))
		for k, s := range w.sides {
			report.Report(stage, int64(done), int64((p.Rounds+1)*total))
			results[i].Results[k] = Result{Side: s.name, Note: s.note}
			n, err := p.warmUp(ctx, s)
			if err != nil {
				return nil, fmt.Errorf("%s, %s: %w", w.name, s.name, err)
			}
			repeats[i][k] = n
			done++
		}
	}
	for round := range p.Rounds {
		for i, w := range works {
			for turn := range w.sides {
				report.Report(stage, int64(done), int64((p.Rounds+1)*total))
				k := (round + turn) % len(w.sides)
				value, err := p.once(ctx, w.sides[k], repeats[i][k], &others)
				if err != nil {
					return nil, fmt.Errorf("%s, %s: %w", w.name, w.sides[k].name, err)
				}
				results[i].Results[k].Values = append(results[i].Results[k].Values, value)
				done++
			}
		}
	}
	report.Report(stage, int64(done), int64(done))
	part.Interference = others.share()
	return results, nil
}

// warmUp returns how often to repeat a side's work in a timing.
func (p Plan) warmUp(ctx context.Context, s side) (int, error) {
	if _, err := s.do(ctx, 1); err != nil {
		return 0, err
	}
	seconds, err := s.do(ctx, 1)
	if err != nil {
		return 0, err
	}
	const most = 10_000
	return int(min(max(1, math.Round(p.MinDuration.Seconds()/max(seconds, 1e-9))), most)), nil
}

// once times a side after a pause: amount a second.
func (p Plan) once(ctx context.Context, s side, n int, others *interference) (float64, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	others.rest(p.Pause)
	seconds, err := s.do(ctx, n)
	return s.amount * float64(n) / seconds, err
}
