package curve

import (
	"fmt"
	"math"
	"strconv"
)

// Answer is the short form of a verdict.
type Answer string

// The answers to "would more images help?".
const (
	Enough     Answer = "enough"          // doubling the data adds less than one point
	MoreHelps  Answer = "more would help" // doubling adds about one point or more
	CannotTell Answer = "cannot tell yet"
)

// Verdict is the forecast in words.
type Verdict struct {
	Answer Answer
	Text   string // one sentence that holds the numbers or, for CannotTell, the reason
}

// Verdict judges whether more images are worth collecting, by one point of accuracy for twice the data. It is Enough
// when the whole 90 % interval of the gain lies below one point; MoreHelps when the gain is at least one point, and at
// least half a point in four of five resamples; CannotTell otherwise, with the largest source of doubt.
func (f Forecast) Verdict() Verdict {
	switch {
	case f.Why != "":
		return Verdict{CannotTell, fmt.Sprintf("Cannot tell yet, because %s.", f.Why)}
	case f.Gain.High < onePoint:
		return Verdict{Enough, fmt.Sprintf("Enough: doubling the images would add %s; one point takes %s.", points(f.Gain), f.more())}
	case f.Gain.Value >= onePoint && f.likely >= 0.8:
		return Verdict{MoreHelps, fmt.Sprintf("More would help: %s for one point; doubling would add %s.", f.more(), points(f.Gain))}
	}
	return Verdict{CannotTell, fmt.Sprintf("Cannot tell yet, because %s: doubling would add %s.", f.doubt(), points(f.Gain))}
}

// more is the number of images for one point, in words.
func (f Forecast) more() string {
	end := (reach - 1) * f.From * 0.999
	if f.More.Value >= end {
		return fmt.Sprintf("more than %s further images", round((reach-1)*f.From*float64(f.Classes)))
	}
	high := round(f.More.High)
	if f.More.High >= end {
		high = "more than " + high
	}
	total := round(f.More.Value * float64(f.Classes))
	return fmt.Sprintf("about %s further images (%s a class, %s to %s)", total, round(f.More.Value), round(f.More.Low), high)
}

// doubt is the largest source of uncertainty.
func (f Forecast) doubt() string {
	switch {
	case f.images > 0.5:
		return fmt.Sprintf("the %d judged images are too few to see one point", f.judged)
	case f.highest-f.lowest > onePoint:
		return fmt.Sprintf("seeds disagree (%.1f to %.1f %% at the largest size)", 100*f.lowest, 100*f.highest)
	}
	return "the curve does not show clearly enough how it goes on"
}

// points writes a gain in points of accuracy.
func points(e Estimate) string {
	return fmt.Sprintf("%.1f points (%.1f to %.1f)", 100*e.Value, 100*e.Low, 100*e.High)
}

// round writes a number of images with two digits, since no forecast knows more.
func round(n float64) string {
	unit := 1.0
	for n/unit >= 100 {
		unit *= 10
	}
	return strconv.FormatFloat(max(1, math.Round(n/unit)*unit), 'f', 0, 64)
}
