package report

import (
	"fmt"
	"strings"

	"imagelab/lib/curve"
	"imagelab/lib/figure"
	"imagelab/lib/runlog"
)

// Curves is the page of learning curves: a figure for each split, and for each curve its verdict,
// its points and its classes.
func Curves(title string, results []curve.Result, records []runlog.Record) Sweep {
	s := Sweep{Title: title, Records: records,
		Verdict: strings.Join(curve.Verdicts(results), "\n"), Note: strings.Join(curve.Notes(results), "\n")}
	for _, group := range curve.BySplit(results) {
		s.Figures = append(s.Figures, Figure{
			Title: group[0].Curve.Dataset, Figure: figure.LearningCurve(group...),
			Caption: curveCaption(group),
		})
	}
	for _, r := range results {
		s.Figures = append(s.Figures, Figure{Title: "By class: " + r.Curve.Name, Figure: figure.LearningClasses(r),
			Caption: "Recall of each class against its own number of training photos."})
		s.Tables = append(s.Tables, pointTable(r.Curve), nextTable(r))
	}
	return s
}

// curveCaption says what the figure shows.
func curveCaption(results []curve.Result) string {
	bars := "95 % interval for other training photos and other judged photos"
	for _, r := range results {
		if len(r.Curve.Seeds) == 1 {
			bars = "95 % interval for other judged photos (with one seed it does not include the choice of training photos)"
		}
	}
	return "Dots: mean over seeds. Bars: " + bars + ". Every subset has the same proportions of classes as the whole set. " +
		"Dashed: forecast up to twice the data, with its 90 % band: the law error = c + a·n^−b, fitted to the means. " +
		"The forecast cannot see a plateau that begins where the data end."
}

func pointTable(c curve.Curve) Table {
	t := Table{Title: "Accuracy by size: " + c.Name, Header: []string{"photos a class (mean)", "training photos", "seeds", "accuracy", "95 % interval"}}
	for _, p := range c.Points {
		size := "all"
		if p.PerClass > 0 {
			size = fmt.Sprint(p.PerClass)
		}
		t.Rows = append(t.Rows, []string{size, fmt.Sprintf("%.0f", p.Train*float64(len(c.Classes))), fmt.Sprint(len(p.Seeds)),
			percent(p.Accuracy), interval(p.Interval)})
	}
	t.Note = fmt.Sprintf("%s; %d judged photos (%s), split %.12s.", c.Regime, c.Images, c.Side, c.Split)
	return t
}

func nextTable(r curve.Result) Table {
	t := Table{Title: "What 50 more labels would add: " + r.Curve.Name,
		Header: []string{"class", "training photos", "gain in recall, points", "90 % interval"}}
	for _, g := range r.Forecast.Next {
		row := []string{g.Name, fmt.Sprintf("%.0f", g.Train)}
		if g.Why != "" {
			row = append(row, "no forecast: "+g.Why)
		} else {
			row = append(row, fmt.Sprintf("%.1f", 100*g.Gain.Value), fmt.Sprintf("%.1f to %.1f", 100*g.Gain.Low, 100*g.Gain.High))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}
