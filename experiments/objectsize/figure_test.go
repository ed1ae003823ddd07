package main

import (
	"strings"
	"testing"

	"imagelab/lib/figure/figuretest"

	"imagelab/lib/curve"
	"imagelab/lib/metric"
)

// framed is a made-up series at these shares, which loses accuracy as the object gets smaller.
func framed(name string, top float64, shares ...float64) Series {
	s := Series{Name: name, PerClass: 50}
	for _, share := range shares {
		a := top - 0.025/share
		s.Points = append(s.Points, Point{Share: share, Point: curve.Point{Accuracy: a,
			Interval: metric.Interval{a - 0.03, a + 0.02}, Seeds: []uint64{1, 2, 3}}})
	}
	return s
}

func TestObjectSizeTitle(t *testing.T) {
	tests := []struct {
		reason string
		series []Series
		says   string
	}{
		{"2 points short of the best at half the width", []Series{framed("scenes", 0.98, 0.05, 0.2, 0.5, 0.8)},
			"scenes 50 %"},
		{"one share", []Series{framed("scenes", 0.98, 0.3)}, "scenes 30 %"},
		{"nothing", nil, "No object sizes"},
	}
	for _, tt := range tests {
		f := drawn(tt.series...)
		if !strings.Contains(f.Title.Text, tt.says) {
			t.Errorf("title %q does not say %q: %s", f.Title.Text, tt.says, tt.reason)
		}
		if _, err := f.SVG(); err != nil {
			t.Errorf("%s: %v", tt.reason, err)
		}
	}
}

func TestGolden(t *testing.T) {
	figuretest.Golden(t, "objectsize", "small objects cost accuracy",
		drawn(framed("scenes", 0.98, 0.05, 0.1, 0.2, 0.3, 0.5, 0.8), framed("padded photos", 0.92, 0.05, 0.1, 0.2,
			0.3, 0.5, 0.8, 1)))
}
