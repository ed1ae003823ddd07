package nbui

import (
	"strings"
	"testing"

	"imagelab/lib/curve"
	"imagelab/lib/metric"
)

// TestKnob: all views are in the page, the first shows, nothing runs, and names cannot break out.
func TestKnob(t *testing.T) {
	page := knob("k", "Class?", 1, []View{
		{Choice: "<b>", Text: "one"},
		{Choice: "hat", Header: []string{"a"}, Rows: [][]string{{"1"}}},
		{Choice: "c", Photos: []Photo{}},
	})
	for _, c := range []struct {
		text, reason string
		want         int
	}{
		{`type="radio"`, "one knob", 3}, {" checked>", "one position of it", 1}, {`id="k-1" checked`, "the first view", 1},
		{"<b>", "names are text", 0}, {"&lt;b&gt;", "names are text", 1}, {"<script", "saved pages run nothing", 0},
		{":checked~div>div:nth-child(3)", "each position shows its view", 1}, {"<table>", "a table is shown", 1},
	} {
		if got := strings.Count(page, c.text); got != c.want {
			t.Errorf("%q stands %d times in the page, want %d: %s", c.text, got, c.want, c.reason)
		}
	}
}

func TestViewsAsText(t *testing.T) {
	v := View{
		Choice: "0.5", Text: "one", Header: []string{"found"}, Rows: [][]string{{"3"}},
		Photos: []Photo{{Path: "a/b.jpg", Caption: "hat"}},
	}
	for _, want := range []string{"one\n", "found\n-----\n3\n", "[photo] hat b.jpg\n"} {
		if got := v.plain(); !strings.Contains(got, want) {
			t.Errorf("the view is %q, without %q", got, want)
		}
	}
}

func ExampleThresholds() {
	r, err := metric.RankScores("cracked", []bool{true, true, false, false}, []float64{0.9, 0.4, 0.6, 0.1})
	Check(err)
	Thresholds(r, 10, 0.3, 0.5, 0.7)
	// Output:
	// A photo counts as "cracked" from this probability up: 0.5
	// found   missed  false alarms  recall  precision  cost, in false alarms
	// -----   ------  ------------  ------  ---------  ---------------------
	// 1 of 2  1       1             50 %    50 %       11
}

func ExampleSizes() {
	point := func(size int, share float64) curve.Point {
		return curve.Point{PerClass: size, Train: float64(size), Accuracy: share,
			Interval: metric.Interval{share - 0.1, share + 0.1}}
	}
	Sizes(curve.Result{
		Curve: curve.Curve{Points: []curve.Point{point(10, 0.5), point(20, 0.75)}, Classes: []curve.Class{
			{Name: "cat", Points: []curve.Point{point(10, 0.6), point(20, 0.7)}},
			{Name: "dog", Points: []curve.Point{point(10, 0.4), point(20, 0.8)}}}},
		Forecast: curve.Forecast{Why: "two sizes"},
	})
	// Output:
	// With so many training photos a class (mean): 20
	// accuracy  95 % interval     wrong of 100 photos  lowest recall
	// --------  -------------     -------------------  -------------
	// 75.0 %    65.0 % to 85.0 %  25                   70 %, cat
}
