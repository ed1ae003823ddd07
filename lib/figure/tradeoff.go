package figure

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"imagelab/lib/bench"
	"imagelab/lib/metric"
)

// TradeOffWidth and TradeOffHeight are a size at which [TradeOff] and its like are readable with a dozen arms and more.
const (
	TradeOffWidth  = vg.Length(440)
	TradeOffHeight = vg.Length(310)
)

// TradeOff shows accuracy against the latency of one photo on a logarithmic axis, both with their intervals. A point is
// an arm; its colour is the cut, its shape the machine, its network stands beside it. The line is the front of each
// machine: filled points on it are beaten by no other. Arms of one network have the same latency and stand side by side.
func TradeOff(t bench.TradeOff) *plot.Plot {
	var marks []mark
	for _, p := range t.Points {
		l := p.Speed.Latency
		marks = append(marks, markOf(p, 1000*l.Median, metric.Interval{1000 * l.Interval[0], 1000 * l.Interval[1]}))
	}
	below := below(t) + " Latency: median, lowest and highest round. Filled: no other arm is both faster and better."
	return scatter(latencyTitle(t), below, "latency of a photo, ms (log)", marks, logTicks{})
}

// TradeOffSize is [TradeOff] against the size of the saved model, which is the same on every machine.
func TradeOffSize(t bench.TradeOff) *plot.Plot {
	var marks []mark
	for _, p := range firstMachine(t) {
		mb := float64(p.Speed.BundleBytes) / 1e6
		marks = append(marks, markOf(p, mb, metric.Interval{mb, mb}))
	}
	title := "Accuracy against the size of the model"
	if len(t.Choices) > 0 {
		c := t.Choices[0]
		title = fmt.Sprintf("Smallest: %s, %s in %.3g MB", c.Smallest.Label(), percent(c.Smallest.Top1, t.Images), float64(c.Smallest.Speed.BundleBytes)/1e6)
		if c.Best.Arm != c.Smallest.Arm {
			title += fmt.Sprintf("; best: %s, %s in %.3g MB", c.Best.Label(), percent(c.Best.Top1, t.Images), float64(c.Best.Speed.BundleBytes)/1e6)
		}
	}
	return scatter(title, below(t)+" Filled: no other arm is both smaller and better.", "saved model, MB (log)", marks, logTicks{})
}

// TradeOffTraining is [TradeOff] against the time of one fit, on the machines where fits ran.
func TradeOffTraining(t bench.TradeOff) *plot.Plot {
	var marks []mark
	var trained []bench.Point
	for _, p := range t.Points {
		if p.Train > 0 {
			trained = append(trained, p)
			marks = append(marks, markOf(p, p.Train, metric.Interval{p.Train, p.Train}))
		}
	}
	title := "No training time was recorded"
	if len(trained) > 0 {
		top := slices.MaxFunc(trained, func(a, b bench.Point) int { return cmp.Compare(a.Val, b.Val) })
		quick := slices.MinFunc(trained, func(a, b bench.Point) int { return cmp.Compare(a.Train, b.Train) })
		title = fmt.Sprintf("Best: %s, %s after %s of training", top.Label(), percent(top.Top1, t.Images), span(top.Train))
		if quick.Arm != top.Arm {
			title += fmt.Sprintf("; quickest: %s, %s after %s", quick.Label(), percent(quick.Top1, t.Images), span(quick.Train))
		}
	}
	return scatter(title, below(t)+" Training of one seed without decoding. Filled: no other arm is both quicker and better.", "training time (log)", marks, timeTicks{})
}

func markOf(p bench.Point, x float64, xSpan metric.Interval) mark {
	network := fmt.Sprintf("%s@%d", strings.TrimPrefix(p.Backbone, "efficientnet_"), p.Size)
	return mark{x: x, y: p.Top1, xSpan: xSpan, ySpan: p.Interval, network: network, cut: p.Cut, machine: p.Machine}
}

func latencyTitle(t bench.TradeOff) string {
	if len(t.Choices) == 0 {
		return "Accuracy against speed"
	}
	c := t.Choices[0]
	title := fmt.Sprintf("Best: %s, %s in %s", c.Best.Label(), percent(c.Best.Top1, t.Images), millis(c.Best))
	if len(t.Choices) > 1 {
		least, most := 1e9, 0.0
		for _, p := range t.Points {
			if p.Arm == c.Best.Arm {
				least, most = min(least, p.Speed.Latency.Median), max(most, p.Speed.Latency.Median)
			}
		}
		return fmt.Sprintf("Best: %s, %s in %.3g to %.3g ms, depending on the machine", c.Best.Label(), percent(c.Best.Top1, t.Images), 1000*least, 1000*most)
	}
	switch {
	case c.Within == nil:
		title += fmt.Sprintf("; none takes less than %d ms", c.Limit.Milliseconds())
	case c.Within.Arm != c.Best.Arm:
		title += fmt.Sprintf("; within %d ms: %s, %s", c.Limit.Milliseconds(), c.Within.Label(), percent(c.Within.Top1, t.Images))
	}
	return title
}

func millis(p bench.Point) string { return fmt.Sprintf("%.3g ms", 1000*p.Speed.Latency.Median) }

func span(seconds float64) string {
	d := time.Duration(seconds * float64(time.Second))
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%.2g s", seconds)
	case d < 100*time.Minute:
		return fmt.Sprintf("%.2g min", d.Minutes())
	}
	return fmt.Sprintf("%.2g h", d.Hours())
}

// below says what the accuracy is of.
func below(t bench.TradeOff) string {
	seeds := map[int]bool{}
	for _, p := range t.Points {
		seeds[len(p.Seeds)] = true
	}
	text := "one seed"
	for n := range seeds {
		if n > 1 {
			text = fmt.Sprintf("%d seeds", n)
		}
		if len(seeds) > 1 {
			text = "its seeds"
		}
	}
	return fmt.Sprintf("Accuracy: 95 %% interval of %d %s images and %s.", t.Images, sideName(t.Side), text)
}

func firstMachine(t bench.TradeOff) []bench.Point {
	if len(t.Machines) == 0 {
		return nil
	}
	seen, points := map[string]bool{}, []bench.Point{}
	for _, p := range t.Points {
		if !seen[p.Arm] {
			seen[p.Arm] = true
			p.Machine = t.Machines[0]
			points = append(points, p)
		}
	}
	return points
}

// scatter draws marks with their fronts, names and legend.
func scatter(title, below, x string, marks []mark, ticks plot.Ticker) *plot.Plot {
	p := newPlot(title, below, x, "top-1 accuracy")
	if len(marks) == 0 {
		return newPlot(title, "", "", "")
	}
	addGrid(p, true, false)
	cuts, machines := distinct(marks, func(m mark) string { return m.cut }), distinct(marks, func(m mark) string { return m.machine })
	slices.SortStableFunc(cuts, func(a, b string) int { return cmp.Or(cmp.Compare(depth(a), depth(b)), cmp.Compare(b, a)) })
	for i := range marks {
		marks[i].color = seriesInk[slices.Index(cuts, marks[i].cut)%len(seriesInk)]
		marks[i].shape = shapes[slices.Index(machines, marks[i].machine)%len(shapes)]
	}
	markFronts(marks, machines)
	standAside(marks)
	p.X.Scale, p.X.Tick.Marker, p.Y.Tick.Marker = plot.LogScale{}, ticks, percentTicks{}
	limits(p, marks)
	p.Add(markPlotter{marks, machines})
	keys := legend{cutKeys(cuts, machines)}
	p.Title.Padding = keys.padding(Width - 60)
	p.Add(keys)
	return p
}

// The cuts that have names of their own: backbone.CutHead and CutAll, which would bring the engine along.
const (
	cutHead = "head"
	cutAll  = "all"
)

// depth orders cuts from the one that trains least; stages of the same depth go by name, the last stage first.
func depth(cut string) int {
	switch cut {
	case cutHead:
		return 0
	case cutAll:
		return 2
	}
	return 1
}

func distinct(marks []mark, of func(mark) string) []string {
	var names []string
	for _, m := range marks {
		if !slices.Contains(names, of(m)) {
			names = append(names, of(m))
		}
	}
	slices.Sort(names)
	return names
}

func markFronts(marks []mark, machines []string) {
	for _, machine := range machines {
		var at []int
		var costs, values []float64
		for i, m := range marks {
			if m.machine == machine {
				at, costs, values = append(at, i), append(costs, m.x), append(values, m.y)
			}
		}
		for i, front := range bench.Front(costs, values) {
			marks[at[i]].front = front
		}
	}
}

// cutKeys explains colours and, of several machines, shapes.
func cutKeys(cuts, machines []string) []key {
	var keys []key
	for i, cut := range cuts {
		text := "cut at " + cut
		switch cut {
		case cutHead:
			text = "head alone trained"
		case cutAll:
			text = "all trained"
		}
		keys = append(keys, key{text, seriesInk[i%len(seriesInk)], draw.CircleGlyph{}})
	}
	if len(machines) > 1 {
		for i, machine := range machines {
			keys = append(keys, key{name(machine, 60), dim, shapes[i%len(shapes)]})
		}
	}
	return keys
}

// logTicks labels a logarithmic axis at round numbers, the fewer the more decades there are.
type logTicks struct{}

// Ticks implements plot.Ticker.
func (logTicks) Ticks(low, high float64) []plot.Tick {
	steps := []float64{1, 1.5, 2, 3, 5, 7}
	if high/low > 50 {
		steps = []float64{1, 2, 5}
	}
	if high/low > 5000 {
		steps = []float64{1}
	}
	var ticks []plot.Tick
	for unit := math.Pow(10, math.Floor(math.Log10(low))); unit <= high; unit *= 10 {
		for _, m := range steps {
			if n := unit * m; low <= n && n <= high {
				ticks = append(ticks, plot.Tick{Value: n, Label: fmt.Sprintf("%.6g", n)})
			}
		}
	}
	return ticks
}

// timeTicks labels a logarithmic axis of seconds.
type timeTicks struct{}

// Ticks implements plot.Ticker.
func (timeTicks) Ticks(low, high float64) []plot.Tick {
	var ticks []plot.Tick
	for _, n := range []float64{0.01, 0.1, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 18000, 36000, 86400} {
		if low <= n && n <= high {
			ticks = append(ticks, plot.Tick{Value: n, Label: span(n)})
		}
	}
	return ticks
}

var shapes = []draw.GlyphDrawer{draw.CircleGlyph{}, draw.BoxGlyph{}, draw.PyramidGlyph{}, draw.PlusGlyph{}, draw.CrossGlyph{}}
