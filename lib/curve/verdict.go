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

// more is the number of images of all classes for one point, in words: the range comes first, since it is wide.
func (f Forecast) more() string {
	end, all := (reach-1)*f.From*0.999, float64(f.Classes)
	if f.More.Low >= end {
		return fmt.Sprintf("more than %s further images in all (95 %%)", round((reach-1)*f.From*all))
	}
	high := round(f.More.High * all)
	if f.More.High >= end {
		high = "more than " + high
	}
	return fmt.Sprintf("%s to %s further images in all (90 %%)", round(f.More.Low*all), high)
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

// points writes a gain in points of accuracy, the range first.
func points(e Estimate) string {
	return fmt.Sprintf("%.1f to %.1f points (90 %%, middle %.1f)", 100*e.Low, 100*e.High, 100*e.Value)
}

// round writes a number of images with two digits, since no forecast knows more, and commas between thousands.
func round(n float64) string {
	unit := 1.0
	for n/unit >= 100 {
		unit *= 10
	}
	digits := strconv.FormatFloat(max(1, math.Round(n/unit)*unit), 'f', 0, 64)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}
