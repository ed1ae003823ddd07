package report

import (
	"fmt"
	"strings"

	"imagelab/lib/curve"
	"imagelab/lib/figure"
	"imagelab/lib/runlog"
)

// forecastSeed chooses the bootstrap's resamples; any other gives the same answer within its interval.
const forecastSeed = 1

// Learning computes the learning curves of the records, one for each arm on each split, in the order in which they first
// occur. An arm without a finished fit is left out.
func Learning(records []runlog.Record) ([]figure.Learning, error) {
	type key struct{ split, arm string }
	var keys []key
	groups := map[key][]runlog.Record{}
	for _, r := range records {
		k := key{r.Split, r.ArmName()}
		if groups[k] == nil {
			keys = append(keys, k)
		}
		groups[k] = append(groups[k], r)
	}
	var out []figure.Learning
	for _, k := range keys {
		if !finished(groups[k]) {
			continue
		}
		c, err := curve.New(groups[k])
		if err != nil {
			return nil, fmt.Errorf("report: arm %s: %w", k.arm, err)
		}
		c.Name = k.arm
		out = append(out, figure.Learning{Curve: c, Forecast: c.Forecast(forecastSeed)})
	}
	return out, nil
}

func finished(records []runlog.Record) bool {
	for _, r := range records {
		if r.State() == runlog.StateDone {
			return true
		}
	}
	return false
}

// Curves is the page of learning curves. Those that judge the same images share a figure; every curve has its verdict,
// its table and its classes.
func Curves(title string, series []figure.Learning, records []runlog.Record) Sweep {
	s := Sweep{Title: title, Records: records}
	var verdicts, notes []string
	for _, l := range series {
		verdict := l.Forecast.Verdict().Text
		if len(series) > 1 {
			verdict = l.Curve.Name + ": " + verdict
		}
		verdicts = append(verdicts, verdict)
		for _, note := range l.Curve.Notes {
			notes = append(notes, strings.TrimSpace(prefix(l, len(series))+note))
		}
		if l.Curve.Side == "val" {
			notes = append(notes, "There are no test images: accuracy is of the validation images, which also chose the epoch and the strength of every fit, and is a little too good.")
		}
	}
	s.Verdict, s.Note = strings.Join(verdicts, "\n"), strings.Join(notes, "\n")
	for _, group := range bySplit(series) {
		s.Figures = append(s.Figures, Figure{
			Title: group[0].Curve.Dataset, Figure: figure.LearningCurve(group...),
			Caption: figureCaption(group),
		})
	}
	for _, l := range series {
		s.Figures = append(s.Figures, Figure{Title: "By class: " + l.Curve.Name, Figure: figure.LearningClasses(l),
			Caption: "Recall of every class against its own number of training images."})
		s.Tables = append(s.Tables, pointTable(l.Curve), nextTable(l))
	}
	return s
}

// figureCaption says what the bars hold.
func figureCaption(series []figure.Learning) string {
	bars := "its 95 % interval for other photos to train on and other judged photos, as far as several parts of these training photos can tell"
	for _, l := range series {
		if len(l.Curve.Seeds) == 1 {
			bars = "its 95 % interval for other judged photos; with one seed it leaves out that other photos to train on give other numbers"
		}
	}
	return "Dots with bars: the mean over seeds, and " + bars + ". Every part has the classes in the proportions of the set. " +
		"Dashed: the law error = c + a·n^−b fitted to the means, to twice the data, with its 90 % band. It cannot know of a plateau that begins where the data end."
}

func prefix(l figure.Learning, n int) string {
	if n == 1 {
		return ""
	}
	return l.Curve.Name + ": "
}

func bySplit(series []figure.Learning) [][]figure.Learning {
	var out [][]figure.Learning
	index := map[string]int{}
	for _, l := range series {
		i, ok := index[l.Curve.Split]
		if !ok {
			i = len(out)
			index[l.Curve.Split] = i
			out = append(out, nil)
		}
		out[i] = append(out[i], l)
	}
	return out
}

func pointTable(c curve.Curve) Table {
	t := Table{Title: "Accuracy by size: " + c.Name, Header: []string{"images a class (mean)", "training images", "seeds", "accuracy", "95 % interval"}}
	for _, p := range c.Points {
		size := "all"
		if p.PerClass > 0 {
			size = fmt.Sprint(p.PerClass)
		}
		t.Rows = append(t.Rows, []string{size, fmt.Sprintf("%.0f", p.Train*float64(len(c.Classes))), fmt.Sprint(len(p.Seeds)),
			percent(p.Accuracy), interval(p.Interval)})
	}
	t.Note = fmt.Sprintf("%s; %d judged images (%s), split %.12s.", c.Regime, c.Images, c.Side, c.Split)
	return t
}

func nextTable(l figure.Learning) Table {
	t := Table{Title: "What the next 50 labels would add: " + l.Curve.Name, Header: []string{"class", "training images", "recall gained, points", "90 % interval"}}
	for _, g := range l.Forecast.Next {
		row := []string{g.Name, fmt.Sprintf("%.0f", g.Train)}
		if g.Why != "" {
			row = append(row, "cannot tell: "+g.Why)
		} else {
			row = append(row, fmt.Sprintf("%.1f", 100*g.Gain.Value), fmt.Sprintf("%.1f to %.1f", 100*g.Gain.Low, 100*g.Gain.High))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}
