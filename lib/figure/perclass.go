package figure

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"imagelab/lib/metric"
)

// PerClass shows the recall of each class that has photos, with its 95 % interval (Wilson, or over
// groups), the best class on top. The dashed line is the accuracy over all photos. With more than
// [MostClasses] classes it shows the worst ones.
func PerClass(res metric.Result) Figure {
	rows := recalls(res)
	title, below := recallTitle(rows, res.N),
		"Recall: share of the photos of a class that are classified correctly, with 95 % interval. Dashed: all photos."
	if n := len(rows); n > MostClasses {
		rows = rows[:MostClasses]
		below += fmt.Sprintf(" Shown: of %d classes, the %d with the lowest recall.", n, MostClasses)
	}
	p := New(title, below, "recall", "")
	p.X.Tick.Marker = percentTicks{}
	Grid(p, false, true)
	low, points := res.Top1, plotter.XYs{}
	var names []plot.Tick
	var notes []string
	for i, row := range rows {
		y := float64(i)
		low = min(low, row.interval[0])
		names = append(names, plot.Tick{Value: y, Label: Shorten(row.class, 24)})
		points = append(points, plotter.XY{X: row.recall, Y: y})
		notes = append(notes, fmt.Sprintf("%d/%d", row.hits, row.n))
		p.Add(&plotter.Line{XYs: plotter.XYs{{X: row.interval[0], Y: y}, {X: row.interval[1], Y: y}},
			LineStyle: draw.LineStyle{Color: Blue, Width: LineWidth}})
	}
	p.Add(&plotter.Line{XYs: plotter.XYs{{X: res.Top1, Y: -0.5}, {X: res.Top1, Y: float64(len(rows)) - 0.5}},
		LineStyle: draw.LineStyle{Color: Dim, Width: 0.8, Dashes: []vg.Length{3, 3}}})
	p.Add(&plotter.Scatter{XYs: points, GlyphStyle: draw.GlyphStyle{Color: Blue, Radius: 3.2, Shape: draw.CircleGlyph{}}})
	p.Add(&plotter.Labels{XYs: atRight(points), Labels: notes, TextStyle: repeat(noteStyle(), len(notes)),
		Offset: vg.Point{X: 8}})
	p.Y.Tick.Marker = plot.ConstantTicks(names)
	p.Y.Tick.Label.Color = Ink
	p.Y.Min, p.Y.Max = -0.5, float64(max(len(rows), 1))-0.5
	p.X.Min, p.X.Max = math.Floor(low*10)/10, 1
	w, h := perClassSize(len(res.Classes))
	return Figure{p, w, h}
}

// perClassSize is a size at which [PerClass] of n classes is readable.
func perClassSize(n int) (w, h vg.Length) { return Width, 90 + 18*vg.Length(min(n, MostClasses)) }

type recall struct {
	class    string
	recall   float64
	hits, n  int
	interval metric.Interval
}

// recalls lists the classes that have photos, the worst first.
func recalls(res metric.Result) []recall {
	var rows []recall
	for i, class := range res.Classes {
		n := 0
		for _, k := range res.Confusion[i] {
			n += k
		}
		if n > 0 {
			hits := res.Confusion[i][i]
			row := recall{class, float64(hits) / float64(n), hits, n, metric.Wilson(hits, n)}
			if over := res.PerClass[class].Interval; over != nil {
				row.interval = *over
			}
			rows = append(rows, row)
		}
	}
	slices.SortStableFunc(rows, func(a, b recall) int { return cmp.Compare(a.recall, b.recall) })
	return rows
}

// recallTitle says how much recall differs between classes; n is the number of all photos.
func recallTitle(rows []recall, n int) string {
	if len(rows) < 2 {
		return "Recall by class"
	}
	worst, best := rows[0], rows[len(rows)-1]
	low, high := percent(worst.recall, n), percent(best.recall, n)
	switch {
	case worst.hits == worst.n:
		return "Every photo is classified correctly"
	case low == high:
		return "Every class has a recall of " + low
	case len(rows) > MostClasses: // the best class is not drawn
		return fmt.Sprintf("Recall from %s (“%s”) to %s", low, Shorten(worst.class, 24), high)
	}
	return fmt.Sprintf("Recall from %s (“%s”) to %s (“%s”)", low, Shorten(worst.class, 24), high, Shorten(best.class, 24))
}

func noteStyle() draw.TextStyle {
	style := TextStyle(8, Dim)
	style.YAlign = draw.YCenter
	return style
}

func atRight(points plotter.XYs) plotter.XYs {
	out := slices.Clone(points)
	for i := range out {
		out[i].X = 1
	}
	return out
}

func repeat(style draw.TextStyle, n int) []draw.TextStyle {
	return slices.Repeat([]draw.TextStyle{style}, n)
}
