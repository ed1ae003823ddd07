// Package latency times networks on this machine. [Complete] measures what a run folder lacks,
// [Measure] the networks it is told; what they find are records of package tradeoff, which weighs
// them and needs no engine for that.
package latency

import (
	"context"
	"fmt"
	"os"
	"runtime/debug"
	"time"

	"imagelab/lib/engine"
	"imagelab/lib/progress"
	"imagelab/lib/tradeoff"
)

// Measure times the networks on an engine and returns a speed for each, in their order. Photos
// are files to predict from; at least one, and like those that the model is for; the first
// Photos*Rounds are used. Every round times each network, one after the other and in another
// order each time, so that what slows the machine down for a while hits all alike. Networks are
// held open between rounds if memory allows it. A network that fails has its error in its Speed
// and does not stop the others. Only ctx and wrong arguments give an error. Nothing else should
// run meanwhile.
func Measure(ctx context.Context, e *engine.Engine, networks []tradeoff.Network, photos []string, o tradeoff.Options,
	p progress.Func) ([]tradeoff.Speed, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	if len(networks) == 0 || len(photos) == 0 {
		return nil, fmt.Errorf("latency: %d networks and %d photos; there must be some of each", len(networks), len(photos))
	}
	photos = photos[:min(len(photos), o.Photos*o.Rounds)]
	pixels, err := megapixels(photos)
	if err != nil {
		return nil, err
	}
	m := meter{now: time.Now, options: o, photos: photos, progress: p}
	weights := library{}
	for _, asked := range networks {
		n, err := newNetwork(e, asked, photos, weights)
		if err != nil {
			return nil, err
		}
		m.tallies = append(m.tallies, &tally{subject: n, speed: n.describe()})
	}
	if err := m.run(ctx); err != nil {
		return nil, fmt.Errorf("latency: %w", err)
	}
	speeds := make([]tradeoff.Speed, len(networks))
	for i, t := range m.tallies {
		speeds[i] = t.summary(o)
		speeds[i].Time, speeds[i].Environment = time.Now().UTC().Truncate(time.Second), e.Environment()
		speeds[i].Photos, speeds[i].Megapixels = len(photos), pixels
	}
	return speeds, nil
}

// subject is what is timed. Every call returns when its result is in the program's memory.
type subject interface {
	open(ctx context.Context) error
	compile(batch int) error
	predict(batch int) error
	// one prediction from a file; lap is called at the end of each of [tradeoff.Stages]
	photo(file string, lap func()) error
	bundle() (bytes int64, err error) // size of the saved model
	memory() int64                    // bytes it may hold when open with all its batches, for deciding what to hold
	close()
}

// meter times subjects by its clock.
type meter struct {
	now      func() time.Time
	options  tradeoff.Options
	photos   []string
	progress progress.Func
	tallies  []*tally
}

func (m *meter) run(ctx context.Context) error {
	const stage = "measuring speed"
	done, total := int64(0), int64(len(m.tallies)*(m.options.Rounds+1))
	defer func() {
		for _, t := range m.tallies {
			t.shut()
		}
	}()
	for _, t := range m.tallies {
		m.progress.Report(stage, done, total)
		t.keep(m.alone(ctx, t))
		if ctx.Err() != nil {
			return ctx.Err()
		}
		done++
	}
	hold := m.fits()
	for round := range m.options.Rounds {
		for i := range m.tallies {
			m.progress.Report(stage, done, total)
			t := m.tallies[(round+i)%len(m.tallies)]
			if t.err == nil {
				t.keep(m.round(ctx, t, round))
			}
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if !hold || t.err != nil {
				t.shut()
			}
			done++
		}
	}
	m.progress.Report(stage, total, total)
	return nil
}

// fits reports whether all subjects may be open at once: in a quarter of the memory that is free.
func (m *meter) fits() bool {
	sum := int64(0)
	for _, t := range m.tallies {
		sum += t.subject.memory()
	}
	return sum < engine.AvailableMemory()/4
}

// alone measures what can be seen only while a subject is the only one that is open: memory, and
// the first call.
func (m *meter) alone(ctx context.Context, t *tally) error {
	defer t.shut()
	if err := t.subject.open(ctx); err != nil {
		return err
	}
	t.opened = true
	bytes, err := t.subject.bundle()
	if err != nil {
		return err
	}
	t.speed.BundleBytes = bytes
	known := resetPeak()
	if known {
		t.speed.RestMemory = engine.PeakMemory()
	}
	start := m.now()
	if err := t.subject.compile(1); err != nil {
		return err
	}
	compiled := m.now()
	if err := t.subject.predict(1); err != nil {
		return err
	}
	t.speed.Compile, t.speed.FirstCall = compiled.Sub(start).Seconds(), m.now().Sub(compiled).Seconds()
	for range m.options.WarmUp {
		if err := t.subject.predict(1); err != nil {
			return err
		}
	}
	if known {
		t.speed.PeakMemory = engine.PeakMemory()
	}
	return nil
}

// resetPeak makes [engine.PeakMemory] start anew from the memory that is in use; false where the
// system cannot. Memory that the program no longer needs is given back first.
func resetPeak() bool {
	debug.FreeOSMemory()
	return os.WriteFile("/proc/self/clear_refs", []byte("5"), 0) == nil // proc(5): resets the peak resident set size
}

// round times one subject once.
func (m *meter) round(ctx context.Context, t *tally, round int) error {
	if !t.opened {
		if err := t.subject.open(ctx); err != nil {
			return err
		}
		t.opened = true
		for _, batch := range m.options.Batches {
			if err := t.subject.compile(batch); err != nil {
				return err
			}
		}
	}
	for i, batch := range m.options.Batches {
		calls := m.options.Timings
		if batch > 1 {
			calls = (m.options.Images + batch - 1) / batch
		}
		seconds, err := m.series(ctx, calls, func(int) error { return t.subject.predict(batch) })
		if err != nil {
			return err
		}
		t.add(i, batch, seconds)
	}
	return m.stages(ctx, t, round)
}

// series times up to n calls of f, fewer when the limit is reached, after calls with a negative i,
// which warm up.
func (m *meter) series(ctx context.Context, n int, f func(i int) error) ([]float64, error) {
	var seconds []float64
	var begin time.Time
	for i := -m.options.WarmUp; i < n; i++ {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		start := m.now()
		if err := f(i); err != nil {
			return nil, err
		}
		end := m.now()
		switch {
		case i < 0:
			begin = end
			continue
		case end.Sub(begin) >= m.options.Limit:
			n = i
		}
		seconds = append(seconds, end.Sub(start).Seconds())
	}
	return seconds, nil
}

// stages times predictions from files. All subjects see the same photos in a round, and others in
// the next.
func (m *meter) stages(ctx context.Context, t *tally, round int) error {
	n := m.options.Photos
	_, err := m.series(ctx, n, func(i int) error {
		var laps []float64
		last := m.now()
		err := t.subject.photo(m.photos[(round*n+max(i, 0))%len(m.photos)], func() {
			laps = append(laps, m.now().Sub(last).Seconds())
			last = m.now()
		})
		if err == nil && i >= 0 {
			t.addLaps(laps)
		}
		return err
	})
	return err
}
