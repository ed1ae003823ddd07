package figure

import (
	"fmt"
	"image/color"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"imagelab/lib/collect"
	names "imagelab/lib/text"
)

// Funnel shows how many photos of a collection came through each stage, by class: a bar from the
// photos that were planned to those that are left. With more than [MostClasses] classes it shows
// the first ones.
func Funnel(r collect.Result) Figure {
	var rows []funnelRow
	for _, c := range r.ByClass {
		rows = append(rows, funnelRow{c.Class, c.Counts()})
	}
	return funnel(r, rows, "classes")
}

// FunnelByQuery is [Funnel] by query.
func FunnelByQuery(r collect.Result) Figure {
	var rows []funnelRow
	for _, q := range r.ByQuery {
		rows = append(rows, funnelRow{q.Query, q.Counts()})
	}
	return funnel(r, rows, "queries")
}

// funnelInks are the colours of the stages, from planned to kept.
var funnelInks = []color.NRGBA{{0xe4, 0xe8, 0xec, 0xff}, {0xc3, 0xd7, 0xe6, 0xff}, {0x8f, 0xbb, 0xd9, 0xff}, {0x4b,
	0x98, 0xc8, 0xff},
	Blue, {0x00, 0x3f, 0x66, 0xff}}

type funnelRow struct {
	name   string
	counts []int
}

func funnel(r collect.Result, rows []funnelRow, what string) Figure {
	below := "Each bar lies on the one before it; the numbers are those of the last and the first stage."
	if n := len(rows); n > MostClasses {
		rows = rows[:MostClasses]
		below += fmt.Sprintf(" Shown: the first %d of %d %s.", MostClasses, n, what)
	}
	all := r.Stages.Counts()
	last := len(all) - 1
	p := New(fmt.Sprintf("Of %s planned photos, %s are %s", names.Thousands(int64(all[0])),
		names.Thousands(int64(all[last])),
		collect.StageNames[last]), below, "photos", "")
	Grid(p, false, true)
	p.X.Tick.Marker = roundTicks{}
	p.X.Max = 1
	var ticks []plot.Tick
	for i, row := range rows {
		ticks = append(ticks, plot.Tick{Value: float64(len(rows) - 1 - i), Label: Shorten(row.name, 24)})
		p.X.Max = max(p.X.Max, float64(row.counts[0]))
	}
	p.Y.Tick.Marker = plot.ConstantTicks(ticks)
	p.Y.Tick.Label.Color = Ink
	p.Y.Min, p.Y.Max = -0.5, float64(max(len(rows), 1))-0.5
	l := legend{}
	for i := range all {
		l.keys = append(l.keys, key{collect.StageNames[i], funnelInks[i], draw.BoxGlyph{}})
	}
	p.Title.Padding = l.padding(Width - 100)
	p.Add(funnelBars{rows}, l)
	return Figure{p, Width, 112 + 18*vg.Length(max(len(rows), 1))}
}

// funnelBars draws the rows, the first on top.
type funnelBars struct{ rows []funnelRow }

// Plot implements plot.Plotter.
func (f funnelBars) Plot(c draw.Canvas, p *plot.Plot) {
	half := min(c.Size().Y/vg.Length(p.Y.Max-p.Y.Min)*0.36, 7)
	for i, row := range f.rows {
		y, left := c.Y(p.Y.Norm(float64(len(f.rows)-1-i))), c.X(p.X.Norm(0))
		for k, n := range row.counts {
			right := c.X(p.X.Norm(float64(n)))
			c.FillPolygon(funnelInks[k], []vg.Point{{X: left, Y: y - half}, {X: right, Y: y - half}, {X: right, Y: y + half},
				{X: left, Y: y + half}})
		}
		c.FillText(noteStyle(), vg.Point{X: c.X(p.X.Norm(float64(row.counts[0]))) + 4, Y: y + 1}, row.note())
	}
}

func (r funnelRow) note() string { return fmt.Sprintf("%d/%d", r.counts[len(r.counts)-1], r.counts[0]) }

// GlyphBoxes implements plot.GlyphBoxer: it makes room for the numbers.
func (f funnelBars) GlyphBoxes(p *plot.Plot) []plot.GlyphBox {
	var boxes []plot.GlyphBox
	for i, row := range f.rows {
		rect := noteStyle().Rectangle(row.note())
		rect.Max.X += 4
		boxes = append(boxes, plot.GlyphBox{X: p.X.Norm(float64(row.counts[0])), Y: p.Y.Norm(float64(len(f.rows) - 1 - i)),
			Rectangle: rect})
	}
	return boxes
}
