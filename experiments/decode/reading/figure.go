package reading

import (
	"fmt"
	"image/color"
	"math"
	"slices"
	"strconv"
	"strings"

	"imagelab/lib/figure"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// figureWidth and figureHeight are a size at which the figure is readable.
const (
	figureWidth  = vg.Length(440)
	figureHeight = vg.Length(300)
)

// Figure shows the time that reading 1,000 photos takes against their size, one line for each form
// they are kept in, with the lowest and the highest round, on two logarithmic axes. Dashed lines
// are what the network takes for as many photos: a form above a dashed line keeps the network
// waiting. A report without costs gives an empty figure that says so.
func (r Report) Figure() figure.Figure {
	if len(r.Costs) == 0 {
		return figure.Standard(figure.New("No reading of photos was timed", "", "", ""))
	}
	p := figure.New(r.title(), fmt.Sprintf(
		"Time for 1,000 photos on %d cores, median and extremes of %d rounds, files in memory. Both axes are "+
			"logarithmic. Dashed: what the network takes.", r.Environment.Cores, r.Rounds),
		"size of the photos, megapixels", "") // gonum leaves a gap over the label of a logarithmic upright axis
	figure.Grid(p, true, false)
	inks := []color.NRGBA{figure.Vermilion, figure.Amber, figure.Green, figure.Blue}
	ends := figure.EndLabels{}
	for _, f := range r.Baselines {
		p.Add(floorLine{f})
		ends.Labels = append(ends.Labels, figure.EndLabel{Y: f.Seconds, Text: strings.TrimPrefix(f.Name, "the "),
			Color: figure.Dim})
	}
	// originals are drawn over their copies, which are the same up to a size
	for i, form := range slices.Backward(Forms()) {
		costs := r.Of(form)
		if len(costs) == 0 {
			continue
		}
		addCosts(p, costs, inks[i])
		last := costs[len(costs)-1]
		ends.X = max(ends.X, last.Megapixels)
		ends.Labels = append(ends.Labels, figure.EndLabel{Y: last.Seconds, Text: form, Color: inks[i]})
	}
	p.Add(ends)
	p.X.Scale, p.X.Tick.Marker = plot.LogScale{}, plot.ConstantTicks(megapixelTicks(r))
	p.Y.Scale, p.Y.Tick.Marker = plot.LogScale{}, decadeTicks{}
	p.Y.Min, p.Y.Max = math.Pow(10, math.Floor(math.Log10(p.Y.Min))), math.Pow(10, math.Ceil(math.Log10(p.Y.Max)))
	if p.X.Min == p.X.Max { // a logarithmic axis needs a width
		p.X.Min, p.X.Max = p.X.Min/2, p.X.Max*2
	}
	return figure.Figure{Plot: p, Width: figureWidth, Height: figureHeight}
}

func (r Report) title() string {
	if len(r.Baselines) == 0 {
		return "Reading photos by size and form"
	}
	f := r.Baselines[len(r.Baselines)-1]
	switch crossing := r.BreakEven(Original, f); {
	case crossing == 0:
		return fmt.Sprintf("Reading original files takes longer than %s at every size", f.Name)
	case math.IsInf(crossing, 1):
		return fmt.Sprintf("Reading photos never takes longer than %s", f.Name)
	default:
		return fmt.Sprintf("From %.2g megapixels on, reading original files takes longer than %s", crossing, f.Name)
	}
}

func addCosts(p *plot.Plot, costs []Cost, c color.NRGBA) {
	var points plotter.XYs
	for _, cost := range costs {
		points = append(points, plotter.XY{X: cost.Megapixels, Y: cost.Seconds})
		spread := plotter.XYs{{X: cost.Megapixels, Y: cost.Low}, {X: cost.Megapixels, Y: cost.High}}
		p.Add(&plotter.Line{XYs: spread, LineStyle: draw.LineStyle{Color: c, Width: 0.8}})
	}
	p.Add(&plotter.Line{XYs: points, LineStyle: draw.LineStyle{Color: c, Width: figure.LineWidth}},
		&plotter.Scatter{XYs: points, GlyphStyle: draw.GlyphStyle{Color: c, Radius: 2.4, Shape: draw.CircleGlyph{}}})
}

func megapixelTicks(r Report) []plot.Tick {
	var ticks []plot.Tick
	for _, cost := range r.Of(r.Costs[0].Format) {
		ticks = append(ticks, plot.Tick{Value: cost.Megapixels, Label: strconv.FormatFloat(cost.Megapixels, 'g',
			1+int(math.Log10(math.Max(cost.Megapixels, 1))), 64)})
	}
	return ticks
}

// decadeTicks labels the powers of ten, seconds.
type decadeTicks struct{}

// Ticks implements plot.Ticker.
func (decadeTicks) Ticks(low, high float64) []plot.Tick {
	var ticks []plot.Tick
	for e := math.Ceil(math.Log10(low) - 1e-9); e <= math.Log10(high)+1e-9 && len(ticks) < figure.MostTicks; e++ {
		ticks = append(ticks, plot.Tick{Value: math.Pow(10, e),
			Label: strconv.FormatFloat(math.Pow(10, e), 'g', 6, 64) + " s"})
	}
	return ticks
}

// floorLine is a dashed line across the plot.
type floorLine struct{ Baseline }

// Plot implements plot.Plotter.
func (l floorLine) Plot(c draw.Canvas, p *plot.Plot) {
	y := c.Y(p.Y.Norm(l.Seconds))
	c.StrokeLine2(draw.LineStyle{Color: figure.Dim, Width: 0.8, Dashes: []vg.Length{3, 3}}, c.Min.X, y, c.Max.X, y)
}

// DataRange implements plot.DataRanger.
func (l floorLine) DataRange() (xmin, xmax, ymin, ymax float64) {
	return math.Inf(1), math.Inf(-1), l.Seconds, l.Seconds
}
