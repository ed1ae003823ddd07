package figure

import (
	"cmp"
	"image/color"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// EndLabels writes the names of lines at their right ends, which is easier to read than a legend.
// Names that would overlap are moved apart, and down if they would reach the title.
type EndLabels struct {
	X      float64
	Labels []EndLabel
}

type EndLabel struct {
	Y     float64
	Text  string
	Color color.Color
	From  float64 // x at which the line ends, for [ledLabels]
}

const (
	endLabelSize = vg.Length(9)
	endLabelGap  = vg.Length(6)
)

// Plot implements plot.Plotter.
func (l EndLabels) Plot(c draw.Canvas, p *plot.Plot) {
	l.write(c, p, endLabelGap)
}

// write draws the names at this distance from their lines, and returns them in ascending order with
// their heights.
func (l EndLabels) write(c draw.Canvas, p *plot.Plot, gap vg.Length) (sorted []EndLabel, heights []vg.Length) {
	sorted = slices.Clone(l.Labels)
	slices.SortStableFunc(sorted, func(a, b EndLabel) int { return cmp.Compare(a.Y, b.Y) })
	below := vg.Length(-1e9)
	for i, label := range sorted {
		y := c.Y(p.Y.Norm(label.Y))
		if i+1 < len(sorted) { // move both by half of the missing space
			missing := endLabelSize*1.2 - (c.Y(p.Y.Norm(sorted[i+1].Y)) - y)
			y -= max(missing, 0) / 2
		}
		above := vg.Length(len(sorted)-1-i) * endLabelSize * 1.2
		y = min(max(y, below+endLabelSize*1.2), c.Max.Y+endLabelSize/2-above)
		below = y
		heights = append(heights, y)
		style := TextStyle(endLabelSize, label.Color)
		style.YAlign = draw.YCenter
		c.FillText(style, vg.Point{X: c.X(p.X.Norm(l.X)) + gap, Y: y}, label.Text)
	}
	return sorted, heights
}

// GlyphBoxes implements plot.GlyphBoxer: it reserves space for the names.
func (l EndLabels) GlyphBoxes(p *plot.Plot) []plot.GlyphBox {
	return l.boxes(p, endLabelGap)
}

func (l EndLabels) boxes(p *plot.Plot, gap vg.Length) []plot.GlyphBox {
	var boxes []plot.GlyphBox
	for _, label := range l.Labels {
		r := TextStyle(endLabelSize, Ink).Rectangle(label.Text)
		r.Max.X += gap
		boxes = append(boxes, plot.GlyphBox{X: p.X.Norm(l.X), Y: p.Y.Norm(label.Y), Rectangle: r})
	}
	return boxes
}

// ledLabels are end labels of lines that end at different places: a thin line leads from each end
// to its name.
type ledLabels struct{ EndLabels }

const leaderGap = vg.Length(14)

// Plot implements plot.Plotter.
func (l ledLabels) Plot(c draw.Canvas, p *plot.Plot) {
	edge := c.X(p.X.Norm(l.X))
	sorted, heights := l.write(c, p, leaderGap)
	for i, label := range sorted {
		end := vg.Point{X: c.X(p.X.Norm(label.From)), Y: c.Y(p.Y.Norm(label.Y))}
		c.StrokeLines(draw.LineStyle{Color: label.Color, Width: 0.4}, []vg.Point{end, {X: edge + 2, Y: end.Y},
			{X: edge + leaderGap - 2, Y: heights[i]}})
	}
}

// GlyphBoxes implements plot.GlyphBoxer.
func (l ledLabels) GlyphBoxes(p *plot.Plot) []plot.GlyphBox { return l.boxes(p, leaderGap) }
