package figure

import (
	"fmt"
	"image/color"
	"math"
	"strconv"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"imagelab/lib/curve"
	"imagelab/lib/text"
)

var (
	Green     = color.NRGBA{0x00, 0x9e, 0x73, 0xff}
	Purple    = color.NRGBA{0xa8, 0x4e, 0x84, 0xff} // as in the palette, but dark enough for text
	Amber     = color.NRGBA{0xb5, 0x7d, 0x00, 0xff} // the orange of the palette, dark enough for text
	seriesInk = []color.NRGBA{Blue, Vermilion, Green, Purple, Amber}
)

// atHundred is the size that many rules of thumb name. Every learning curve marks it.
const atHundred = 100

// LearningCurve shows accuracy against training photos per class on a logarithmic axis: the mean
// over seeds with its 95 % interval, each seed as a faint dot beside it, and the forecast up to
// twice the data as a dashed line with its 90 % band.
//
// Several curves, which should be of the same judged photos, differ in colour and have Curve.Name
// at their ends. They are shifted slightly so that no interval hides another. With more than two
// curves the bands and the single seeds are left out. Without curves the figure is empty and says
// so.
func LearningCurve(series ...curve.Result) Figure {
	if len(series) == 0 {
		return Standard(New("No learning curve was recorded", "", "", ""))
	}
	p := New(learningTitle(series), learningBelow(series), "training photos per class", "accuracy")
	Grid(p, true, false)
	details := len(series) <= 2
	ends := EndLabels{}
	for i, s := range series {
		c := seriesColor(i)
		if details {
			addBand(p, s.Forecast, c)
		}
		x, y := addForecast(p, s, c)
		ends.X = max(ends.X, x)
		ends.Labels = append(ends.Labels, EndLabel{Y: y, Text: Shorten(s.Curve.Name, 20), Color: c})
	}
	for i, s := range series {
		apart := math.Pow(1.06, float64(i)-float64(len(series)-1)/2)
		addPoints(p, s.Curve.Points, seriesColor(i), apart, details)
	}
	if len(series) > 1 {
		p.Add(ends)
	}
	setSizeAxis(p)
	setShareAxis(p)
	return Standard(p)
}

func seriesColor(i int) color.NRGBA { return seriesInk[i%len(seriesInk)] }

// setSizeAxis makes x a logarithmic axis of training photos, with a mark at atHundred.
func setSizeAxis(p *plot.Plot) {
	p.X.Min, p.X.Max = p.X.Min/1.06, p.X.Max*1.02
	p.X.Scale, p.X.Tick.Marker = plot.LogScale{}, sizeTicks{}
	if p.X.Min < atHundred && atHundred < p.X.Max {
		p.Add(sizeMark{atHundred})
	}
}

// setShareAxis makes y an axis of shares that begins and ends at a grid line.
func setShareAxis(p *plot.Plot) {
	step := roundStep(100*(p.Y.Max-p.Y.Min)) / 100
	p.Y.Min = max(math.Floor(p.Y.Min/step+1e-9)*step, 0)
	p.Y.Max = min(math.Ceil(p.Y.Max/step-1e-9)*step, 1)
	p.Y.Tick.Marker = percentTicks{}
}

// learningTitle is the result at the largest size and, for a single curve, the gain from doubling.
func learningTitle(series []curve.Result) string {
	first := series[0].Curve.Points
	size := first[len(first)-1].Train
	var parts []string
	same := true
	for _, s := range series {
		last := s.Curve.Points[len(s.Curve.Points)-1]
		part := percent(last.Accuracy, s.Curve.Images)
		if len(series) > 1 {
			part = Shorten(s.Curve.Name, 20) + " " + part
		}
		parts, same = append(parts, part), same && last.Train == size
	}
	title := strings.Join(parts, ", ")
	if same {
		title += fmt.Sprintf(" with %.0f photos a class", size)
	}
	if len(series) > 1 {
		return title
	}
	if g := series[0].Forecast.Gain; series[0].Forecast.Why == "" {
		return fmt.Sprintf("%s; doubling the photos would add %.1f points (%.1f to %.1f)",
			title, 100*g.Value, 100*g.Low, 100*g.High)
	}
	return title + "; no forecast yet"
}

// learningBelow says what the figure compares and how to read it.
func learningBelow(series []curve.Result) string {
	c := series[0].Curve
	seeds := fmt.Sprintf("%d seeds", len(c.Seeds))
	if len(c.Seeds) == 1 {
		seeds = "1 seed"
	}
	parts := []string{seeds, fmt.Sprintf("%d %s photos", c.Images, text.Side(c.Side)),
		"split " + c.Split[:min(len(c.Split), 8)]}
	if c.Regime != "" {
		parts = append([]string{c.Regime}, parts...)
	}
	key, dashed := "Bars: 95 % interval", false
	for _, s := range series {
		dashed = dashed || s.Forecast.Why == ""
		if s.Curve.Split != c.Split {
			parts[len(parts)-1] = "each curve on its own split"
		}
	}
	details := len(series) <= 2
	if details {
		key += ", faint: each seed"
	}
	if dashed {
		key += ", dashed: forecast"
	}
	if dashed && details {
		key += " with 90 % band"
	}
	return strings.Join(parts, ", ") + ".\n" + key + "."
}

// addForecast draws the fitted law and its forecast up to twice the largest size, and returns the
// end of the line; without a forecast it returns the last point.
func addForecast(p *plot.Plot, s curve.Result, c color.Color) (x, y float64) {
	last := s.Curve.Points[len(s.Curve.Points)-1]
	x, y = last.Train, last.Accuracy
	var line plotter.XYs
	for _, n := range forecastSizes(s.Forecast, s.Curve.Points[0].Train) {
		if e, ok := s.Forecast.At(n); ok {
			line = append(line, plotter.XY{X: n, Y: e.Value})
			x, y = n, e.Value
		}
	}
	if len(line) > 0 {
		p.Add(&plotter.Line{XYs: line, LineStyle: draw.LineStyle{Color: c, Width: LineWidth, Dashes: []vg.Length{4, 3}}})
	}
	return x, y
}

// forecastSizes are sizes from first to twice the largest measured one, evenly spaced on a
// logarithmic axis.
func forecastSizes(f curve.Forecast, first float64) []float64 {
	const steps = 48
	if f.Why != "" {
		return nil
	}
	sizes := make([]float64, steps+1)
	for i := range sizes {
		sizes[i] = first * math.Pow(2*f.From/first, float64(i)/steps)
	}
	return sizes
}

// addBand shades the 90 % interval of the forecast beyond the data.
func addBand(p *plot.Plot, f curve.Forecast, c color.NRGBA) {
	var upper, lower plotter.XYs
	for _, n := range forecastSizes(f, f.From) {
		if e, ok := f.At(n); ok {
			upper, lower = append(upper, plotter.XY{X: n, Y: e.High}), append(lower, plotter.XY{X: n, Y: e.Low})
		}
	}
	if len(upper) == 0 {
		return
	}
	for i := len(lower) - 1; i >= 0; i-- {
		upper = append(upper, lower[i])
	}
	c.A = 0x28
	p.Add(&plotter.Polygon{XYs: []plotter.XYs{upper}, Color: c})
}

// addPoints draws the measured sizes, shifted to the right by the factor `apart`.
func addPoints(p *plot.Plot, points []curve.Point, c color.NRGBA, apart float64, seeds bool) {
	const beside = 1.07 // seeds are drawn to the right of their mean
	pale := c
	pale.A = 0x70
	var means, each plotter.XYs
	for _, pt := range points {
		x := pt.Train * apart
		bar := plotter.XYs{{X: x, Y: pt.Interval[0]}, {X: x, Y: pt.Interval[1]}}
		p.Add(&plotter.Line{XYs: bar, LineStyle: draw.LineStyle{Color: c, Width: 1}})
		means = append(means, plotter.XY{X: x, Y: pt.Accuracy})
		for _, a := range pt.Each {
			each = append(each, plotter.XY{X: x * beside, Y: a})
		}
	}
	if seeds {
		p.Add(&plotter.Scatter{XYs: each, GlyphStyle: draw.GlyphStyle{Color: pale, Radius: 1.2, Shape: draw.CircleGlyph{}}})
	}
	p.Add(&plotter.Scatter{XYs: means, GlyphStyle: draw.GlyphStyle{Color: c, Radius: 2.6, Shape: draw.CircleGlyph{}}})
}

// sizeTicks marks a logarithmic axis at 1, 2 and 5 times powers of ten. Where the axis is long,
// only the powers have labels.
type sizeTicks struct{}

// Ticks implements plot.Ticker.
func (sizeTicks) Ticks(low, high float64) []plot.Tick {
	var ticks []plot.Tick
	for unit := 1.0; unit <= high; unit *= 10 {
		for _, m := range []float64{1, 2, 5} {
			if n := unit * m; low <= n && n <= high {
				tick := plot.Tick{Value: n}
				if m == 1 || high <= manySizes*low {
					tick.Label = strconv.FormatFloat(n, 'f', -1, 64)
				}
				ticks = append(ticks, tick)
			}
		}
	}
	return ticks
}

// manySizes is the ratio of the largest to the smallest size from which on labels of all ticks
// would run into each other.
const manySizes = 1000

// sizeMark is a thin vertical line with its size at the bottom.
type sizeMark struct{ n float64 }

// Plot implements plot.Plotter.
func (m sizeMark) Plot(c draw.Canvas, p *plot.Plot) {
	x := c.X(p.X.Norm(m.n))
	c.StrokeLine2(draw.LineStyle{Color: Dim, Width: 0.5}, x, c.Min.Y, x, c.Max.Y)
	style, label, at := TextStyle(8, Dim), fmt.Sprintf("%.0f a class", m.n), x+3
	if at+style.Width(label) > c.Max.X {
		at = x - 3
		style.XAlign = draw.XRight
	}
	c.FillText(style, vg.Point{X: at, Y: c.Min.Y + 3}, label)
}
