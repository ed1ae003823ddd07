package figure

import (
	"fmt"
	"image/color"
	"slices"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"imagelab/lib/runlog"
)

// LossCurve shows the loss on training and validation photos during the fit: first for each
// regularisation strength of the head, then after each epoch of the body. A record without epochs
// gives an empty plot that says so.
func LossCurve(r runlog.Record) Figure {
	t := newTrack(r)
	title := "Loss during the fit"
	if i := t.kept(); i >= 0 {
		title = fmt.Sprintf("Validation loss of the kept model: %.3f", r.Epochs[i].ValLoss)
	}
	p := t.plot(title, "Label smoothing, if used, raises the training loss of the body.", "loss, nats")
	t.line(p, func(e runlog.Epoch) float64 { return e.TrainLoss }, Dim)
	t.line(p, func(e runlog.Epoch) float64 { return e.ValLoss }, Blue)
	if n := len(r.Epochs); n > 0 {
		last := r.Epochs[n-1]
		p.Add(EndLabels{t.x(n - 1), []EndLabel{{Y: last.TrainLoss, Text: "training", Color: Dim},
			{Y: last.ValLoss, Text: "validation", Color: Blue}}})
		p.Y.Tick.Marker = roundTicks{}
	}
	p.Y.Min = min(p.Y.Min, 0)
	return Standard(p)
}

// AccuracyCurve shows the accuracy on validation photos during the fit, with the same axis as
// [LossCurve]. The ring marks the model that was kept.
func AccuracyCurve(r runlog.Record) Figure {
	t := newTrack(r)
	title := "Validation accuracy during the fit"
	below := "Share of validation photos whose most probable class is correct."
	if i := t.kept(); i >= 0 {
		below += " Ring: the kept model."
		title = fmt.Sprintf("Kept: %s, validation accuracy %s", t.describe(i), percent(r.Epochs[i].ValTop1, r.Val.N))
	}
	p := t.plot(title, below, "top-1 accuracy")
	t.line(p, func(e runlog.Epoch) float64 { return e.ValTop1 }, Blue)
	if len(r.Epochs) > 0 {
		p.Y.Tick.Marker = percentTicks{}
		widen(p)
	}
	if i := t.kept(); i >= 0 {
		at := plotter.XYs{{X: t.x(i), Y: r.Epochs[i].ValTop1}}
		p.Add(&plotter.Scatter{XYs: at, GlyphStyle: draw.GlyphStyle{Color: Vermilion, Radius: 4.5, Shape: thickRing{}}})
	}
	return Standard(p)
}

// widen makes an axis of shares at least four points long, inside [0,1]. An axis of one value would
// be drawn a whole above and below it.
func widen(p *plot.Plot) {
	const least = 0.04
	if p.Y.Max-p.Y.Min < least {
		low := min(max((p.Y.Min+p.Y.Max-least)/2, 0), 1-least)
		p.Y.Min, p.Y.Max = low, low+least
	}
}

// track places the epochs of a record on an axis from 0 to 1: first the regularisation strengths of
// the head, then the epochs of the body.
type track struct {
	r    runlog.Record
	head int // number of entries of the head, which come first
}

const (
	headShare = 0.27
	phaseGap  = 0.1 // labels on both sides of it stand apart
)

func newTrack(r runlog.Record) track {
	t := track{r: r}
	for t.head < len(r.Epochs) && r.Epochs[t.head].Phase == runlog.PhaseHead {
		t.head++
	}
	return t
}

func (t track) both() bool { return t.head > 0 && t.head < len(t.r.Epochs) }

// x is the position of the epoch with index i.
func (t track) x(i int) float64 {
	low, high, first, n := 0.0, 1.0, 0, len(t.r.Epochs)
	switch {
	case t.both() && i < t.head:
		high, n = headShare, t.head
	case t.both():
		low, first, n = headShare+phaseGap, t.head, n-t.head
	}
	if n == 1 {
		return (low + high) / 2
	}
	return low + (high-low)*float64(i-first)/float64(n-1)
}

// kept is the index of the epoch whose weights were kept; -1 if the record does not say.
func (t track) kept() int {
	kept, ok := t.r.Kept()
	if !ok {
		return -1
	}
	return slices.IndexFunc(t.r.Epochs, func(e runlog.Epoch) bool {
		return e.Phase == kept.Phase && e.Epoch == kept.Epoch
	})
}

func (t track) describe(i int) string {
	if i < t.head {
		return fmt.Sprintf("head with C = %g", t.r.Epochs[i].LR)
	}
	return fmt.Sprintf("epoch %d of the body", t.r.Epochs[i].Epoch)
}

func (t track) plot(title, below, y string) *plot.Plot {
	if len(t.r.Epochs) == 0 {
		title, below = "No epochs were recorded", ""
	}
	x := "epoch of the body"
	if t.both() {
		x = "head: regularisation strength C, then body: epoch"
	} else if t.head > 0 {
		x = "regularisation strength C of the head's logistic regression (lower is stronger)"
	}
	p := New(title, below, x, y)
	p.X.Min, p.X.Max = 0, 1
	p.X.Tick.Marker = plot.ConstantTicks(t.ticks())
	p.Y.Tick.Marker = plot.ConstantTicks(nil)
	if t.both() {
		p.Title.Padding = 18 // room for the names of the parts
		p.Add(headBand{headShare + phaseGap/2})
	}
	Grid(p, true, false)
	return p
}

// ticks labels about three strengths of the head and eight epochs of the body.
func (t track) ticks() []plot.Tick {
	var ticks []plot.Tick
	for i, e := range t.r.Epochs {
		n, first, most, label := len(t.r.Epochs)-t.head, t.head, 8, strconv.Itoa(e.Epoch)
		if i < t.head {
			n, first, most, label = t.head, 0, 8, strconv.FormatFloat(e.LR, 'g', 3, 64)
			if t.both() {
				most = 3
			}
		}
		if (i-first)%((n+most-1)/most) == 0 {
			ticks = append(ticks, plot.Tick{Value: t.x(i), Label: label})
		}
	}
	return ticks
}

// line adds the line of one quantity, with a gap between head and body.
func (t track) line(p *plot.Plot, value func(runlog.Epoch) float64, c color.Color) {
	parts := [2]plotter.XYs{}
	for i, e := range t.r.Epochs {
		part := 0
		if i >= t.head {
			part = 1
		}
		parts[part] = append(parts[part], plotter.XY{X: t.x(i), Y: value(e)})
	}
	for _, part := range parts {
		if len(part) == 0 {
			continue
		}
		p.Add(&plotter.Line{XYs: part, LineStyle: draw.LineStyle{Color: c, Width: LineWidth}})
		if len(part) > 300 {
			continue // many dots would hide the line
		}
		p.Add(&plotter.Scatter{XYs: part, GlyphStyle: draw.GlyphStyle{Color: c, Radius: 2, Shape: draw.CircleGlyph{}}})
	}
}

// headBand shades the part of the head and names both parts.
type headBand struct{ until float64 }

// Plot implements plot.Plotter.
func (b headBand) Plot(c draw.Canvas, p *plot.Plot) {
	edge := c.X(p.X.Norm(b.until))
	c.FillPolygon(shade, []vg.Point{{X: c.Min.X - 4, Y: c.Min.Y}, {X: edge, Y: c.Min.Y}, {X: edge, Y: c.Max.Y},
		{X: c.Min.X - 4, Y: c.Max.Y}})
	style := TextStyle(8.5, Dim)
	c.FillText(style, vg.Point{X: c.Min.X - 4, Y: c.Max.Y + 4}, "head")
	c.FillText(style, vg.Point{X: edge + 4, Y: c.Max.Y + 4}, "body")
}

// thickRing is a circle with a line of 1.8 points.
type thickRing struct{}

// DrawGlyph implements draw.GlyphDrawer.
func (thickRing) DrawGlyph(c *draw.Canvas, sty draw.GlyphStyle, at vg.Point) {
	c.SetLineStyle(draw.LineStyle{Color: sty.Color, Width: 1.8})
	var ring vg.Path
	ring.Move(vg.Point{X: at.X + sty.Radius, Y: at.Y})
	ring.Arc(at, sty.Radius, 0, 6.283185307179586)
	ring.Close()
	c.Stroke(ring)
}
