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
)

// headline is the result in words.
type headline struct {
	Side     string // "test" or "validation"
	Result   metric.Result
	Right    int
	Common   string  // the class with most images
	Baseline float64 // the accuracy of answering Common always
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

// measure is a line of the table of measures.
type measure struct {
	Name, Val, Test, Means string
}

func measures(val metric.Result, test *metric.Result) []measure {
	rows := []struct {
		name, means string
		text        func(metric.Result) string
	}{
		{"Top-1 accuracy", "Share of the images whose most probable class is the right one.", func(r metric.Result) string { return percent(r.Top1) }},
		{"95 % interval", intervalMeans(cmp.Or(test, &val).Groups), func(r metric.Result) string { return interval(r.Interval) }},
		{"Balanced accuracy", "Mean recall of the classes: each class counts the same, however rare it is.", func(r metric.Result) string { return percent(r.Balanced) }},
		{"Macro F1", "Mean over the classes of F1, which is high when a class is both found and not claimed wrongly; 1 is best.", func(r metric.Result) string { return fmt.Sprintf("%.3f", r.MacroF1) }},
		{"Log loss", "How much probability the right class was given, in nats: 0 is best, and sure mistakes cost most.", func(r metric.Result) string { return fmt.Sprintf("%.3f", r.LogLoss) }},
		{"Calibration error", "Mean distance of stated probability and share that is right (ECE, 15 bins): 0 means that 80 % is right 80 times in 100.", func(r metric.Result) string { return fmt.Sprintf("%.3f", r.ECE) }},
		{"Images", "That were judged.", func(r metric.Result) string { return imagesText(r) }},
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

// intervalMeans says what the interval of the accuracy is over.
func intervalMeans(groups int) string {
	if groups > 0 {
		return "Where the accuracy on photos of many more such groups lies, as far as this number of groups can tell (cluster-robust, Student's t): photos of one group resemble each other."
	}
	return "Where the accuracy on many more photos of this kind lies, as far as this number of images can tell (Wilson)."
}

func imagesText(r metric.Result) string {
	if r.Groups > 0 {
		return fmt.Sprintf("%d in %s", r.N, plural(r.Groups, "group"))
	}
	return fmt.Sprint(r.N)
}

// mostDrawn is the number of classes above which the figures by class give way to tables.
const mostDrawn = 30

// resultFigures shows a result by class.
type resultFigures struct {
	Confusion   template.HTML // empty with many classes: then Confused
	Wide, Full  bool          // Confusion needs more than a phone's width, more than half a page's
	PerClass    template.HTML // empty with many classes
	Reliability template.HTML
	Classes     []classRow // the worst first
	MoreClasses int
	Confused    []confusedRow
}

type classRow struct {
	Name string
	metric.Class
}

type confusedRow struct {
	Label, Predicted string
	N                int
}

func newResultFigures(r metric.Result) (f resultFigures, err error) {
	for _, name := range r.Classes {
		f.Classes = append(f.Classes, classRow{name, r.PerClass[name]})
	}
	slices.SortStableFunc(f.Classes, func(a, b classRow) int { return compare(a.Recall, b.Recall) })
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
				rows = append(rows, confusedRow{r.Classes[i], r.Classes[j], n})
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

// namespaces are needed in a file of its own only; without them the page holds no address at all.
var namespaces = regexp.MustCompile(`\s+xmlns(:xlink)?="[^"]*"`)

func svg(f figure.Figure) (template.HTML, error) {
	s, err := f.SVG()
	if err != nil {
		return "", err
	}
	return inline(s)
}

// inline makes an SVG part of a page. It must be one of ours, since its text is not escaped again.
func inline(s []byte) (template.HTML, error) {
	start := max(bytes.Index(s, []byte("<svg")), 0) // after a prologue, which a file has
	head, rest, found := bytes.Cut(s[start:], []byte(">"))
	if !found || !bytes.HasPrefix(head, []byte("<svg")) {
		return "", errors.New("this is no <svg> element")
	}
	return template.HTML(slices.Concat(namespaces.ReplaceAll(head, nil), []byte(">"), rest)), nil
}
