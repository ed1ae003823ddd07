package figure

import (
	"cmp"
	"fmt"
	"image/color"
	"math"
	"slices"

	"golang.org/x/image/font"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"imagelab/lib/curve"
)

var grey = color.NRGBA{0xa8, 0xb0, 0xb8, 0xff}

// LearningClasses shows the recall of each class against its own number of training photos, with
// 95 % intervals: a small plot for each class, all with the same axes, and in grey the curve of all
// classes together. The class that gains most from more labels comes first and is blue, then those
// with the lowest recall. With more than [MostClasses] classes the others are left out.
func LearningClasses(l curve.Result) Figure {
	best, title := gainsMost(l)
	classes := drawnClasses(l, best)
	p := New(title, classesBelow(l, best, len(classes)), "training photos of the class", "recall")
	if len(classes) > 0 {
		p.Add(panels{classes, l.Curve.Points, best})
		p.X.Min, p.X.Max, p.X.Scale = p.X.Min/1.2, p.X.Max*1.2, plot.LogScale{}
		setShareAxis(p)
	}
	p.HideAxes() // each small plot has its own
	rows := vg.Length((len(classes) + panelColumns - 1) / panelColumns)
	return Figure{p, Width, max(Height, 118+rows*(panelHeight+panelName+panelGap))}
}

// drawnClasses are the classes to draw: those that have points, at most MostClasses.
func drawnClasses(l curve.Result, best string) []curve.Class {
	classes := slices.DeleteFunc(slices.Clone(l.Curve.Classes), func(c curve.Class) bool { return len(c.Points) == 0 })
	slices.SortStableFunc(classes, func(a, b curve.Class) int {
		last := func(c curve.Class) float64 { return c.Points[len(c.Points)-1].Accuracy }
		return cmp.Or(rank(b.Name == best)-rank(a.Name == best), cmp.Compare(last(a), last(b)))
	})
	return classes[:min(len(classes), MostClasses)]
}

func rank(last bool) int {
	if last {
		return 1
	}
	return 0
}

// gainsMost is the name of the class that gains most from more labels, and the title that says so;
// empty if there is no such class, or the gain is nothing.
func gainsMost(l curve.Result) (class, title string) {
	g, ok := l.Forecast.GainsMost()
	if ok && 100*g.Gain.Value < 0.05 {
		return "", "50 more labels of any one class would hardly change its recall"
	}
	if ok {
		return g.Name, fmt.Sprintf("“%s” gains most from 50 more labels: %.1f points", Shorten(g.Name, 24), 100*g.Gain.Value)
	}
	return "", "There is no forecast yet of which class gains most from more labels"
}

// classesBelow says how to read the figure.
func classesBelow(l curve.Result, best string, drawn int) string {
	below := "Recall: share of the photos of a class that are classified correctly, mean over seeds."
	if n := len(l.Curve.Classes); drawn < n {
		below += fmt.Sprintf(" Shown: %d of %d classes, those with the lowest recall and the one named above.", drawn, n)
	}
	below += "\nBars: 95 % interval. Grey: all classes together."
	if best != "" {
		g := l.Forecast.Next[0].Gain
		below += fmt.Sprintf(" 90 %% interval of the gain: %.1f to %.1f points.", 100*g.Low, 100*g.High)
	}
	return below
}

// panels are the small plots of classes, row by row. Their axes are those of the plot around them.
type panels struct {
	classes []curve.Class
	all     []curve.Point // of all classes together
	best    string        // class that is blue
}

const (
	panelColumns = 4
	panelHeight  = vg.Length(46) // of the curve
	panelName    = vg.Length(12) // of the line above it
	panelGap     = vg.Length(8)
	panelAxis    = vg.Length(30) // of the labels at the left
	panelSizes   = vg.Length(11) // of the labels below
)

// DataRange implements plot.DataRanger.
func (g panels) DataRange() (left, right, low, high float64) {
	left, right, low, high = math.Inf(1), math.Inf(-1), math.Inf(1), math.Inf(-1)
	for _, class := range g.classes {
		for _, pt := range class.Points {
			left, right = min(left, pt.Train), max(right, pt.Train)
			low, high = min(low, pt.Interval[0], pt.Accuracy), max(high, pt.Interval[1], pt.Accuracy)
		}
	}
	for _, pt := range g.all {
		low, high = min(low, pt.Accuracy), max(high, pt.Accuracy)
	}
	return left, right, low, high
}

// Plot implements plot.Plotter.
func (g panels) Plot(c draw.Canvas, p *plot.Plot) {
	rows := (len(g.classes) + panelColumns - 1) / panelColumns
	width := (c.Size().X - panelAxis - (panelColumns-1)*panelGap) / panelColumns
	height := (c.Size().Y - panelSizes) / vg.Length(rows)
	for i, class := range g.classes {
		row, column := i/panelColumns, i%panelColumns
		one := c
		one.Min.X = c.Min.X + panelAxis + vg.Length(column)*(width+panelGap)
		one.Max.X = one.Min.X + width
		one.Max.Y = c.Max.Y - vg.Length(row)*height - panelName
		one.Min.Y = one.Max.Y - (height - panelName - panelGap)
		g.axes(one, p, column == 0, i+panelColumns >= len(g.classes))
		g.class(one, p, class)
	}
}

// axes draws the grid, and the labels where no other small plot has them.
func (g panels) axes(c draw.Canvas, p *plot.Plot, left, below bool) {
	for _, share := range []float64{p.Y.Min, (p.Y.Min + p.Y.Max) / 2, p.Y.Max} {
		y := c.Y(p.Y.Norm(share))
		c.StrokeLine2(draw.LineStyle{Color: Faint, Width: 0.6}, c.Min.X, y, c.Max.X, y)
		if left {
			style := TextStyle(8, Dim)
			style.XAlign, style.YAlign = draw.XRight, draw.YCenter
			c.FillText(style, vg.Point{X: c.Min.X - 4, Y: y}, fmt.Sprintf("%.0f %%", 100*share))
		}
	}
	if p.X.Min < atHundred && atHundred < p.X.Max {
		x := c.X(p.X.Norm(atHundred))
		c.StrokeLine2(draw.LineStyle{Color: Faint, Width: 0.6}, x, c.Min.Y, x, c.Max.Y)
	}
	if below {
		sizeLabels(c, p)
	}
}

// sizeLabels writes as many sizes below a small plot as have room: a hundred, the smallest, the
// largest.
func sizeLabels(c draw.Canvas, p *plot.Plot) {
	ticks := slices.DeleteFunc(sizeTicks{}.Ticks(p.X.Min, p.X.Max), plot.Tick.IsMinor)
	if len(ticks) == 0 {
		return
	}
	style := TextStyle(8, Dim)
	style.XAlign, style.YAlign = draw.XCenter, draw.YTop
	type span struct{ from, to vg.Length }
	var taken []span
	for _, tick := range []plot.Tick{{Value: atHundred, Label: fmt.Sprint(atHundred)}, ticks[0], ticks[len(ticks)-1]} {
		x, half := c.X(p.X.Norm(tick.Value)), style.Width(tick.Label)/2+2
		free := !slices.ContainsFunc(taken, func(s span) bool { return x-half < s.to && s.from < x+half })
		if p.X.Min <= tick.Value && tick.Value <= p.X.Max && free {
			c.FillText(style, vg.Point{X: x, Y: c.Min.Y - 2}, tick.Label)
			taken = append(taken, span{x - half, x + half})
		}
	}
}

// class draws one class, with its name above.
func (g panels) class(c draw.Canvas, p *plot.Plot, class curve.Class) {
	ink, style := Ink, TextStyle(8.5, Ink)
	if class.Name == g.best {
		ink, style = Blue, TextStyle(8.5, Blue)
		style.Font.Weight = font.WeightBold
	}
	name := ""
	for n := 24; n > 3; n-- {
		if name = Shorten(class.Name, n); style.Width(name) <= c.Size().X {
			break
		}
	}
	c.FillText(style, vg.Point{X: c.Min.X, Y: c.Max.Y + 3}, name)
	at := func(pt curve.Point, share float64) vg.Point {
		return vg.Point{X: c.X(p.X.Norm(pt.Train)), Y: c.Y(p.Y.Norm(share))}
	}
	line := func(points []curve.Point, style draw.LineStyle) {
		var track []vg.Point
		for _, pt := range points {
			track = append(track, at(pt, pt.Accuracy))
		}
		c.StrokeLines(style, c.ClipLinesXY(track)...)
	}
	line(g.all, draw.LineStyle{Color: grey, Width: 0.8})
	line(class.Points, draw.LineStyle{Color: ink, Width: LineWidth * 0.7})
	for _, pt := range class.Points {
		c.StrokeLines(draw.LineStyle{Color: ink, Width: 0.6}, []vg.Point{at(pt, pt.Interval[0]), at(pt, pt.Interval[1])})
		c.DrawGlyph(draw.GlyphStyle{Color: ink, Radius: 1.3, Shape: draw.CircleGlyph{}}, at(pt, pt.Accuracy))
	}
}
