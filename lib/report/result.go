package report

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"html/template"
	"regexp"
	"slices"

	"imagelab/lib/figure"
	"imagelab/lib/metric"
	"imagelab/lib/runlog"
	"imagelab/lib/text"
)

// headline is the result in a sentence.
type headline struct {
	Side     string // "test" or "validation"
	Result   metric.Result
	Right    int
	Common   string  // largest class
	Baseline float64 // accuracy of always predicting Common
}

func newHeadline(r metric.Result, test bool) headline {
	h := headline{Side: "validation", Result: r}
	if test {
		h.Side = "test"
	}
	most := 0
	for i, row := range r.Confusion {
		sum := 0
		for _, n := range row {
			sum += n
		}
		h.Right += row[i]
		if sum > most {
			most, h.Common = sum, r.Classes[i]
		}
	}
	h.Baseline = float64(most) / float64(r.N)
	return h
}

// measure is a row of the table of metrics.
type measure struct {
	Name, Val, Test, Means string
}

func measures(val metric.Result, test *metric.Result) []measure {
	rows := []struct {
		name, means string
		text        func(metric.Result) string
	}{
		{"Top-1 accuracy", "Share of the photos whose most probable class is correct.",
			func(r metric.Result) string { return percent(r.Top1) }},
		{"95 % interval", intervalMeans(cmp.Or(test, &val).Groups),
			func(r metric.Result) string { return interval(r.Interval) }},
		{"Balanced accuracy", "Mean recall over classes: every class counts the same, however rare it is.",
			func(r metric.Result) string { return percent(r.Balanced) }},
		{"Macro F1", "Mean F1 over classes. F1 is the harmonic mean of precision and recall; 1 is best.",
			func(r metric.Result) string { return fmt.Sprintf("%.3f", r.MacroF1) }},
		{"Log loss", "Mean of −ln(probability of the true class): 0 is best, and confident mistakes cost most.",
			func(r metric.Result) string { return fmt.Sprintf("%.3f", r.LogLoss) }},
		{"Calibration error", "Mean difference between confidence and accuracy (ECE, 15 bins). 0: of the " +
			"predictions with 80 % confidence, 80 % are correct.",
			func(r metric.Result) string { return fmt.Sprintf("%.3f", r.ECE) }},
		{"Photos", "Photos used for these numbers.", func(r metric.Result) string { return imagesText(r) }},
	}
	var out []measure
	for _, row := range rows {
		m := measure{Name: row.name, Means: row.means, Val: "–"}
		if val.N > 0 {
			m.Val = row.text(val)
		}
		if test != nil {
			m.Test = row.text(*test)
		}
		out = append(out, m)
	}
	return out
}

// intervalMeans explains the interval of the accuracy.
func intervalMeans(groups int) string {
	if groups > 0 {
		return "Expected accuracy on photos of new groups of this kind (cluster-robust, Student's t). It is over " +
			"groups, because photos of one group resemble each other."
	}
	return "Expected accuracy on new photos of this kind (Wilson)."
}

func imagesText(r metric.Result) string {
	if r.Groups > 0 {
		return fmt.Sprintf("%d in %s", r.N, text.Count(r.Groups, "group"))
	}
	return fmt.Sprint(r.N)
}

// mostDrawn is the number of classes above which tables replace the figures by class.
const mostDrawn = 30

// resultFigures shows a result by class.
type resultFigures struct {
	Confusion   template.HTML // empty if there are many classes: then Confused is used
	Wide, Full  bool          // whether Confusion is wider than a phone, and than half a page
	PerClass    template.HTML // empty if there are many classes
	Reliability template.HTML
	Classes     []classRow // by rising recall, those without photos last
	MoreClasses int
	Confused    []confusedRow
}

type classRow struct {
	Name, Link string // Link is the id of the class's photos
	Predicted  int    // photos predicted as the class
	metric.Class
}

type confusedRow struct {
	Label, Predicted string
	N                int
	i, j             int
}

// Link is the id of the photos.
func (c confusedRow) Link() string { return cellID(c.i, c.j) }

func newResultFigures(r metric.Result) (f resultFigures, err error) {
	for i, name := range r.Classes {
		f.Classes = append(f.Classes, classRow{name, classID(i), r.Predicted(i), r.PerClass[name]})
	}
	slices.SortStableFunc(f.Classes, func(a, b classRow) int {
		return cmp.Or(cmp.Compare(min(b.N, 1), min(a.N, 1)), cmp.Compare(a.Recall, b.Recall))
	})
	f.Classes, f.MoreClasses = bounded(f.Classes, mostLines)
	if f.Reliability, err = svg(figure.Reliability(r)); err != nil || len(r.Classes) > mostDrawn {
		f.Confused = confused(r)
		return f, err
	}
	f.Wide, f.Full = len(r.Classes) > 6, len(r.Classes) > 12
	if f.Confusion, err = svg(figure.Confusion(r)); err != nil {
		return f, err
	}
	f.PerClass, err = svg(figure.PerClass(r))
	return f, err
}

// confused lists the 20 most frequent confusions.
func confused(r metric.Result) []confusedRow {
	var rows []confusedRow
	for i, row := range r.Confusion {
		for j, n := range row {
			if i != j && n > 0 {
				rows = append(rows, confusedRow{r.Classes[i], r.Classes[j], n, i, j})
			}
		}
	}
	slices.SortStableFunc(rows, func(a, b confusedRow) int { return b.N - a.N })
	return rows[:min(len(rows), 20)]
}

func curves(r runlog.Record) ([]template.HTML, error) {
	if len(r.Epochs) == 0 {
		return nil, nil
	}
	var out []template.HTML
	for _, f := range []figure.Figure{figure.AccuracyCurve(r), figure.LossCurve(r)} {
		s, err := svg(f)
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, nil
}

// namespaces are only needed in an SVG file; without them the page has no address at all.
var namespaces = regexp.MustCompile(`\s+xmlns(:xlink)?="[^"]*"`)

func svg(f figure.Figure) (template.HTML, error) {
	s, err := f.SVG()
	if err != nil {
		return "", err
	}
	return inline(s)
}

// inline makes an SVG part of a page. It must come from package figure, since its text is not
// escaped again.
func inline(s []byte) (template.HTML, error) {
	start := max(bytes.Index(s, []byte("<svg")), 0) // skip the XML prologue of a file
	head, rest, found := bytes.Cut(s[start:], []byte(">"))
	if !found || !bytes.HasPrefix(head, []byte("<svg")) {
		return "", errors.New("this is not an <svg> element")
	}
	return template.HTML(slices.Concat(namespaces.ReplaceAll(head, nil), []byte(">"), rest)), nil
}
