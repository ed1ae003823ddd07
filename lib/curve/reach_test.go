package curve

import (
	"math"
	"testing"
)

func TestReach(t *testing.T) {
	c := Curve{Points: []Point{{Train: 10, Accuracy: 0.5}, {Train: 40, Accuracy: 0.7}, {Train: 160, Accuracy: 0.9}}}
	tests := []struct {
		reason   string
		curve    Curve
		accuracy float64
		want     float64
		says     string
	}{
		{"good enough at the smallest size", c, 0.4, 10, "at most 10 photos a class"},
		{"a measured size", c, 0.7, 40, "about 40 photos a class"},
		{"half way from 40 to 160 on a logarithmic scale", c, 0.8, 80, "about 80 photos a class"},
		{"never", c, 0.95, math.Inf(1), "more than 160 photos a class"},
		{"a dip below does not undo it",
			Curve{Points: []Point{{Train: 10, Accuracy: 0.8}, {Train: 20, Accuracy: 0.7}}}, 0.75, 10,
			"at most 10 photos a class"},
		{"no points", Curve{}, 0.5, math.Inf(1), "an unknown number of photos a class"},
	}
	for _, tt := range tests {
		if got := tt.curve.Reach(tt.accuracy); got != tt.want && math.Abs(got-tt.want) > 1e-9 {
			t.Errorf("%s: %g, want %g", tt.reason, got, tt.want)
		}
		if got := tt.curve.Needed(tt.accuracy); got != tt.says {
			t.Errorf("%s: %q, want %q", tt.reason, got, tt.says)
		}
	}
}
