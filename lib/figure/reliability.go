package figure

import (
	"fmt"
	"math"

	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"imagelab/lib/metric"
)

// Reliability is the reliability diagram: for photos of similar confidence, the share that is
// classified correctly. On the dashed line the model is calibrated; below it, it is overconfident.
// The area of a dot is proportional to its number of photos.
func Reliability(res metric.Result) Figure {
	gap, most := 0.0, 1
	var points plotter.XYs
	for _, b := range res.Bins {
		points = append(points, plotter.XY{X: b.Confidence, Y: b.Accuracy})
		gap += (b.Confidence - b.Accuracy) * float64(b.N)
		most = max(most, b.N)
	}
	title := "The probabilities are about right"
	if mean := gap / float64(max(res.N, 1)); math.Abs(mean) >= 0.02 {
		title = fmt.Sprintf("The model is too confident: its probabilities are %.0f points too high on average", 100*mean)
		if mean < 0 {
			title = fmt.Sprintf("The model is too cautious: its probabilities are %.0f points too low on average", -100*mean)
		}
	}
	p := New(title, fmt.Sprintf("Expected calibration error %.3f. Larger dots: more photos. Dashed: calibrated.", res.ECE),
		"probability of the predicted class", "share that is correct")
	Grid(p, true, true)
	p.Add(&plotter.Line{XYs: plotter.XYs{{X: 0, Y: 0}, {X: 1, Y: 1}},
		LineStyle: draw.LineStyle{Color: Dim, Width: 0.8, Dashes: []vg.Length{3, 3}}})
	for i := range points {
		radius := max(1.8, 9*vg.Length(math.Sqrt(float64(res.Bins[i].N)/float64(most))))
		p.Add(&plotter.Scatter{XYs: points[i : i+1],
			GlyphStyle: draw.GlyphStyle{Color: translucent, Radius: radius, Shape: draw.CircleGlyph{}}})
	}
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = 0, 1, 0, 1
	p.X.Tick.Marker, p.Y.Tick.Marker = percentTicks{}, percentTicks{}
	return Figure{p, Width, 270}
}
