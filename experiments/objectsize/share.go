package main

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"imagelab/lib/curve"
)

// Rule is the share of the width that rules of thumb ask for.
const Rule = 0.2

// Tolerance is the loss of accuracy up to which a smaller object counts as good enough.
const Tolerance = 0.02

// Series is the accuracy on one kind of photos by rising share.
type Series struct {
	Name     string
	PerClass int // training images per class
	Points   []Point
}

// Point is what one share gives.
type Point struct {
	Share float64 // of the image's width, in (0,1]
	curve.Point
}

// Setting names the fits on photos of one share.
type Setting struct {
	Series string
	Share  float64
	Name   string // of the curve
}

// Name is a name for a setting's curve: "scenes at 20 %".
func Name(series string, share float64) string {
	return fmt.Sprintf("%s at %.0f %%", series, 100*share)
}

// Collect takes the point of perClass training images from the curve of every setting. Series
// stand in the order in which settings first name them. Settings without a curve, and curves
// without that point, are left out.
func Collect(curves []curve.Curve, settings []Setting, perClass int) []Series {
	var out []Series
	for _, a := range settings {
		at := slices.IndexFunc(curves, func(c curve.Curve) bool { return c.Name == a.Name })
		if at < 0 {
			continue
		}
		i := slices.IndexFunc(curves[at].Points, func(p curve.Point) bool { return p.PerClass == perClass })
		if i < 0 {
			continue
		}
		k := slices.IndexFunc(out, func(s Series) bool { return s.Name == a.Series })
		if k < 0 {
			out = append(out, Series{Name: a.Series, PerClass: perClass})
			k = len(out) - 1
		}
		out[k].Points = append(out[k].Points, Point{a.Share, curves[at].Points[i]})
	}
	for _, s := range out {
		slices.SortStableFunc(s.Points, func(a, b Point) int { return cmp.Compare(a.Share, b.Share) })
	}
	return out
}

// Enough is the smallest measured share from which on no more than [Tolerance] of accuracy is lost
// against the best share; 0 for a series without points.
func (s Series) Enough() float64 {
	enough := 0.0
	for _, p := range slices.Backward(s.Points) {
		if s.best().Accuracy-p.Accuracy > Tolerance {
			break
		}
		enough = p.Share
	}
	if enough == 0 && len(s.Points) > 0 { // the largest share is not the best one
		return s.best().Share
	}
	return enough
}

func (s Series) best() Point {
	return slices.MaxFunc(s.Points, func(a, b Point) int { return cmp.Compare(a.Accuracy, b.Accuracy) })
}

// Verdict says in words what the share costs, and whether the rule of a fifth holds: it does when
// no more than [Tolerance] is lost there, does not when more is lost and the intervals lie apart,
// and else cannot be told.
func (s Series) Verdict() string {
	at := slices.IndexFunc(s.Points, func(p Point) bool { return math.Abs(p.Share-Rule) < 1e-9 })
	if at < 0 {
		return fmt.Sprintf("%s: %.0f %% of the width was not measured, so the rule was not tested.", s.Name, 100*Rule)
	}
	p, best := s.Points[at], s.best()
	judgement := "Whether the rule holds cannot be told: the intervals overlap."
	switch {
	case best.Accuracy-p.Accuracy <= Tolerance:
		judgement = "The rule holds."
	case p.Interval[1] < best.Interval[0]:
		judgement = "The rule does not hold: the object should be larger."
	}
	return fmt.Sprintf("%s: %.1f %% right with the object at %.0f %% of the width, against %.1f %% at best, at "+
		"%.0f %%; at least %.0f %% is needed to stay within %.0f points. %s",
		s.Name, 100*p.Accuracy, 100*Rule, 100*best.Accuracy, 100*best.Share, 100*s.Enough(), 100*Tolerance, judgement)
}
