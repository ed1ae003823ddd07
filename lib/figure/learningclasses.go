package figure

import (
	"cmp"
	"fmt"
	"image/color"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"imagelab/lib/curve"
)

var grey = color.NRGBA{0xa8, 0xb0, 0xb8, 0xff}

// mostColoured is the number of classes that a line and its label can show by colour and dashes.
const mostColoured = 15

// classDashes are the lines of the first classes of each colour, of the second, and of the third.
var classDashes = [][]vg.Length{nil, {4, 2}, {1.5, 1.5}}

// LearningClasses shows the recall of each class against its own number of training photos. The
// class that gains most from more labels is blue and thick, with 95 % intervals. Up to 15 classes
// have lines of their own colour and dashes; further ones are grey. With more than [MostClasses]
// classes it shows the blue one and those with the lowest recall.
func LearningClasses(l curve.Result) Figure {
	best, title := gainsMost(l)
	p := New(title, classesBelow(l, best), "training photos of the class", "recall")
	Grid(p, true, false)
	ends, classes := ledLabels{}, drawnClasses(l, best)
	for _, class := range classes {
		for _, pt := range class.Points {
			ends.X = max(ends.X, pt.Train)
		}
	}
	slices.SortStableFunc(classes, func(a, b curve.Class) int { // draw the blue one last, on top
		return rank(a.Name == best) - rank(b.Name == best)
	})
	next := 1 // blue is taken
	for _, class := range classes {
		line, label, dashes := grey, Dim, []vg.Length(nil)
		switch {
		case class.Name == best:
			line, label = Blue, Blue
		case len(classes) <= mostColoured:
			line = seriesColor(next)
			label, dashes = line, classDashes[next/len(seriesInk)%len(classDashes)]
			next++
		}
		addClass(p, class, draw.LineStyle{Color: line, Width: LineWidth * 0.7, Dashes: dashes}, class.Name == best)
		last := class.Points[len(class.Points)-1]
		ends.Labels = append(ends.Labels, EndLabel{last.Accuracy, Shorten(class.Name, 20), label, last.Train})
	}
	if len(ends.Labels) == 0 {
		w, h := learningClassesSize(len(l.Curve.Classes))
		return Figure{p, w, h}
	}
	p.Add(ends)
	setSizeAxis(p)
	setShareAxis(p)
	w, h := learningClassesSize(len(l.Curve.Classes))
	return Figure{p, w, h}
}

// drawnClasses are the classes to draw: those that have points, at most MostClasses.
func drawnClasses(l curve.Result, best string) []curve.Class {
	classes := slices.DeleteFunc(slices.Clone(l.Curve.Classes), func(c curve.Class) bool { return len(c.Points) == 0 })
	if len(classes) <= MostClasses {
		return classes
	}
	slices.SortStableFunc(classes, func(a, b curve.Class) int {
		last := func(c curve.Class) float64 { return c.Points[len(c.Points)-1].Accuracy }
		return cmp.Or(rank(b.Name == best)-rank(a.Name == best), cmp.Compare(last(a), last(b)))
	})
	return classes[:MostClasses]
}

// learningClassesSize is a size at which [LearningClasses] of n classes is readable.
func learningClassesSize(n int) (w, h vg.Length) {
	return Width, max(Height, 110+12*vg.Length(min(n, MostClasses)))
}

func rank(last bool) int {
	if last {
		return 1
	}
	return 0
}

// gainsMost is the name of the class that gains most from more labels, and the title that says so;
// empty if there is no such class.
func gainsMost(l curve.Result) (class, title string) {
	if g, ok := l.Forecast.GainsMost(); ok {
		return g.Name, fmt.Sprintf("“%s” gains most from 50 more labels: %.1f points", Shorten(g.Name, 24), 100*g.Gain.Value)
	}
	return "", "There is no forecast yet of which class gains most from more labels"
}

// classesBelow says how to read the figure.
func classesBelow(l curve.Result, best string) string {
	below := "Recall: share of the photos of a class that are classified correctly, mean over seeds."
	if n := len(l.Curve.Classes); n > MostClasses {
		below += fmt.Sprintf(" Shown: of %d classes, the %d with the lowest recall.", n, MostClasses)
	}
	if best != "" {
		g := l.Forecast.Next[0].Gain
		below += fmt.Sprintf("\nBars: 95 %% interval. 90 %% interval of the gain: %.1f to %.1f points.",
			100*g.Low, 100*g.High)
	}
	return below
}

// addClass draws one class.
func addClass(p *plot.Plot, class curve.Class, style draw.LineStyle, emphasised bool) {
	var line plotter.XYs
	for _, pt := range class.Points {
		line = append(line, plotter.XY{X: pt.Train, Y: pt.Accuracy})
		if emphasised {
			bar := plotter.XYs{{X: pt.Train, Y: pt.Interval[0]}, {X: pt.Train, Y: pt.Interval[1]}}
			p.Add(&plotter.Line{XYs: bar, LineStyle: draw.LineStyle{Color: style.Color, Width: 1}})
		}
	}
	radius := vg.Length(1.6)
	if emphasised {
		style.Width, radius = LineWidth, 2.6
	}
	p.Add(&plotter.Line{XYs: line, LineStyle: style},
		&plotter.Scatter{XYs: line,
			GlyphStyle: draw.GlyphStyle{Color: style.Color, Radius: radius, Shape: draw.CircleGlyph{}}})
}
