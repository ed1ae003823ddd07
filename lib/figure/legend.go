package figure

import (
	"image/color"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// legend is a row of keys between title and plot, broken into lines if it is too long.
type legend struct{ keys []key }

type key struct {
	text  string
	color color.Color
	shape draw.GlyphDrawer
}

const (
	legendLine = vg.Length(12)
	LegendSize = vg.Length(8.5)
)

// padding is the height that the legend needs in a plot of this width, to be set as padding of the
// title.
func (l legend) padding(width vg.Length) vg.Length {
	return 7 + legendLine*vg.Length(len(l.lines(width)))
}

// lines breaks the keys into lines.
func (l legend) lines(width vg.Length) [][]key {
	var lines [][]key
	left := vg.Length(0)
	for _, k := range l.keys {
		w := keyWidth(k)
		if len(lines) == 0 || w > left {
			lines, left = append(lines, nil), width
		}
		lines[len(lines)-1] = append(lines[len(lines)-1], k)
		left -= w
	}
	return lines
}

func keyWidth(k key) vg.Length { return TextStyle(LegendSize, Ink).Width(k.text) + 20 }

// Plot implements plot.Plotter.
func (l legend) Plot(c draw.Canvas, _ *plot.Plot) {
	lines := l.lines(c.Size().X)
	style := TextStyle(LegendSize, Ink)
	style.YAlign = draw.YCenter
	for i, line := range lines {
		x, y := c.Min.X, c.Max.Y+8+legendLine*vg.Length(len(lines)-1-i)
		for _, k := range line {
			c.DrawGlyphNoClip(draw.GlyphStyle{Color: k.color, Radius: 3.2, Shape: k.shape}, vg.Point{X: x + 3, Y: y})
			c.FillText(style, vg.Point{X: x + 10, Y: y}, k.text)
			x += keyWidth(k)
		}
	}
}
