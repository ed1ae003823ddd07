package figure

import (
	"cmp"
	"fmt"
	"image/color"
	"slices"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"imagelab/lib/tradeoff"
)

// StageBreakdown shows the time of each stage of one prediction from a photo's file: one bar for
// each network on each machine, the fastest on top. It leaves out measurements that failed.
func StageBreakdown(speeds []tradeoff.Speed) Figure {
	bars := barsOf(speeds)
	if len(bars) == 0 {
		return Standard(New("No prediction was timed by stage", "", "", ""))
	}
	p := New(stagesTitle(bars), stagesBelow(speeds), "time of one prediction, ms", "")
	Grid(p, false, true)
	var names []plot.Tick
	for _, b := range bars {
		names = append(names, plot.Tick{Value: b.y, Label: b.network})
	}
	p.Y.Tick.Marker = plot.ConstantTicks(names)
	p.Y.Tick.Label.Color = Ink
	p.Y.Min, p.Y.Max = -0.5, bars[len(bars)-1].y+0.5
	if bars[len(bars)-1].header != "" {
		p.Y.Max++
	}
	p.X.Min, p.X.Max = 0, slices.MaxFunc(bars, func(a, b bar) int { return cmp.Compare(a.total(), b.total()) }).total()
	p.X.Tick.Marker = roundTicks{}
	l := legend{}
	for i, stage := range tradeoff.Stages() {
		l.keys = append(l.keys, key{stage, stageInks[i], draw.BoxGlyph{}})
	}
	p.Title.Padding = l.padding(Width - 100)
	p.Add(barPlotter{bars}, l)
	w, h := stageBreakdownSize(speeds)
	return Figure{p, w, h}
}

// stageBreakdownSize is a size at which [StageBreakdown] of these speeds is readable.
func stageBreakdownSize(speeds []tradeoff.Speed) (w, h vg.Length) {
	rows := 1.0
	if bars := barsOf(speeds); len(bars) > 0 {
		if rows = bars[len(bars)-1].y + 1; bars[len(bars)-1].header != "" {
			rows++
		}
	}
	return Width, 102 + 18*vg.Length(rows)
}

// stageInks are the colours of the stages, in order. Neighbours differ in lightness, so that people
// with any colour vision can tell them apart.
var stageInks = []color.NRGBA{Ink, Vermilion, {0xf0, 0xe4, 0x42, 0xff}, Purple, {0x56, 0xb4, 0xe9, 0xff}}

type bar struct {
	network, machine string
	header           string    // name of the machine, above its top bar, if there are several
	y                float64   // position, in bars from the bottom
	parts            []float64 // time of each stage, ms
}

func (b bar) total() float64 {
	sum := 0.0
	for _, part := range b.parts {
		sum += part
	}
	return sum
}

// barsOf lists the bars from the bottom, which is the slowest, to the top.
func barsOf(speeds []tradeoff.Speed) []bar {
	var bars []bar
	several := false
	for _, s := range speeds {
		if s.Error != "" || len(s.Stages) != len(tradeoff.Stages()) {
			continue
		}
		b := bar{network: fmt.Sprintf("%s@%d", strings.TrimPrefix(s.Backbone, "efficientnet_"), s.Size),
			machine: tradeoff.Machine(s.Environment)}
		for _, part := range s.Stages {
			b.parts = append(b.parts, 1000*part.Seconds)
		}
		several = several || len(bars) > 0 && bars[0].machine != b.machine
		bars = append(bars, b)
	}
	slices.SortStableFunc(bars, func(a, b bar) int {
		return cmp.Or(cmp.Compare(b.machine, a.machine), cmp.Compare(b.total(), a.total()))
	})
	for i, y := 0, 0.0; i < len(bars); i, y = i+1, y+1 {
		bars[i].y = y
		if several && (i+1 == len(bars) || bars[i+1].machine != bars[i].machine) {
			bars[i].header = bars[i].machine
			y++
		}
	}
	return bars
}

// stagesTitle says which share of the time the network takes.
func stagesTitle(bars []bar) string {
	share := func(b bar) float64 { return b.parts[len(b.parts)-1] / b.total() }
	least := slices.MinFunc(bars, func(a, b bar) int { return cmp.Compare(share(a), share(b)) })
	most := slices.MaxFunc(bars, func(a, b bar) int { return cmp.Compare(share(a), share(b)) })
	if len(bars) == 1 {
		return fmt.Sprintf("The network takes %.0f %% of the time of a prediction", 100*share(most))
	}
	return fmt.Sprintf("The network takes %.0f %% (%s) to %.0f %% (%s) of the time of a prediction", 100*share(least),
		least.network, 100*share(most), most.network)
}

func stagesBelow(speeds []tradeoff.Speed) string {
	for _, s := range speeds {
		if s.Megapixels > 0 {
			return fmt.Sprintf("Medians over %d photos of %.2g megapixels, whose files are in the page cache.",
				s.Photos, s.Megapixels)
		}
	}
	return "Medians over the photos."
}

// barPlotter draws stacked bars with their totals at the ends.
type barPlotter struct{ bars []bar }

// Plot implements plot.Plotter.
func (s barPlotter) Plot(c draw.Canvas, p *plot.Plot) {
	half := min(c.Size().Y/vg.Length(p.Y.Max-p.Y.Min)*0.36, 9)
	for _, b := range s.bars {
		y, sum := c.Y(p.Y.Norm(b.y)), 0.0
		for k, part := range b.parts {
			left, right := c.X(p.X.Norm(sum)), c.X(p.X.Norm(sum+part))
			c.FillPolygon(stageInks[k], []vg.Point{{X: left, Y: y - half}, {X: right, Y: y - half},
				{X: right, Y: y + half}, {X: left, Y: y + half}})
			sum += part
		}
		c.FillText(noteStyle(), vg.Point{X: c.X(p.X.Norm(sum)) + 4, Y: y + 1}, fmt.Sprintf("%.3g ms", sum))
		if b.header != "" {
			c.FillText(TextStyle(LegendSize, Ink), vg.Point{X: c.Min.X, Y: c.Y(p.Y.Norm(b.y+1)) - 4}, Shorten(b.header, 60))
		}
	}
}

// GlyphBoxes implements plot.GlyphBoxer: it makes room for the sums.
func (s barPlotter) GlyphBoxes(p *plot.Plot) []plot.GlyphBox {
	var boxes []plot.GlyphBox
	for _, b := range s.bars {
		r := noteStyle().Rectangle(fmt.Sprintf("%.3g ms", b.total()))
		r.Max.X += 4
		boxes = append(boxes, plot.GlyphBox{X: p.X.Norm(b.total()), Y: p.Y.Norm(b.y), Rectangle: r})
	}
	return boxes
}
