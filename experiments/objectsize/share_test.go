package main

import (
	"strings"
	"testing"

	"imagelab/lib/curve"
	"imagelab/lib/metric"
)

// series has these accuracies at 5, 20, 50 and 80 %, with intervals of half that width.
func series(half float64, accuracies ...float64) Series {
	s := Series{Name: "scenes"}
	for i, a := range accuracies {
		s.Points = append(s.Points, Point{[]float64{0.05, 0.2, 0.5, 0.8}[i],
			curve.Point{Accuracy: a, Interval: metric.Interval{a - half, a + half}}})
	}
	return s
}

func TestVerdict(t *testing.T) {
	tests := []struct {
		name, reason string
		series       Series
		says         string
		enough       float64
	}{
		{"holds", "a fifth loses a point", series(0.01, 0.5, 0.90, 0.91, 0.91), "The rule holds", 0.2},
		{"fails", "a fifth loses ten points", series(0.01, 0.5, 0.80, 0.90, 0.91), "does not hold", 0.5},
		{"unclear", "ten points, within intervals of ten", series(0.1, 0.5, 0.80, 0.90, 0.91), "cannot be told", 0.5},
		{"too close", "the largest object is cut off: medium is best, and from there it falls",
			series(0.01, 0.5, 0.90, 0.95, 0.80), "does not hold", 0.5},
		{"not measured", "only 5 % was tried", series(0.01, 0.5), "was not measured", 0.05},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.series.Verdict(); !strings.Contains(got, tt.says) {
				t.Errorf("%q does not say %q (%s)", got, tt.says, tt.reason)
			}
			if got := tt.series.Enough(); got != tt.enough {
				t.Errorf("enough from %g on, want %g (%s)", got, tt.enough, tt.reason)
			}
		})
	}
	if (Series{}).Enough() != 0 {
		t.Error("no points, no share")
	}
}

func TestCollect(t *testing.T) {
	point := func(n int, a float64) curve.Point { return curve.Point{PerClass: n, Accuracy: a} }
	curves := []curve.Curve{
		{Name: Name("padded", 0.5), Points: []curve.Point{point(50, 0.7), point(0, 0.8)}},
		{Name: Name("scenes", 0.5), Points: []curve.Point{point(50, 0.9)}},
		{Name: Name("scenes", 0.05), Points: []curve.Point{point(50, 0.4)}},
		{Name: Name("scenes", 0.8), Points: []curve.Point{point(0, 0.99)}},
	}
	var settings []Setting
	for _, name := range []string{"scenes", "padded"} {
		for _, share := range []float64{0.8, 0.5, 0.2, 0.05} {
			settings = append(settings, Setting{name, share, Name(name, share)})
		}
	}
	got := Collect(curves, settings, 50)
	if len(got) != 2 || got[0].Name != "scenes" || got[1].Name != "padded" || got[0].PerClass != 50 {
		t.Fatalf("%+v", got)
	}
	if p := got[0].Points; len(p) != 2 || p[0].Share != 0.05 || p[0].Accuracy != 0.4 || p[1].Share != 0.5 ||
		p[1].Accuracy != 0.9 {
		t.Errorf("scenes: %+v", p)
	}
	if p := got[1].Points; len(p) != 1 || p[0].Accuracy != 0.7 {
		t.Errorf("padded: %+v", p)
	}
}
