package nbui

import (
	"testing"

	"imagelab/lib/curve"
)

// TestLowest: a class that has no more photos to give counts at every size.
func TestLowest(t *testing.T) {
	point := func(perClass int, accuracy float64) curve.Point {
		return curve.Point{PerClass: perClass, Accuracy: accuracy}
	}
	classes := []curve.Class{
		{Name: "large", Points: []curve.Point{point(5, 0.6), point(20, 0.7), point(0, 0.8)}},
		{Name: "small", Points: []curve.Point{point(20, 0.5), point(0, 0.9)}}, // as many photos at 5 as at 20
	}
	for perClass, want := range map[int]string{5: "50 %, small", 20: "50 %, small", 0: "80 %, large"} {
		if got := lowest(classes, perClass); got != want {
			t.Errorf("at %d: %q, want %q", perClass, got, want)
		}
	}
}
