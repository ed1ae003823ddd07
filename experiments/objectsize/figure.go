package main

import (
	"fmt"
	"slices"
	"strings"

	"imagelab/lib/figure"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// drawn shows accuracy against the object's share of the image's width on a logarithmic axis, one
// line for each kind of photos, with 95 % intervals. The upright line marks the rule of a fifth.
// Without series the figure is empty and says so.
func drawn(series ...Series) figure.Figure {
	if len(series) == 0 {
		return figure.Standard(figure.New("No object sizes were recorded", "", "", ""))
	}
	var lines []figure.Series
	var parts []string
	for _, s := range series {
		line := figure.Series{Name: s.Name}
		for _, p := range s.Points {
			line.Points = append(line.Points, figure.Setting{X: p.Share, Accuracy: p.Accuracy, Interval: p.Interval})
		}
		lines = append(lines, line)
		parts = append(parts, fmt.Sprintf("%s %.0f %%", figure.Shorten(s.Name, 24), 100*s.Enough()))
	}
	below := fmt.Sprintf("%d training images a class, %s. Bars: 95 %% intervals.", series[0].PerClass,
		seedCount(series[0]))
	p := figure.Response("Width needed: "+strings.Join(parts, ", "), below,
		"object's share of the image's width, logarithmic", true, lines...)
	p.Add(ruleLine{})
	p.X.Tick.Marker = plot.ConstantTicks(shareTicks(series))
	if p.X.Min == p.X.Max { // a logarithmic axis needs a width
		p.X.Min, p.X.Max = p.X.Min/2, p.X.Max*2
	}
	return p
}

func seedCount(s Series) string {
	if len(s.Points) > 0 && len(s.Points[0].Seeds) != 1 {
		return fmt.Sprintf("%d seeds", len(s.Points[0].Seeds))
	}
	return "1 seed"
}

// shareTicks labels the shares that were measured in any series, as far as there is room.
func shareTicks(series []Series) []plot.Tick {
	var shares []float64
	for _, s := range series {
		for _, at := range s.Points {
			shares = append(shares, at.Share)
		}
	}
	slices.Sort(shares)
	var ticks []plot.Tick
	labelled := 0.0
	for _, share := range shares {
		if share > 1.3*labelled { // else the labels would touch
			labelled = share
			ticks = append(ticks, plot.Tick{Value: share, Label: fmt.Sprintf("%.0f %%", 100*share)})
		}
	}
	return ticks
}

// ruleLine is a thin upright line at the rule of a fifth.
type ruleLine struct{}

// Plot implements plot.Plotter.
func (ruleLine) Plot(c draw.Canvas, p *plot.Plot) {
	x := c.X(p.X.Norm(Rule))
	if x < c.Min.X || x > c.Max.X {
		return
	}
	c.StrokeLine2(draw.LineStyle{Color: figure.Dim, Width: 0.5}, x, c.Min.Y, x, c.Max.Y)
	c.FillText(figure.TextStyle(8, figure.Dim), vg.Point{X: x + 3, Y: c.Min.Y + 3}, "rule of a fifth")
}
