package curve

import (
	"fmt"

	"imagelab/lib/text"
)

// Answer is the short form of a verdict.
type Answer string

// The answers to "would more photos help?".
const (
	Enough     Answer = "enough"          // doubling the data adds less than one point
	MoreHelps  Answer = "more would help" // doubling adds about one point or more
	CannotTell Answer = "cannot tell yet"
)

// Verdict is the forecast in words.
type Verdict struct {
	Answer Answer
	Text   string // the answer in one sentence, with numbers or, for CannotTell, the reason
}

// Verdict says whether more photos are worth collecting. The rule is one point of accuracy for
// twice the data: Enough if the whole 90 % interval of the gain is below one point; MoreHelps if
// the gain is at least one point, and at least half a point in four of five resamples; else
// CannotTell, with the largest source of uncertainty.
func (f Forecast) Verdict() Verdict {
	switch {
	case f.Why != "":
		return Verdict{CannotTell, fmt.Sprintf("Cannot tell yet, because %s.", f.Why)}
	case f.Gain.High < onePoint:
		return Verdict{Enough, fmt.Sprintf("Enough: doubling the photos would add %s; one point more would take %s.",
			points(f.Gain), f.more())}
	case f.Gain.Value >= onePoint && f.likely >= 0.8:
		return Verdict{MoreHelps, fmt.Sprintf(
			"More photos would help: doubling them would add %[2]s; one point more would take %[1]s.", f.more(), points(f.Gain))}
	}
	return Verdict{CannotTell, fmt.Sprintf("Cannot tell yet, because %s: doubling the photos would add %s.",
		f.doubt(), points(f.Gain))}
}

// more is the number of photos of all classes for one point, in words, as a range since it is wide.
func (f Forecast) more() string {
	end, all := (reach-1)*f.From*0.999, float64(f.Classes)
	if f.More.Low >= end {
		return fmt.Sprintf("more than %s further photos in all (95 %%)", text.Round((reach-1)*f.From*all))
	}
	high := text.Round(f.More.High * all)
	if f.More.High >= end {
		high = "more than " + high
	}
	return fmt.Sprintf("%s to %s further photos in all (90 %%)", text.Round(f.More.Low*all), high)
}

// doubt is the largest source of uncertainty, in words.
func (f Forecast) doubt() string {
	switch {
	case f.images > 0.5:
		return fmt.Sprintf("%d judged photos are too few to show a difference of one point", f.judged)
	case f.highest-f.lowest > onePoint:
		return fmt.Sprintf("the seeds differ too much (%.1f to %.1f %% at the largest size)", 100*f.lowest, 100*f.highest)
	}
	return "the sizes do not show clearly enough how the curve continues"
}

// points is a gain in points of accuracy, the range first.
func points(e Estimate) string {
	return fmt.Sprintf("%.1f to %.1f points (90 %%, median %.1f)", 100*e.Low, 100*e.High, 100*e.Value)
}
