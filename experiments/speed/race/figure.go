package race

import (
	"fmt"
	"image/color"
	"math"

	"imagelab/lib/figure"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Figure shows how many times faster ours is than each peer, a row for each work and peer: a point
// at the median of the rounds, a bar from the lowest to the highest, on a logarithmic axis. Points
// to the right of the line at 1 are works at which ours is faster; ours against ours is grey.
// Ratios without a peer are left out; of none the figure is empty and says so.
func Figure(all []Ratio) figure.Figure {
	rows := figureRows(WithPeer(all))
	if len(rows) == 0 {
		return figure.Standard(figure.New("No peer was measured", "", "", ""))
	}
	p := figure.New(figureTitle(Versus(all)),
		"Median, lowest and highest round, on a logarithmic axis. Blue, right of the line: ours is the faster side.",
		"how many times faster", "")
	figure.Grid(p, false, true)
	var names []plot.Tick
	low, high := 1.0, 1.0
	for i, r := range rows {
		low, high = min(low, r.Min), max(high, r.Max)
		if i == 0 || rows[i-1].Work != r.Work {
			names = append(names, plot.Tick{Value: r.y, Label: r.Work})
		}
	}
	p.Y.Tick.Marker, p.Y.Tick.Label.Color = plot.ConstantTicks(names), figure.Ink
	p.Y.Min, p.Y.Max = rows[len(rows)-1].y-0.6, 0.6
	p.X.Scale, p.X.Tick.Marker = plot.LogScale{}, doublingTicks{}
	p.X.Min, p.X.Max = min(low/1.1, 0.45), max(high*1.1, 2.2)
	p.Add(ratioPlotter{rows})
	w, h := figureSize(all)
	return figure.Figure{Plot: p, Width: w, Height: h}
}

// figureTitle counts, of the ratios with other libraries.
func figureTitle(all []Ratio) string {
	faster := 0
	for _, r := range all {
		if r.Ratio > 1 {
			faster++
		}
	}
	switch {
	case len(all) == 0:
		return "Ours at one work against another"
	case faster == len(all):
		return "Faster than every peer at every work"
	}
	return fmt.Sprintf("Faster than the peer in %d of %d comparisons", faster, len(all))
}

// figureSize is a size at which [Figure] of these ratios is readable.
func figureSize(all []Ratio) (w, h vg.Length) {
	rows := figureRows(WithPeer(all))
	if len(rows) == 0 {
		return figure.Width, 60
	}
	return 440, 92 + figureRow*vg.Length(1-rows[len(rows)-1].y)
}

const figureRow = vg.Length(13.5) // height

type figureRatio struct {
	Ratio
	y float64 // in rows, downwards from 0
}

// figureRows sets the ratios below each other, works a little apart.
func figureRows(all []Ratio) []figureRatio {
	var rows []figureRatio
	y := 0.0
	for i, r := range all {
		if i > 0 {
			if y--; r.Work != all[i-1].Work {
				y -= 0.35
			}
		}
		rows = append(rows, figureRatio{r, y})
	}
	return rows
}

// ratioPlotter draws the ratios with their spread, and names the peers at the right edge.
type ratioPlotter struct{ rows []figureRatio }

func (r figureRatio) label() string {
	return Times(r.Ratio.Ratio) + "  " + figure.Shorten(r.PeerName, 30)
}

func (r figureRatio) color() color.NRGBA {
	switch {
	case len(Versus([]Ratio{r.Ratio})) == 0:
		return figure.Dim
	case r.Ratio.Ratio > 1:
		return figure.Blue
	}
	return figure.Vermilion
}

const figureGap = vg.Length(6) // before the names

// Plot implements plot.Plotter.
func (s ratioPlotter) Plot(c draw.Canvas, p *plot.Plot) {
	one := c.X(p.X.Norm(1))
	c.StrokeLine2(draw.LineStyle{Color: figure.Dim, Width: 1}, one, c.Min.Y, one, c.Max.Y)
	for _, r := range s.rows {
		y, low, high := c.Y(p.Y.Norm(r.y)), c.X(p.X.Norm(r.Min)), c.X(p.X.Norm(r.Max))
		c.StrokeLine2(draw.LineStyle{Color: figure.Faint, Width: 0.6}, high, y, c.Max.X, y)
		c.StrokeLine2(draw.LineStyle{Color: r.color(), Width: 1.4}, low, y, high, y)
		c.DrawGlyph(draw.GlyphStyle{Color: r.color(), Radius: 3, Shape: draw.CircleGlyph{}},
			vg.Point{X: c.X(p.X.Norm(r.Ratio.Ratio)), Y: y})
		style := figure.TextStyle(figure.LegendSize, r.color())
		style.YAlign = draw.YCenter
		c.FillText(style, vg.Point{X: c.Max.X + figureGap, Y: y + 1.5}, r.label())
	}
}

// GlyphBoxes implements plot.GlyphBoxer: it makes room for the names.
func (s ratioPlotter) GlyphBoxes(p *plot.Plot) []plot.GlyphBox {
	var boxes []plot.GlyphBox
	for _, r := range s.rows {
		box := figure.TextStyle(figure.LegendSize, figure.Ink).Rectangle(r.label())
		box.Max.X += figureGap
		boxes = append(boxes, plot.GlyphBox{X: 1, Y: p.Y.Norm(r.y), Rectangle: box})
	}
	return boxes
}

// doublingTicks labels a logarithmic axis at powers of two.
type doublingTicks struct{}

// Ticks implements plot.Ticker.
func (doublingTicks) Ticks(low, high float64) []plot.Tick {
	var ticks []plot.Tick
	for e := math.Ceil(math.Log2(low)); e <= math.Log2(high) && len(ticks) < figure.MostTicks; e++ {
		label := fmt.Sprintf("%g", math.Exp2(e))
		if e < 0 {
			label = fmt.Sprintf("1/%g", math.Exp2(-e))
		}
		ticks = append(ticks, plot.Tick{Value: math.Exp2(e), Label: label})
	}
	return ticks
}
