package report

import (
	"cmp"
	"fmt"
	"html/template"
	"slices"

	"imagelab/lib/figure"
	"imagelab/lib/metric"
	"imagelab/lib/runlog"
)

// How many classes the section about thresholds shows.
const (
	mostThresholds = 30
	mostRankings   = 6 // with a figure
)

// missCosts are costs of a missed photo, where a false alarm costs 1.
var missCosts = []float64{1, 5, 20}

// thresholds is the section about calling one class by its probability.
type thresholds struct {
	Rows    []thresholdRow // by rising average precision
	Figures []template.HTML
	More    int
	Own     bool // whether thresholds were chosen on the photos that they are measured on
}

type thresholdRow struct {
	Class  string
	AP     float64
	N      int
	Chosen []chosenThreshold // one for each of missCosts
}

type chosenThreshold struct {
	Value        string
	Found, False int
	Cost         float64
}

// newThresholds chooses on the validation photos and measures on the test photos, if there are any.
func newThresholds(in Input) (*thresholds, error) {
	measured, chooser := in.said(), in.Validated
	if measured == nil || len(measured.Classes) > mostListedClasses {
		return nil, nil
	}
	t := &thresholds{}
	if in.Test == nil || chooser == nil || !slices.Equal(chooser.Classes, measured.Classes) {
		chooser, t.Own = measured, true
	}
	var rankings []metric.Ranking
	for k, class := range measured.Classes {
		r, err := rank(measured, k)
		by, chooserErr := rank(chooser, k)
		if err != nil || chooserErr != nil {
			continue // a class without photos has no ranking
		}
		row := thresholdRow{Class: class, AP: r.AP, N: r.N}
		for _, miss := range missCosts {
			row.Chosen = append(row.Chosen, chosenAt(r, by.Cheapest(miss).Value, miss))
		}
		t.Rows, rankings = append(t.Rows, row), append(rankings, r)
	}
	slices.SortStableFunc(t.Rows, func(a, b thresholdRow) int { return cmp.Compare(a.AP, b.AP) })
	slices.SortStableFunc(rankings, func(a, b metric.Ranking) int { return cmp.Compare(a.AP, b.AP) })
	t.Rows, t.More = bounded(t.Rows, mostThresholds)
	shown, _ := bounded(rankings, mostRankings)
	for _, r := range shown {
		drawn, err := svg(figure.PrecisionRecall(r, 0.5))
		if err != nil {
			return nil, err
		}
		t.Figures = append(t.Figures, drawn)
	}
	if len(t.Rows) == 0 {
		return nil, nil
	}
	return t, nil
}

// mostListedClasses is the number of classes above which thresholds are not chosen class by class.
const mostListedClasses = 300

func rank(said *runlog.Predictions, class int) (metric.Ranking, error) {
	positive, scores := make([]bool, len(said.Photos)), make([]float64, len(said.Photos))
	for i, p := range said.Photos {
		positive[i], scores[i] = p.Label == class, p.Of(class)
	}
	return metric.RankScores(said.Classes[class], positive, scores)
}

func chosenAt(r metric.Ranking, threshold, miss float64) chosenThreshold {
	at := r.At(threshold)
	c := chosenThreshold{Value: fmt.Sprintf("%.2f", threshold), Found: at.Found, False: at.False,
		Cost: miss*float64(r.N-at.Found) + float64(at.False)}
	if threshold > 1 {
		c.Value = "never"
	}
	return c
}
