package latency

import (
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"imagelab/lib/engine/enginetest"
	"imagelab/lib/fulltest"

	"imagelab/lib/tradeoff"
)

// clock is the time of a test: it moves only when a subject works.
type clock struct{ at time.Time }

func (c *clock) now() time.Time         { return c.at }
func (c *clock) pass(d time.Duration)   { c.at = c.at.Add(d) }
func ms(n float64) time.Duration        { return time.Duration(n * float64(time.Millisecond)) }
func near(a, b, tolerance float64) bool { return math.Abs(a-b) <= tolerance }

// pretender takes per ms for a call and image more, in a machine that gets slower by a tenth at
// every opening or round.
type pretender struct {
	name     string
	clock    *clock
	log      *[]string
	per      float64
	calls    int
	fail     int // fails at this call, if above 0
	needs    int64
	isOpen   bool
	compiled []int
}

func (p *pretender) open(context.Context) error {
	p.isOpen, p.compiled = true, nil
	*p.log = append(*p.log, "open "+p.name)
	p.clock.pass(ms(500))
	return nil
}

func (p *pretender) close() {
	p.isOpen = false
	*p.log = append(*p.log, "close "+p.name)
}

func (p *pretender) compile(batch int) error {
	p.compiled = append(p.compiled, batch)
	p.clock.pass(ms(1000))
	return nil
}

func (p *pretender) predict(batch int) error {
	if !p.isOpen || !slices.Contains(p.compiled, batch) {
		return fmt.Errorf("%s is not ready for batch %d", p.name, batch)
	}
	if p.calls++; p.calls == p.fail {
		return errors.New("out of memory")
	}
	first := 0.0
	if p.calls == 1 {
		first = 40
	}
	p.clock.pass(ms(first + p.per*(1+float64(batch))))
	if last := p.name; len(*p.log) == 0 || (*p.log)[len(*p.log)-1] != last {
		*p.log = append(*p.log, last)
	}
	return nil
}

func (p *pretender) photo(_ string, lap func()) error {
	for i := range tradeoff.Stages() {
		p.clock.pass(ms(float64(i + 1)))
		lap()
	}
	return nil
}

func (p *pretender) bundle() (int64, error) { return 1000, nil }
func (p *pretender) memory() int64          { return p.needs }

func pretend(o tradeoff.Options, subjects ...*pretender) (*meter, *[]string) {
	c, log := &clock{at: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}, &[]string{}
	m := &meter{now: c.now, options: o, photos: []string{"a", "b", "c"}}
	for _, s := range subjects {
		s.clock, s.log = c, log
		m.tallies = append(m.tallies, &tally{subject: s, speed: tradeoff.Speed{Backbone: s.name}})
	}
	return m, log
}

func TestMeasureByFakeClock(t *testing.T) {
	o := tradeoff.Options{Batches: []int{1, 4}, Rounds: 3, WarmUp: 2, Timings: 10, Images: 8, Photos: 2, Limit: time.Hour}
	m, log := pretend(o, &pretender{name: "slow", per: 4}, &pretender{name: "fast", per: 1})
	if err := m.run(t.Context()); err != nil {
		t.Fatal(err)
	}
	slow, fast := m.tallies[0].summary(o), m.tallies[1].summary(o)
	for _, c := range []struct {
		name, reason string
		got, want    float64
	}{
		{"median", "per*(1+1) ms", slow.Latency.Median, 0.008},
		{"p99", "no call differs", slow.Latency.P99, 0.008},
		{"timings", "10 in each of 3 rounds; warm-up does not count", float64(slow.Latency.N), 30},
		{"batch 4", "4 images in 1*(1+4) ms", fast.Throughput[1].Median, 800},
		{"batch 1", "1 image in 2 ms", fast.Throughput[0].High, 500},
		{"best batch", "800 is more than 500", float64(fast.BestBatch), 4},
		{"compile", "only the graph of batch 1", fast.Compile, 1},
		{"first call", "40 ms more than the others", fast.FirstCall, 0.042},
		{"noise", "rounds are the same", fast.Noise, 0},
		{"read", "first stage", fast.Stages[0].Seconds, 0.001},
		{"decode", "2 ms, of which reading again takes 1", fast.Stages[1].Seconds, 0.001},
		{"forward", "last stage", fast.Stages[4].Seconds, 0.005},
		{"bundle", "as the subject says", float64(fast.BundleBytes), 1000},
	} {
		if !near(c.got, c.want, 1e-9) {
			t.Errorf("%s is %g, want %g: %s", c.name, c.got, c.want, c.reason)
		}
	}
	want := "open slow,slow,close slow,open fast,fast,close fast,open slow,slow,open fast,fast,slow,fast,close " +
		"slow,close fast"
	// Round 2 begins with fast, which also ended round 1, and ends with slow, which begins round 3.
	if got := strings.Join(*log, ","); got != want {
		t.Errorf("order %s,\nwant %s: each alone first, then in turn, held open", got, want)
	}
}

func TestMeasureLimits(t *testing.T) {
	o := tradeoff.Options{Batches: []int{1, 4}, Rounds: 2, WarmUp: 1, Timings: 100, Images: 400, Photos: 1, Limit: ms(40)}
	m, log := pretend(o, &pretender{name: "a", per: 4, needs: 1 << 60}, &pretender{name: "b", per: 4, fail: 12},
		&pretender{name: "c", per: 40})
	if err := m.run(t.Context()); err != nil {
		t.Fatal(err)
	}
	a, b, c := m.tallies[0].summary(o), m.tallies[1].summary(o), m.tallies[2].summary(o)
	if a.Latency.N != 10 || c.Latency.N != 2 {
		t.Errorf("%d and %d timings, want 10 (5 of 8 ms fill 40 ms, two rounds) and 2 (one of 80 ms a round)",
			a.Latency.N, c.Latency.N)
	}
	if !strings.Contains(b.Error, "out of memory") || b.Latency.N != 0 || c.Error != "" {
		t.Errorf("b: %+v, c: %q; b failed, and alone", b, c.Error)
	}
	open := 0
	for _, line := range *log {
		switch {
		case strings.HasPrefix(line, "open"):
			open++
		case strings.HasPrefix(line, "close"):
			open--
		}
		if open > 1 {
			t.Fatalf("two are open though there is no memory for it: %v", *log)
		}
	}
	if open != 0 {
		t.Error("left open")
	}
	ctx, cancel := context.WithCancel(t.Context())
	m, _ = pretend(o, &pretender{name: "a", per: 4})
	m.progress = func(_ string, done, _ int64) {
		if done == 2 {
			cancel()
		}
	}
	if err := m.run(ctx); !errors.Is(err, context.Canceled) || m.tallies[0].opened {
		t.Errorf("%v, open %v: a stopped measurement must end and free what it holds", err, m.tallies[0].opened)
	}
}

func TestLatency(t *testing.T) {
	got := latency([][]float64{{1, 2, 9}, {3, 4, 5}, {2, 2, 8}})
	if got.Median != 3 || got.P90 != 9 || got.Interval[0] != 2 || got.Interval[1] != 4 || got.N != 9 {
		t.Errorf("got %+v; sorted 1 2 2 2 3 4 5 8 9 has 3 in the middle, rounds have medians 2, 4, 2", got)
	}
}

func plainPhoto(t *testing.T) string {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, 120, 90))
	for i := range img.Pix {
		img.Pix[i] = uint8(i * 7)
	}
	img.Set(3, 3, color.White)
	path := filepath.Join(t.TempDir(), "a.jpg")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(jpeg.Encode(f, img, nil), f.Close()); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestMeasure times two real networks; the numbers themselves are not judged. In pure Go, because
// XLA compiles for seconds.
func TestMeasure(t *testing.T) {
	fulltest.Needs(t, "weights")
	e := enginetest.Go(t)
	networks := []tradeoff.Network{{Backbone: "lite0", Size: 64, Classes: 3}, {Backbone: "lite0", Size: 32, Classes: 3}}
	o := tradeoff.Options{Batches: []int{1, 2}, Rounds: 2, WarmUp: 1, Timings: 2, Images: 2, Photos: 1, Limit: time.Second}
	speeds, err := Measure(t.Context(), e, networks, []string{plainPhoto(t)}, o, nil)
	if err != nil || len(speeds) != len(networks) {
		t.Fatalf("%d speeds, %v", len(speeds), err)
	}
	for i, s := range speeds {
		if s.Error != "" || s.Size != networks[i].Size || s.Backbone != "efficientnet_lite0" ||
			s.Environment.Engine != e.Name {
			t.Errorf("got %+v", s)
		}
		if s.Latency.N < 2 || s.Latency.Median <= 0 || s.Latency.Median > s.Latency.P99 || s.Compile <= 0 ||
			s.FirstCall <= 0 {
			t.Errorf("latency %+v, compile %g, first call %g", s.Latency, s.Compile, s.FirstCall)
		}
		if s.Latency.Interval[0] > s.Latency.Median || s.Latency.Interval[1] < s.Latency.Median || s.Noise < 0 {
			t.Errorf("latency %+v, noise %g", s.Latency, s.Noise)
		}
		if weights := 4 * s.Parameters; s.BundleBytes < weights || s.BundleBytes > weights+weights/20 {
			t.Errorf("bundle of %d bytes for %d parameters: four bytes each, statistics and names", s.BundleBytes, s.Parameters)
		}
		if len(s.Throughput) != 2 || s.Best().Median <= 0 || len(s.Stages) != len(tradeoff.Stages()) ||
			s.Stages[4].Seconds <= 0 || s.Megapixels != 0.0108 {
			t.Errorf("throughput %+v, stages %+v, %g megapixels", s.Throughput, s.Stages, s.Megapixels)
		}
		if known := resetPeak(); known && (s.PeakMemory < s.RestMemory || s.RestMemory <= 0) {
			t.Errorf("peak memory %d after %d", s.PeakMemory, s.RestMemory)
		}
	}
	bad := [][]tradeoff.Network{nil, {{Backbone: "lite9", Classes: 3}}, {{Backbone: "lite0", Classes: 1}},
		{{Backbone: "lite0", Size: 5, Classes: 3}}}
	for _, networks := range bad {
		if _, err := Measure(t.Context(), e, networks, []string{plainPhoto(t)}, o, nil); err == nil {
			t.Errorf("no error for %+v", networks)
		}
	}
	if _, err := Measure(t.Context(), e, networks, []string{"missing.jpg"}, o, nil); err == nil {
		t.Error("no error for a photo that is not there")
	}
}
