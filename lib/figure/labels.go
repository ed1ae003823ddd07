package figure

import (
	"cmp"
	"image/color"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// endLabels names lines at their right ends, which takes less looking to and fro than a legend. Names that would
// overlap are moved apart.
type endLabels struct {
	x      float64
	labels []endLabel
}

type endLabel struct {
	y     float64
	text  string
	color color.Color
}

const (
	endLabelSize = vg.Length(9)
	endLabelGap  = vg.Length(6)
)

// Plot implements plot.Plotter.
func (l endLabels) Plot(c draw.Canvas, p *plot.Plot) {
	sorted := slices.Clone(l.labels)
	slices.SortStableFunc(sorted, func(a, b endLabel) int { return cmp.Compare(a.y, b.y) })
	below := vg.Length(-1e9)
	for i, label := range sorted {
		y := c.Y(p.Y.Norm(label.y))
		if i+1 < len(sorted) { // half the missing room goes below, half above
			missing := endLabelSize*1.2 - (c.Y(p.Y.Norm(sorted[i+1].y)) - y)
			y -= max(missing, 0) / 2
		}
		y = max(y, below+endLabelSize*1.2)
		below = y
		style := textStyle(endLabelSize, label.color)
		style.YAlign = draw.YCenter
		c.FillText(style, vg.Point{X: c.X(p.X.Norm(l.x)) + endLabelGap, Y: y}, label.text)
	}
}

// GlyphBoxes implements plot.GlyphBoxer: it makes room for the names.
func (l endLabels) GlyphBoxes(p *plot.Plot) []plot.GlyphBox {
	var boxes []plot.GlyphBox
	for _, label := range l.labels {
		r := textStyle(endLabelSize, ink).Rectangle(label.text)
		r.Max.X += endLabelGap
		boxes = append(boxes, plot.GlyphBox{X: p.X.Norm(l.x), Y: p.Y.Norm(label.y), Rectangle: r})
	}
	return boxes
}
