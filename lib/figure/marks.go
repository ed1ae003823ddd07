package figure

import (
	"cmp"
	"image/color"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"imagelab/lib/metric"
)

const (
	markRadius = vg.Length(3.2)
	labelSize  = vg.Length(8)
)

// mark is one point of a scatter.
type mark struct {
	x, y         float64
	xSpan, ySpan metric.Interval
	network      string
	cut, machine string
	front        bool      // no other point is both cheaper and more accurate
	chosen       bool      // drawn filled, and always labelled
	named        bool      // always labelled, without its cut
	side         vg.Length // horizontal shift that separates it from others with the same x
	color        color.NRGBA
	shape        draw.GlyphDrawer
}

// sameX is the ratio below which two x on a logarithmic axis count as the same.
const sameX = 1.01

// standAside moves marks of one machine with nearly the same x apart, so that their intervals do
// not overlap.
func standAside(marks []mark) {
	const step = vg.Length(5.5)
	slices.SortStableFunc(marks, func(a, b mark) int {
		return cmp.Or(cmp.Compare(a.machine, b.machine), cmp.Compare(a.x, b.x), cmp.Compare(a.y, b.y))
	})
	for from := 0; from < len(marks); {
		to := from + 1
		for to < len(marks) && marks[to].machine == marks[from].machine && marks[to].x < marks[from].x*sameX {
			to++
		}
		for i := from; i < to; i++ {
			marks[i].side = step * (vg.Length(i-from) - vg.Length(to-from-1)/2)
		}
		from = to
	}
}

func limits(p *plot.Plot, marks []mark) {
	low, high, bottom, top := math.Inf(1), 0.0, 1.0, 0.0
	for _, m := range marks {
		low, high = min(low, m.xSpan[0]), max(high, m.xSpan[1])
		bottom, top = min(bottom, m.ySpan[0]), max(top, m.ySpan[1])
	}
	if wide := 2.5; high/low < wide { // a logarithmic axis needs a width
		middle := math.Sqrt(low * high)
		low, high = middle/math.Sqrt(wide), middle*math.Sqrt(wide)
	}
	aside := math.Pow(high/low, 0.05)
	p.X.Min, p.X.Max = low/aside, high*aside
	room := 0.04 * (top - bottom)
	p.Y.Min, p.Y.Max = max(0, bottom-room), min(1, top+room)
	if p.Y.Max-p.Y.Min < 0.01 {
		p.Y.Min = p.Y.Max - 0.01
	}
}

// markPlotter draws the marks of a scatter: intervals, fronts, points, and the names of networks
// where there is room.
type markPlotter struct {
	marks    []mark // sorted by machine and x
	machines []string
}

// Plot implements plot.Plotter.
func (s markPlotter) Plot(c draw.Canvas, p *plot.Plot) {
	at := make([]vg.Point, len(s.marks))
	board := &labelBoard{frame: c.Rectangle}
	for i, m := range s.marks {
		at[i] = vg.Point{X: c.X(p.X.Norm(m.x)) + m.side, Y: c.Y(p.Y.Norm(m.y))}
		pale := m.color
		pale.A = 0x80
		spread := vg.Rectangle{Min: vg.Point{X: c.X(p.X.Norm(m.xSpan[0])) + m.side, Y: c.Y(p.Y.Norm(m.ySpan[0]))},
			Max: vg.Point{X: c.X(p.X.Norm(m.xSpan[1])) + m.side, Y: c.Y(p.Y.Norm(m.ySpan[1]))}}
		c.StrokeLine2(draw.LineStyle{Color: pale, Width: 1}, at[i].X, spread.Min.Y, at[i].X, spread.Max.Y)
		c.StrokeLine2(draw.LineStyle{Color: pale, Width: 1}, spread.Min.X, at[i].Y, spread.Max.X, at[i].Y)
		board.lines = append(board.lines, rectangle(at[i].X, spread.Min.Y, at[i].X, spread.Max.Y),
			rectangle(spread.Min.X, at[i].Y, spread.Max.X, at[i].Y))
		board.marks = append(board.marks, around(at[i], markRadius+1))
	}
	for i, machine := range s.machines {
		s.front(c, machine, at, []vg.Length{[]vg.Length{0, 4, 1.5, 6, 3}[i%5], 2}, board)
	}
	for i, m := range s.marks {
		drawMark(&c, m, at[i])
	}
	s.names(c, at, board)
}

// front draws the steps of one machine's Pareto front, continued to the right edge.
func (s markPlotter) front(c draw.Canvas, machine string, at []vg.Point, dashes []vg.Length, board *labelBoard) {
	var steps []vg.Point
	for i, m := range s.marks {
		if m.machine != machine || !m.front {
			continue
		}
		if n := len(steps); n > 0 && steps[n-1].Y != at[i].Y {
			steps = append(steps, vg.Point{X: at[i].X, Y: steps[n-1].Y})
		}
		steps = append(steps, at[i])
	}
	steps = append(steps, vg.Point{X: c.Max.X, Y: steps[len(steps)-1].Y})
	style := draw.LineStyle{Color: Dim, Width: 0.9}
	if dashes[0] > 0 {
		style.Dashes = dashes
	}
	c.StrokeLines(style, steps)
	for i := range steps[1:] {
		board.lines = append(board.lines, rectangle(steps[i].X, steps[i].Y, steps[i+1].X, steps[i+1].Y))
	}
}

// drawMark fills chosen marks and leaves the others open.
func drawMark(c *draw.Canvas, m mark, at vg.Point) {
	c.DrawGlyph(draw.GlyphStyle{Color: m.color, Radius: markRadius, Shape: m.shape}, at)
	if !m.chosen {
		c.DrawGlyph(draw.GlyphStyle{Color: color.White, Radius: markRadius - 1.2, Shape: m.shape}, at)
	}
}

// column holds the marks of one network on one machine, which stand side by side.
type column struct {
	machine, network string
	x                float64
	at               []vg.Point
	front            bool // whether one of its marks is on the Pareto front
}

// apart is the vertical distance from which marks of one network get names of their own.
const apart = vg.Length(24)

// names writes a name at each chosen or named mark, to the chosen ones with the cut if there are
// several cuts. If there is room, it then writes one at each column of the other marks, first at
// those on the Pareto front.
func (s markPlotter) names(c draw.Canvas, at []vg.Point, board *labelBoard) {
	cuts := len(distinct(s.marks, func(m mark) string { return m.cut })) > 1
	for i, m := range s.marks {
		if !m.chosen && !m.named {
			continue
		}
		text := m.network
		if cuts && !m.named {
			text += " " + Shorten(m.cut, 16)
		}
		board.write(c, text, at[i:i+1], true)
	}
	for _, front := range []bool{true, false} {
		for _, col := range s.columns(at) {
			if col.front == front {
				board.write(c, col.network, col.at, false)
			}
		}
	}
}

// columns are the marks that are neither chosen nor named.
func (s markPlotter) columns(at []vg.Point) []column {
	var columns []column
	for i, m := range s.marks {
		if m.chosen || m.named {
			continue
		}
		k := slices.IndexFunc(columns, func(o column) bool {
			return o.machine == m.machine && o.network == m.network && m.x < o.x*sameX &&
				math.Abs(float64(o.at[0].Y-at[i].Y)) < float64(apart)
		})
		if k < 0 {
			k = len(columns)
			columns = append(columns, column{machine: m.machine, network: m.network, x: m.x})
		}
		columns[k].at, columns[k].front = append(columns[k].at, at[i]), columns[k].front || m.front
	}
	return columns
}

// labelBoard finds positions for names. Names do not cover marks or each other, and if possible no
// lines.
type labelBoard struct {
	frame                vg.Rectangle
	marks, lines, labels []vg.Rectangle
}

// write draws text beside one of the points, with a thin line to it if the text is at a distance.
// If there is no room it draws nothing; but if `must` is set it moves the text further away, and at
// last draws it over what is there.
func (b *labelBoard) write(c draw.Canvas, text string, points []vg.Point, must bool) {
	style := TextStyle(labelSize, Ink)
	size := vg.Point{X: style.Width(text), Y: labelSize * 0.85}
	best, from, ok := b.place(size, points, []vg.Length{5.5, 9, 14, 20, 28}, b.price)
	if !ok && must {
		if best, from, ok = b.place(size, points, []vg.Length{40, 55, 75, 100}, b.price); !ok {
			best, from, ok = b.place(size, points, []vg.Length{5.5, 14, 28, 55, 100}, b.covered)
		}
	}
	if !ok {
		return
	}
	taken := grow(best, 1)
	taken.Min.X, taken.Max.X = taken.Min.X-2, taken.Max.X+2 // so that there is space between two names
	b.labels = append(b.labels, taken)
	if end := nearest(best, from); math.Hypot(float64(end.X-from.X), float64(end.Y-from.Y)) > 7 {
		c.StrokeLine2(draw.LineStyle{Color: Dim, Width: 0.4}, from.X, from.Y, end.X, end.Y)
		b.lines = append(b.lines, rectangle(from.X, from.Y, end.X, end.Y))
	}
	c.FillPolygon(color.NRGBA{0xff, 0xff, 0xff, 0xb0}, []vg.Point{best.Min, {X: best.Max.X, Y: best.Min.Y}, best.Max,
		{X: best.Min.X, Y: best.Max.Y}})
	c.FillText(style, best.Min, text)
}

// place is the best position around the points at these distances, and the point it belongs to.
func (b *labelBoard) place(size vg.Point, points []vg.Point, offs []vg.Length,
	price func(vg.Rectangle) float64) (best vg.Rectangle, from vg.Point, ok bool) {
	cost := math.Inf(1)
	for _, at := range points {
		for _, off := range offs {
			for turn := range 16 {
				place := beside(at, size, off, 2*math.Pi*float64(turn)/16)
				if price := price(place) + 3*float64(off); price < cost {
					best, cost, from, ok = place, price, at, true
				}
			}
		}
	}
	return best, from, ok
}

// covered is the area of names and marks under a position inside the frame.
func (b *labelBoard) covered(r vg.Rectangle) float64 {
	if !b.inside(r) {
		return math.Inf(1)
	}
	sum := 0.0
	for _, o := range b.labels {
		sum += 10 * overlap(r, o)
	}
	for _, o := range b.marks {
		sum += overlap(r, o)
	}
	return sum
}

func (b *labelBoard) inside(r vg.Rectangle) bool {
	return r.Min.X >= b.frame.Min.X && r.Max.X <= b.frame.Max.X && r.Min.Y >= b.frame.Min.Y && r.Max.Y <= b.frame.Max.Y
}

// beside is a rectangle that touches a circle about at in this direction.
func beside(at, size vg.Point, radius vg.Length, angle float64) vg.Rectangle {
	x, y := vg.Length(math.Cos(angle)), vg.Length(math.Sin(angle))
	centre := vg.Point{X: at.X + x*(radius+size.X/2), Y: at.Y + y*(radius+size.Y/2)}
	low := vg.Point{X: centre.X - size.X/2, Y: centre.Y - size.Y/2}
	return vg.Rectangle{Min: low, Max: low.Add(size)}
}

// price is the area of lines under a position, or infinite where no name is allowed.
func (b *labelBoard) price(r vg.Rectangle) float64 {
	if !b.inside(r) {
		return math.Inf(1)
	}
	for _, taken := range [][]vg.Rectangle{b.marks, b.labels} {
		for _, o := range taken {
			if overlap(r, o) > 0 {
				return math.Inf(1)
			}
		}
	}
	sum := 0.0
	for _, o := range b.lines {
		sum += overlap(r, o)
	}
	return 10 * sum
}

func overlap(a, b vg.Rectangle) float64 {
	w, h := min(a.Max.X, b.Max.X)-max(a.Min.X, b.Min.X), min(a.Max.Y, b.Max.Y)-max(a.Min.Y, b.Min.Y)
	return float64(max(w, 0) * max(h, 0))
}

// rectangle spans two points and is at least one point wide, since lines have a width.
func rectangle(x1, y1, x2, y2 vg.Length) vg.Rectangle {
	return grow(vg.Rectangle{Min: vg.Point{X: min(x1, x2), Y: min(y1, y2)},
		Max: vg.Point{X: max(x1, x2), Y: max(y1, y2)}}, 0.5)
}

func grow(r vg.Rectangle, by vg.Length) vg.Rectangle {
	return vg.Rectangle{Min: vg.Point{X: r.Min.X - by, Y: r.Min.Y - by}, Max: vg.Point{X: r.Max.X + by, Y: r.Max.Y + by}}
}

func around(at vg.Point, radius vg.Length) vg.Rectangle {
	return grow(vg.Rectangle{Min: at, Max: at}, radius)
}

// nearest is the point of r that is nearest to at.
func nearest(r vg.Rectangle, at vg.Point) vg.Point {
	return vg.Point{X: min(max(at.X, r.Min.X), r.Max.X), Y: min(max(at.Y, r.Min.Y), r.Max.Y)}
}
