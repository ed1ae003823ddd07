package report

import (
	"fmt"
	"strings"

	"imagelab/lib/curve"
	"imagelab/lib/figure"
	"imagelab/lib/metric"
	"imagelab/lib/runlog"
)

// Curves is the page of learning curves: a figure for each split, and for each curve its verdict,
// its points and its classes.
func Curves(title string, results []curve.Result, records []runlog.Record) Sweep {
	s := Sweep{Title: title, Records: records,
		Verdict: strings.Join(append(curve.Verdicts(results), nextActions(results)...), "\n"),
		Note:    strings.Join(curve.Notes(results), "\n")}
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
		if t := checkTable(r.Curve); len(t.Rows) > 0 {
			s.Tables = append(s.Tables, t)
		} else {
			s.Note = strings.TrimPrefix(s.Note+"\n"+r.Curve.Name+": "+t.Note, "\n")
		}
	}
	return s
}

// nextActions say in a sentence for each curve what to do now.
func nextActions(results []curve.Result) []string {
	var out []string
	for _, r := range results {
		name := ""
		if len(results) > 1 {
			name = " (" + r.Curve.Name + ")"
		}
		out = append(out, "Next"+name+": "+nextAction(r))
	}
	return out
}

func nextAction(r curve.Result) string {
	gain, some := r.Forecast.GainsMost()
	switch r.Forecast.Verdict().Answer {
	case curve.Enough:
		return "keep these photos, look at the mistakes, and compare networks by a trade-off."
	case curve.MoreHelps:
		if some {
			return fmt.Sprintf("add photos of %q first: 50 more labels would raise its recall by about %.1f points.",
				gain.Name, 100*gain.Gain.Value)
		}
		return "add photos of every class, in the proportions of the present ones."
	}
	if r.Forecast.Why != "" {
		return "add photos, or ask for other sizes, so that there are six or more."
	}
	return "ask for more seeds, or keep more photos for the test side, and add photos meanwhile."
}

// checkSeed chooses the resamples of the forecast's check.
const checkSeed = 1

// checkTable tests the forecast on the data that there are, see [curve.Curve.Check].
func checkTable(c curve.Curve) Table {
	checked := c.Check(checkSeed)
	t := Table{Title: "Was the forecast right? " + c.Name, Note: checked.Text(),
		Header: []string{"forecast of", "from photos a class", "at photos a class", "forecast", "90 % interval",
			"result", "right"}}
	for _, one := range checked.Cases {
		of, right := "all classes, "+one.Name, "yes"
		if one.Class != "" {
			of = one.Class + ", " + one.Name
		}
		if !one.Hit {
			right = "no"
		}
		t.Rows = append(t.Rows, []string{of, fmt.Sprintf("%.0f", one.From), fmt.Sprintf("%.0f", one.To),
			percent(one.Forecast.Value), interval(metric.Interval{one.Forecast.Low, one.Forecast.High}),
			percent(one.Result), right})
	}
	return t
}

// curveCaption says what the figure shows.
func curveCaption(results []curve.Result) string {
	bars := "95 % interval for other training photos and other judged photos"
	for _, r := range results {
		if len(r.Curve.Seeds) == 1 {
			bars = "95 % interval for other judged photos (with one seed it does not include the choice of training photos)"
		}
	}
	return "Dots: mean over seeds. Bars: " + bars +
		". Every subset has the same proportions of classes as the whole set. " +
		"Dashed: forecast up to twice the data, with its 90 % band: the law error = c + a·n^−b, fitted to the means. " +
		"The forecast cannot see a plateau that begins where the data end."
}

func pointTable(c curve.Curve) Table {
	t := Table{Title: "Accuracy by size: " + c.Name,
		Header: []string{"photos a class (mean)", "training photos", "seeds", "accuracy", "95 % interval"}}
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
			row = append(row, fmt.Sprintf("%.1f", 100*g.Gain.Value),
				fmt.Sprintf("%.1f to %.1f", 100*g.Gain.Low, 100*g.Gain.High))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}
