package figure

import (
	"cmp"
	"fmt"
	"image/color"
	"math"
	"slices"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"imagelab/lib/metric"
)

// Confusion shows the confusion matrix: rows are true classes, columns predicted ones. A cell holds
// the number of photos; its shade is the share of the row, blue for correct and orange for wrong
// predictions. With more than [MostClasses] classes it shows those with the most mistakes.
func Confusion(res metric.Result) Figure {
	shown := mostWrong(res)
	n := len(shown)
	right := 0
	for i := range res.Classes {
		right += res.Confusion[i][i]
	}
	title := fmt.Sprintf("%d of %d photos classified correctly", right, res.N)
	if from, to, count := mostConfused(res); count > 1 {
		title += fmt.Sprintf("; most frequent mistake: “%s” taken for “%s” (%d)", Shorten(res.Classes[from], 24),
			Shorten(res.Classes[to], 24), count)
	}
	below := "Number of photos. Blue: correct, orange: wrong; darker: a larger share of the row."
	if n < len(res.Classes) {
		below += fmt.Sprintf(" Shown: of %d classes, the %d with the most mistakes; predictions of the other "+
			"classes are left out.", len(res.Classes), n)
	}
	p := New(title, below, "predicted class", "true class")
	p.X.LineStyle.Width = 0
	p.X.Padding, p.Y.Padding = 2, 2
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = -0.5, float64(n)-0.5, -0.5, float64(n)-0.5
	var xs, ys []plot.Tick
	for i, k := range shown {
		label := Shorten(res.Classes[k], 16)
		xs = append(xs, plot.Tick{Value: float64(i), Label: label})
		ys = append(ys, plot.Tick{Value: float64(n - 1 - i), Label: label})
	}
	p.X.Tick.Marker, p.Y.Tick.Marker = plot.ConstantTicks(xs), plot.ConstantTicks(ys)
	if upright(res.Classes) {
		p.X.Tick.Label.Rotation = math.Pi / 2
		p.X.Tick.Label.XAlign, p.X.Tick.Label.YAlign = draw.XRight, draw.YCenter
	}
	p.Add(cells{res, shown})
	w, h := confusionSize(res.Classes)
	return Figure{p, w, h}
}

// mostWrong are the indices of the n classes to show, in their order: the two that the title names,
// and those with the most mistakes, counting photos of the class and photos taken for it.
func mostWrong(res metric.Result) []int {
	wrong, order := make([]int, len(res.Classes)), make([]int, len(res.Classes))
	for i, row := range res.Confusion {
		order[i] = i
		for j, k := range row {
			if i != j {
				wrong[i], wrong[j] = wrong[i]+k, wrong[j]+k
			}
		}
	}
	from, to, most := mostConfused(res)
	if most > 0 {
		wrong[from], wrong[to] = math.MaxInt, math.MaxInt
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(wrong[b], wrong[a]) })
	shown := order[:min(len(order), MostClasses)]
	slices.Sort(shown)
	return shown
}

// confusionSize is a size at which [Confusion] of these classes is readable.
func confusionSize(classes []string) (w, h vg.Length) {
	cell := vg.Length(74)
	n := min(len(classes), MostClasses)
	switch {
	case n > 10:
		cell = 24
	case n > 6:
		cell = 33
	case n > 3:
		cell = 52
	}
	side, label := cell*vg.Length(n), longest(classes)
	w, h = side+label+48, side+80
	if upright(classes) {
		h += label
	}
	return max(w, Width), h
}

// upright reports whether the names below the columns must be rotated to fit.
func upright(classes []string) bool {
	return len(classes) > 6 || longest(classes) > 64
}

func longest(classes []string) vg.Length {
	width := vg.Length(0)
	for _, class := range classes {
		width = max(width, TextStyle(9, Ink).Width(Shorten(class, 16)))
	}
	return width
}

func mostConfused(res metric.Result) (from, to, count int) {
	for i, row := range res.Confusion {
		for j, c := range row {
			if i != j && c > count {
				from, to, count = i, j, c
			}
		}
	}
	return from, to, count
}

// cells draws the matrix.
type cells struct {
	res   metric.Result
	shown []int // indices of the classes that are drawn
}

// Plot implements plot.Plotter.
func (m cells) Plot(c draw.Canvas, p *plot.Plot) {
	n := len(m.shown)
	w, h := c.Size().X/vg.Length(n), c.Size().Y/vg.Length(n)
	count := TextStyle(min(11, max(6, w/3)), Ink)
	count.XAlign, count.YAlign = draw.XCenter, draw.YCenter
	for i, class := range m.shown {
		row, sum := m.res.Confusion[class], 0
		for _, k := range row {
			sum += k
		}
		for j, other := range m.shown {
			k := row[other]
			share := float64(k) / float64(max(sum, 1))
			x, y := c.Min.X+w*vg.Length(j), c.Max.Y-h*vg.Length(i)
			c.FillPolygon(cellColor(share, i == j), []vg.Point{{X: x + 0.7, Y: y - 0.7}, {X: x + w - 0.7, Y: y - 0.7},
				{X: x + w - 0.7, Y: y - h + 0.7}, {X: x + 0.7, Y: y - h + 0.7}})
			drawCount(c, count, vg.Point{X: x + w/2, Y: y - h/2}, k, share, sum > 0 && min(w, h) > 44)
		}
	}
}

// drawCount writes the number of a cell and, if there is room, its share of the row below it.
func drawCount(c draw.Canvas, style draw.TextStyle, at vg.Point, k int, share float64, room bool) {
	switch {
	case k == 0:
		style.Color = color.NRGBA{0xb4, 0xbc, 0xc4, 0xff}
	case share > 0.55:
		style.Color = color.White
	}
	if !room || k == 0 {
		c.FillText(style, at, strconv.Itoa(k))
		return
	}
	c.FillText(style, vg.Point{X: at.X, Y: at.Y + 6}, strconv.Itoa(k))
	style.Font.Size = 8
	c.FillText(style, vg.Point{X: at.X, Y: at.Y - 8}, fmt.Sprintf("%.0f %%", 100*share))
}

// cellColor goes from near white to full blue or vermilion. Mistakes darken faster, since even a
// tenth of a row matters.
func cellColor(share float64, right bool) color.Color {
	full := Blue
	if !right {
		full, share = Vermilion, math.Sqrt(share)
	}
	mix := func(from, to uint8) uint8 {
		return uint8(math.Round(float64(from) + (float64(to)-float64(from))*share))
	}
	return color.NRGBA{mix(shade.R, full.R), mix(shade.G, full.G), mix(shade.B, full.B), 0xff}
}
