package figure

import (
	"fmt"
	"math"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"imagelab/lib/metric"
)

// rankingSide is the side of [ROC] and [PrecisionRecall], which are square.
const rankingSide = vg.Length(300)

// ROC shows the ROC curve of one class: for every threshold, the true positive rate (recall)
// against the false positive rate. Rings mark the given thresholds. The dashed line is chance.
func ROC(r metric.Ranking, thresholds ...float64) Figure {
	title := fmt.Sprintf("Area under the ROC curve %.3f", r.AUC)
	below := rankingBelow(r, thresholds)
	p := rankingPlot(title, below, "false positive rate", "recall (true positive rate)")
	chance := plotter.XYs{{X: 0, Y: 0}, {X: 1, Y: 1}}
	steps := plotter.XYs{{X: 0, Y: 0}}
	for _, t := range thinned(r.Points) {
		steps = append(steps, plotter.XY{X: t.FalseRate, Y: t.Recall})
	}
	addRanking(p, chance, steps)
	for _, v := range thresholds {
		t := r.At(v)
		addRing(p, v, plotter.XY{X: t.FalseRate, Y: t.Recall}, -10)
	}
	return Figure{p, rankingSide, rankingSide}
}

// PrecisionRecall shows precision against recall of one class for every threshold. Rings mark the
// given thresholds. The dashed line is chance.
func PrecisionRecall(r metric.Ranking, thresholds ...float64) Figure {
	share := float64(r.N) / float64(max(r.N+r.Others, 1))
	title := fmt.Sprintf("Average precision %.3f", r.AP)
	below := rankingBelow(r, thresholds)
	p := rankingPlot(title, below, "recall", "precision")
	var steps plotter.XYs
	before := 0.0
	for _, t := range thinned(r.Points) { // the area below these steps is the average precision, up to thinning
		steps = append(steps, plotter.XY{X: before, Y: t.Precision}, plotter.XY{X: t.Recall, Y: t.Precision})
		before = t.Recall
	}
	addRanking(p, plotter.XYs{{X: 0, Y: share}, {X: 1, Y: share}}, steps)
	for _, v := range thresholds {
		if t := r.At(v); t.Found+t.False > 0 {
			addRing(p, v, plotter.XY{X: t.Recall, Y: t.Precision}, 4)
		}
	}
	return Figure{p, rankingSide, rankingSide}
}

func rankingBelow(r metric.Ranking, thresholds []float64) string {
	rings := ""
	if len(thresholds) > 0 {
		rings = "Rings: thresholds. "
	}
	return fmt.Sprintf("“%s”: %d of %d photos. %sDashed: chance.", Shorten(r.Class, 24), r.N, r.N+r.Others, rings)
}

// rankingPlot has both axes from 0 to 100 %.
func rankingPlot(title, below, x, y string) *plot.Plot {
	p := New(title, below, x, y)
	Grid(p, true, true)
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = 0, 1, 0, 1
	p.X.Tick.Marker, p.Y.Tick.Marker = percentTicks{}, percentTicks{}
	return p
}

func addRanking(p *plot.Plot, chance, curve plotter.XYs) {
	p.Add(&plotter.Line{XYs: chance, LineStyle: draw.LineStyle{Color: Dim, Width: 0.8, Dashes: []vg.Length{3, 3}}})
	if len(curve) > 0 {
		p.Add(&plotter.Line{XYs: curve, LineStyle: draw.LineStyle{Color: Blue, Width: LineWidth}})
	}
}

// thinned leaves out thresholds too close to the one before to be seen, so that a figure of many
// photos is no larger than one of a few thousand. The last threshold stays.
func thinned(points []metric.Threshold) []metric.Threshold {
	const seen = 1.0 / 1000
	if len(points) <= 2000 {
		return points
	}
	var kept []metric.Threshold
	for i, t := range points {
		if n := len(kept); n == 0 || i == len(points)-1 || math.Abs(t.Recall-kept[n-1].Recall) >= seen ||
			math.Abs(t.FalseRate-kept[n-1].FalseRate) >= seen || math.Abs(t.Precision-kept[n-1].Precision) >= 5*seen {
			kept = append(kept, t)
		}
	}
	return kept
}

// addRing marks a threshold and writes its value to the right, raised by `above` to keep it off the
// curve; near the right edge it writes the value at the lower left.
func addRing(p *plot.Plot, threshold float64, at plotter.XY, higher vg.Length) {
	p.Add(&plotter.Scatter{XYs: plotter.XYs{at},
		GlyphStyle: draw.GlyphStyle{Color: Vermilion, Radius: 4.5, Shape: thickRing{}}})
	style, offset := TextStyle(endLabelSize, Vermilion), vg.Point{X: 8, Y: higher}
	if at.X > 0.8 {
		style.XAlign, offset = draw.XRight, vg.Point{X: -8, Y: -10}
	}
	p.Add(&plotter.Labels{XYs: plotter.XYs{at}, Labels: []string{strconv.FormatFloat(threshold, 'g', 3, 64)},
		TextStyle: []draw.TextStyle{style}, Offset: offset})
}
