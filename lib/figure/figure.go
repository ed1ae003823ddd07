// Package figure draws records and results as gonum plots.
//
// Each function, such as [LossCurve] or [Confusion], returns a [Figure]: a plot with its size. Its
// fields may still be changed; [Figure.SVG], [Figure.PNG] and [Figure.Save] render it. The title
// says the finding, the lines below it say how to read the figure. Figures are dark on white, in
// the colours of Okabe and Ito (2008), which people with any colour vision can tell apart.
package figure

import (
	"image/color"
	"math"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	names "imagelab/lib/text"
)

// Width and Height are the size of a curve: its letters are then as large as those of the page
// around it.
const (
	Width  = vg.Length(340)
	Height = vg.Length(235)
)

// The palette.
var (
	Blue      = color.NRGBA{0x00, 0x72, 0xb2, 0xff}
	Vermilion = color.NRGBA{0xd5, 0x5e, 0x00, 0xff}
	Ink       = color.NRGBA{0x1f, 0x24, 0x28, 0xff}
	Dim       = color.NRGBA{0x5c, 0x66, 0x70, 0xff}
	Faint     = color.NRGBA{0xe4, 0xe8, 0xec, 0xff}
	shade     = color.NRGBA{0xf4, 0xf6, 0xf8, 0xff}

	translucent = color.NRGBA{0x00, 0x72, 0xb2, 0xc0}
)

const LineWidth = vg.Length(1.6)

// New is an empty plot in the style of this package: the finding as title, axes without a frame.
func New(title, below, x, y string) *plot.Plot {
	p := plot.New()
	p.Title.Text = title
	if below != "" {
		p.Title.Text += "\n" + below
	}
	p.Title.TextStyle.Color, p.Title.TextStyle.Font = Ink, sans(11)
	p.Title.TextStyle.Font.Weight = boldWeight
	p.Title.Padding = 8
	p.X.Label.Text, p.Y.Label.Text = x, y
	for _, a := range []*plot.Axis{&p.X, &p.Y} {
		a.Label.TextStyle.Color, a.Label.TextStyle.Font = Dim, sans(9.5)
		a.Label.Padding = 4
		a.Tick.Label.Color, a.Tick.Label.Font = Dim, sans(9)
		a.Tick.Length = 3 // not drawn: it keeps the labels at a distance from the axis
		a.LineStyle.Color, a.LineStyle.Width = Dim, 0.5
		a.Tick.LineStyle.Width = 0
		a.Padding = 4
	}
	p.Y.LineStyle.Width = 0 // the grid shows the scale
	return p
}

func sans(size vg.Length) font.Font {
	return font.Font{Typeface: "Liberation", Variant: "Sans", Size: size}
}

func TextStyle(size vg.Length, c color.Color) text.Style {
	return text.Style{Color: c, Font: sans(size), Handler: plot.DefaultTextHandler}
}

// Grid adds a light grid for the chosen axes, below everything that is added later.
func Grid(p *plot.Plot, across, upright bool) {
	g := plotter.NewGrid()
	g.Horizontal = draw.LineStyle{}
	g.Vertical = draw.LineStyle{}
	if across {
		g.Horizontal = draw.LineStyle{Color: Faint, Width: 0.6}
	}
	if upright {
		g.Vertical = draw.LineStyle{Color: Faint, Width: 0.6}
	}
	p.Add(g)
}

// roundTicks labels an axis at four to eight round numbers.
type roundTicks struct{}

// Ticks implements plot.Ticker.
func (roundTicks) Ticks(low, high float64) []plot.Tick {
	step := roundStep(high - low)
	var ticks []plot.Tick
	for i := math.Ceil(low/step - 1e-9); i*step <= high+step*1e-9 && len(ticks) < MostTicks; i++ {
		ticks = append(ticks, plot.Tick{Value: i * step, Label: strconv.FormatFloat(i*step+0, 'g', 4, 64)})
	}
	return ticks
}

// MostTicks limits the number of ticks, also on an axis whose step vanishes against the size of its
// numbers.
const MostTicks = 100

// roundStep is 1, 2 or 5 times a power of ten.
func roundStep(span float64) float64 {
	if !(span > 0) || math.IsInf(span, 0) {
		return 1
	}
	unit := math.Pow(10, math.Floor(math.Log10(span/4)))
	for _, m := range []float64{1, 2, 5} {
		if span/(unit*m) <= 7 {
			return unit * m
		}
	}
	return unit * 10
}

// percentTicks labels shares as percent, at the same steps.
type percentTicks struct{}

// Ticks implements plot.Ticker.
func (percentTicks) Ticks(low, high float64) []plot.Tick {
	ticks := roundTicks{}.Ticks(100*low, 100*high)
	for i := range ticks {
		ticks[i].Value /= 100
		ticks[i].Label += " %"
	}
	return ticks
}

// percent is a share in percent, with as many digits as n photos justify.
func percent(share float64, n int) string {
	decimals := 1
	if n < 200 {
		decimals = 0
	}
	return names.Percent(share, decimals)
}

// MostClasses is the largest number of classes that a figure shows, so that names stay readable and
// figures small. With more classes a figure shows the ones that matter most to it, and says so.
const MostClasses = 30

// Shorten is a name that can be drawn: as [text.Name] writes it, with at most n letters. A long
// name loses its middle, since similar names tend to differ at the end.
func Shorten(class string, n int) string {
	letters := []rune(names.Name(class))
	if len(letters) > n {
		head, tail := letters[:n-1-n/3], letters[len(letters)-n/3:]
		return string(head) + "…" + string(tail)
	}
	return string(letters)
}
