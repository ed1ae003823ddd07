package figure

import (
	"math"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"imagelab/lib/metric"
)

// Series is the accuracy at several values of one setting, in ascending order.
type Series struct {
	Name   string // label at the end of the line
	Points []Setting
}

// Setting is the accuracy at one value of a setting.
type Setting struct {
	X        float64 // above 0 on a logarithmic axis
	Accuracy float64 // mean of the fits, [0,1]
	Interval metric.Interval
}

// Response shows how accuracy depends on a setting, such as the learning rate: for each series a
// line with 95 % intervals and its name at the end. `x` is the name of the setting with its unit.
// Use a logarithmic axis for settings that grow by factors.
func Response(title, below, x string, logarithmic bool, series ...Series) Figure {
	p := New(title, below, x, "accuracy")
	Grid(p, true, false)
	ends := ledLabels{}
	for i, s := range series {
		if len(s.Points) == 0 {
			continue
		}
		color := seriesColor(i)
		line := plotter.XYs{}
		for _, at := range s.Points {
			line = append(line, plotter.XY{X: at.X, Y: at.Accuracy})
			p.Add(&plotter.Line{XYs: plotter.XYs{{X: at.X, Y: at.Interval[0]}, {X: at.X, Y: at.Interval[1]}},
				LineStyle: draw.LineStyle{Color: color, Width: 1}})
		}
		p.Add(&plotter.Line{XYs: line, LineStyle: draw.LineStyle{Color: color, Width: LineWidth}})
		p.Add(&plotter.Scatter{XYs: line, GlyphStyle: draw.GlyphStyle{Color: color, Radius: 2.6, Shape: draw.CircleGlyph{}}})
		last := line[len(line)-1]
		label := Shorten(s.Name, 24)
		ends.X = max(ends.X, last.X)
		ends.Labels = append(ends.Labels, EndLabel{Y: last.Y, Text: label, Color: color, From: last.X})
	}
	if len(ends.Labels) > 1 {
		p.Add(ends)
	}
	if len(ends.Labels) == 0 {
		return Standard(p)
	}
	if logarithmic {
		p.X.Scale = plot.LogScale{}
	}
	p.X.Tick.Marker = settingTicks(series)
	setShareAxis(p)
	return Standard(p)
}

// Dot is one row of [Dots].
type Dot struct {
	Name     string
	Accuracy float64   // mean of the fits, [0,1]
	Each     []float64 // accuracy of each fit
	Interval metric.Interval
}

// settingTicks labels the values of the setting.
func settingTicks(series []Series) plot.ConstantTicks {
	var ticks plot.ConstantTicks
	seen := map[float64]bool{}
	for _, s := range series {
		for _, at := range s.Points {
			if !seen[at.X] {
				seen[at.X] = true
				ticks = append(ticks, plot.Tick{Value: at.X, Label: strconv.FormatFloat(at.X, 'g', 3, 64)})
			}
		}
	}
	return ticks
}

// dotsWidth is a width of [Dots] that leaves room for the names.
const dotsWidth = vg.Length(420)

// dotsHeight is a height at which [Dots] of n rows is readable.
func dotsHeight(n int) vg.Length { return 90 + 30*vg.Length(n) }

// Dots compares configurations that have no order: one row for each, with its mean, 95 % interval
// and single fits, the first on top.
func Dots(title, below string, dots ...Dot) Figure {
	p := New(title, below, "accuracy", "")
	p.X.Tick.Marker = percentTicks{}
	Grid(p, false, true)
	low, high := 1.0, 0.0
	var names []plot.Tick
	for i, d := range dots {
		y := float64(len(dots) - 1 - i)
		names = append(names, plot.Tick{Value: y, Label: Shorten(d.Name, 34)})
		low, high = min(low, d.Interval[0]), max(high, d.Interval[1])
		single := plotter.XYs{}
		for _, v := range d.Each {
			single = append(single, plotter.XY{X: v, Y: y - 0.22})
			low, high = min(low, v), max(high, v)
		}
		if len(single) > 1 {
			p.Add(&plotter.Scatter{XYs: single, GlyphStyle: draw.GlyphStyle{Color: Dim, Radius: 1.4, Shape: draw.CircleGlyph{}}})
		}
		p.Add(&plotter.Line{XYs: plotter.XYs{{X: d.Interval[0], Y: y}, {X: d.Interval[1], Y: y}},
			LineStyle: draw.LineStyle{Color: Blue, Width: LineWidth}})
		p.Add(&plotter.Scatter{XYs: plotter.XYs{{X: d.Accuracy, Y: y}},
			GlyphStyle: draw.GlyphStyle{Color: Blue, Radius: 3.2, Shape: draw.CircleGlyph{}}})
	}
	p.Y.Tick.Marker = plot.ConstantTicks(names)
	p.Y.Tick.Label.Color = Ink
	p.Y.Min, p.Y.Max = -0.5, float64(max(len(dots), 1))-0.5
	if len(dots) > 0 {
		p.X.Min, p.X.Max = math.Floor(max(low, 0)*20)/20, math.Ceil(min(high, 1)*20)/20
	}
	return Figure{p, dotsWidth, dotsHeight(len(dots))}
}
