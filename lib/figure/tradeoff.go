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

	"imagelab/lib/metric"
	"imagelab/lib/tradeoff"
)

// tradeOffWidth and tradeOffHeight are a size at which [TradeOff] is readable with a dozen models
// or more.
const (
	tradeOffWidth  = vg.Length(440)
	tradeOffHeight = vg.Length(310)
)

// TradeOff shows accuracy against the latency of one photo on a logarithmic axis, both with their
// intervals. A point is a model: its colour is the cut, its shape the machine, its label the
// network. The filled points are those that [tradeoff.Choice] names, the model to take and the best
// on validation; they always have a label. The line is the Pareto front on the judged photos.
// Models of one network have the same latency and stand side by side.
func TradeOff(t tradeoff.Result) Figure {
	var marks []mark
	for _, p := range t.Points {
		l := p.Speed.Latency
		m := markOf(p, 1000*l.Median, latencySpan(l))
		for _, c := range t.Choices {
			m.chosen = m.chosen || c.Machine == p.Machine && (c.Take.Model == p.Model || c.Best.Model == p.Model)
		}
		marks = append(marks, m)
	}
	below := below(t) + " Latency: median; bars: from the fastest round to the 90th percentile of the calls. " + filled
	return Figure{scatter(latencyTitle(t), below, "latency of the network for one photo, ms (log)", marks, logTicks{},
		1000*t.Budget.Seconds()), tradeOffWidth, tradeOffHeight}
}

// latencySpan is from the fastest round, where that is known, to the 90th percentile, milliseconds.
func latencySpan(l tradeoff.Latency) metric.Interval {
	low := l.Median
	if l.Interval[0] > 0 {
		low = min(low, l.Interval[0])
	}
	return metric.Interval{1000 * low, 1000 * max(l.P90, l.Median)}
}

const filled = "Filled: named above. Line: Pareto front (no other model is both cheaper and more accurate)."

// TradeOffSize is [TradeOff] with the number of parameters as cost, which is the same on every
// machine.
func TradeOffSize(t tradeoff.Result) Figure {
	t.Points = firstMachine(t)
	t.Machines = t.Machines[:min(len(t.Machines), 1)]
	cost := func(p tradeoff.Point) float64 { return float64(p.Speed.Parameters) / 1e6 }
	text := func(p tradeoff.Point) string {
		return fmt.Sprintf("%.3g M parameters (%.3g MB)", cost(p), float64(p.Speed.BundleBytes)/1e6)
	}
	title, marks := cheapest(t, "smaller", "Smallest", cost, text)
	return Figure{scatter(title, below(t)+" "+filled, "parameters, millions (log)", marks, logTicks{}, 0),
		tradeOffWidth, tradeOffHeight}
}

// TradeOffTraining is [TradeOff] with the time of one fit as cost, on the machines where fits ran.
// It leaves out models whose time is not known.
func TradeOffTraining(t tradeoff.Result) Figure {
	cost := func(p tradeoff.Point) float64 { return p.Train }
	title, marks := cheapest(t, "faster trained", "Fastest trained", cost,
		func(p tradeoff.Point) string { return span(p.Train) + " of training" })
	if len(marks) == 0 {
		title = "No training time was recorded"
	}
	below := below(t) + " Training: one fit, from the photos' files on, as if nothing were cached. " + filled
	if n := untimed(t); n > 0 && len(marks) > 0 {
		below += fmt.Sprintf(" %d models are left out: an earlier version recorded their fits without these times.", n)
	}
	return Figure{scatter(title, below, "training time (log)", marks, timeTicks{}, 0), tradeOffWidth, tradeOffHeight}
}

// untimed counts the models whose training time is not known on any machine.
func untimed(t tradeoff.Result) int {
	timed := map[string]bool{}
	for _, p := range t.Points {
		timed[p.Model] = timed[p.Model] || p.Train > 0
	}
	n := 0
	for _, known := range timed {
		if !known {
			n++
		}
	}
	return n
}

// cheapest are the marks of the models with a known cost, and a title that names the filled ones:
// on the first machine, the best model on validation, and the cheapest one within its standard
// error.
func cheapest(t tradeoff.Result, cheaper, least string, cost func(tradeoff.Point) float64,
	text func(tradeoff.Point) string) (title string, marks []mark) {
	for _, machine := range t.Machines {
		best, take, ok := t.Cheapest(machine, cost)
		if !ok {
			continue
		}
		for _, p := range t.On(machine) {
			if x := cost(p); x > 0 {
				m := markOf(p, x, metric.Interval{x, x})
				m.chosen = title == "" && (p.Model == best.Model || p.Model == take.Model)
				marks = append(marks, m)
			}
		}
		if title == "" {
			title = named(t, cheaper, least, take, best, text)
		}
	}
	return title, marks
}

// named is the title, such as "Smallest model within one standard error of the best on validation:
// A, 84 % with ...".
func named(t tradeoff.Result, cheaper, least string, take, best tradeoff.Point,
	text func(tradeoff.Point) string) string {
	of := func(p tradeoff.Point) string {
		return fmt.Sprintf("%s, %s with %s", Shorten(p.Label(), 40), percent(p.Top1, t.Images), text(p))
	}
	if best.Model == take.Model {
		return fmt.Sprintf("Best on validation, and no %s model is within one standard error: %s", cheaper, of(best))
	}
	return fmt.Sprintf("%s model within one standard error of the best on validation: %s; the best: %s",
		least, of(take), of(best))
}

func markOf(p tradeoff.Point, x float64, xSpan metric.Interval) mark {
	network := fmt.Sprintf("%s@%d", strings.TrimPrefix(p.Backbone, "efficientnet_"), p.Size)
	return mark{x: x, y: p.Top1, xSpan: xSpan, ySpan: p.Interval, network: Shorten(network, 24), cut: p.Cut,
		machine: p.Machine}
}

func latencyTitle(t tradeoff.Result) string {
	if len(t.Choices) == 0 {
		return "Accuracy against speed"
	}
	c := t.Choices[0]
	if len(t.Choices) == 1 {
		title := ""
		if c.Budget > 0 && c.Within == nil {
			title = fmt.Sprintf("No model is within %.4g ms. ", 1000*c.Budget.Seconds())
		}
		title += fmt.Sprintf("Take %s: %s in %s", Shorten(c.Take.Label(), 40), percent(c.Take.Top1, t.Images), millis(c.Take))
		if c.Best.Model != c.Take.Model {
			title += fmt.Sprintf("; best on validation: %s, %s in %s", Shorten(c.Best.Label(), 40),
				percent(c.Best.Top1, t.Images), millis(c.Best))
		}
		return title
	}
	var models []string
	least, most := math.Inf(1), 0.0
	for _, c := range t.Choices {
		if model := Shorten(c.Take.Label(), 40); !slices.Contains(models, model) {
			models = append(models, model)
		}
		least, most = min(least, c.Take.Speed.Latency.Median), max(most, c.Take.Speed.Latency.Median)
	}
	if len(models) > 1 {
		return "The model to take depends on the machine: " + strings.Join(models, ", ")
	}
	return fmt.Sprintf("Take %s: %s in %.3g to %.3g ms, depending on the machine",
		models[0], percent(c.Take.Top1, t.Images), 1000*least, 1000*most)
}

func millis(p tradeoff.Point) string { return fmt.Sprintf("%.3g ms", 1000*p.Speed.Latency.Median) }

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

// below says what the accuracy is measured on.
func below(t tradeoff.Result) string {
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
	return fmt.Sprintf("Accuracy: 95 %% interval over %d %s photos and %s.", t.Images, t.SideName(), text)
}

func firstMachine(t tradeoff.Result) []tradeoff.Point {
	if len(t.Machines) == 0 {
		return nil
	}
	seen, points := map[string]bool{}, []tradeoff.Point{}
	for _, p := range t.Points {
		if !seen[p.Model] {
			seen[p.Model] = true
			p.Machine = t.Machines[0]
			points = append(points, p)
		}
	}
	return points
}

// scatter draws marks with their Pareto fronts, names and legend, and a vertical line at the budget
// if it is above 0.
func scatter(title, below, x string, marks []mark, ticks plot.Ticker, budget float64) *plot.Plot {
	p := New(title, below, x, "top-1 accuracy")
	if len(marks) == 0 {
		return New(title, "", "", "")
	}
	Grid(p, true, false)
	cuts, machines := distinct(marks, func(m mark) string { return m.cut }),
		distinct(marks, func(m mark) string { return m.machine })
	slices.SortStableFunc(cuts, func(a, b string) int {
		return cmp.Or(cmp.Compare(depth(a), depth(b)), cmp.Compare(b, a))
	})
	for i := range marks {
		marks[i].color = seriesInk[slices.Index(cuts, marks[i].cut)%len(seriesInk)]
		marks[i].shape = shapes[slices.Index(machines, marks[i].machine)%len(shapes)]
	}
	markFronts(marks, machines)
	standAside(marks)
	p.X.Scale, p.X.Tick.Marker, p.Y.Tick.Marker = plot.LogScale{}, ticks, percentTicks{}
	limits(p, marks)
	if budget > 0 {
		p.X.Min, p.X.Max = min(p.X.Min, budget/1.1), max(p.X.Max, budget*1.1)
		p.Add(budgetMark{budget})
	}
	p.Add(markPlotter{marks, machines})
	keys := legend{cutKeys(cuts, machines)}
	p.Title.Padding = keys.padding(Width - 60)
	p.Add(keys)
	return p
}

// budgetMark is a vertical line labelled with its time.
type budgetMark struct{ ms float64 }

// Plot implements plot.Plotter.
func (m budgetMark) Plot(c draw.Canvas, p *plot.Plot) {
	x := c.X(p.X.Norm(m.ms))
	c.StrokeLine2(draw.LineStyle{Color: Vermilion, Width: 0.8, Dashes: []vg.Length{3, 2}}, x, c.Min.Y, x, c.Max.Y)
	style, at := TextStyle(8, Vermilion), x+3
	text := fmt.Sprintf("budget %.4g ms", m.ms)
	if at+style.Width(text) > c.Max.X {
		style.XAlign, at = draw.XRight, x-3
	}
	c.FillText(style, vg.Point{X: at, Y: c.Min.Y + 2}, text)
}

// Cuts with names of their own. They are backbone.CutHead and CutAll, whose package would link the
// engine.
const (
	cutHead = "head"
	cutAll  = "all"
)

// depth orders cuts by how much they train, the least first; stages are then ordered by name, the
// last stage first.
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
		for i, front := range tradeoff.ParetoFront(costs, values) {
			marks[at[i]].front = front
		}
	}
}

// cutKeys explains the colours and, if there are several machines, the shapes.
func cutKeys(cuts, machines []string) []key {
	var keys []key
	for i, cut := range cuts {
		text, shape := "cut at "+cut, draw.GlyphDrawer(draw.CircleGlyph{})
		switch cut {
		case cutHead:
			text = "only the head trained"
		case cutAll:
			text = "all trained"
		case fieldTrained:
			text = cut
		case fieldPublished:
			text, shape = cut, draw.RingGlyph{}
		}
		keys = append(keys, key{text, seriesInk[i%len(seriesInk)], shape})
	}
	if len(machines) > 1 {
		for i, machine := range machines {
			keys = append(keys, key{Shorten(machine, 60), Dim, shapes[i%len(shapes)]})
		}
	}
	return keys
}

// logTicks labels a logarithmic axis at round numbers, fewer if there are more decades.
type logTicks struct{}

// Ticks implements plot.Ticker.
func (logTicks) Ticks(low, high float64) []plot.Tick {
	steps := []float64{1, 1.5, 2, 3, 5, 7}
	if high/low < 4 {
		steps = []float64{1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 8, 9}
	}
	if high/low > 50 {
		steps = []float64{1, 2, 5}
	}
	if high/low > 5000 {
		steps = []float64{1}
	}
	var ticks []plot.Tick
	first := math.Floor(math.Log10(low))
	for e := first; math.Pow(10, e) <= high && e < first+MostTicks; e++ {
		unit := math.Pow(10, e)
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
	for _, n := range []float64{0.01, 0.1, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 18000,
		36000, 86400} {
		if low <= n && n <= high {
			ticks = append(ticks, plot.Tick{Value: n, Label: span(n)})
		}
	}
	return ticks
}

var shapes = []draw.GlyphDrawer{draw.CircleGlyph{}, draw.BoxGlyph{}, draw.PyramidGlyph{}, draw.PlusGlyph{},
	draw.CrossGlyph{}}
