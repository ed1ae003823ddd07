package audit

import (
	"context"
	"math"

	"gonum.org/v1/gonum/stat/distuv"

	"imagelab/lib/metric"
	"imagelab/lib/text"
)

// NeededPhotos is the number of test photos on which McNemar's test (two-sided, at 5 %) finds a
// difference in accuracy with a probability of 80 %: `difference` is that of two models, in (0,1],
// and `discordant` the share of photos that exactly one of them classifies rightly, at least
// `difference`. It is
//
//	n = (z₀.₉₇₅ √ψ + z₀.₈ √(ψ - δ²))² / δ²
//
// with ψ = discordant and δ = difference (Connor, Sample size for testing differences in
// proportions for the paired-sample design, Biometrics 43, 1987).
func NeededPhotos(difference, discordant float64) int {
	discordant = max(discordant, difference)
	z, power := distuv.UnitNormal.Quantile(0.975), distuv.UnitNormal.Quantile(0.8)
	root := z*math.Sqrt(discordant) + power*math.Sqrt(discordant-difference*difference)
	return int(math.Ceil(root * root / (difference * difference)))
}

// Detectable is the smallest difference in accuracy that [NeededPhotos] says n photos can find; 1
// where they find none.
func Detectable(n int, discordant float64) float64 {
	low, high := 0.0, 1.0
	for range 50 {
		mid := (low + high) / 2
		if NeededPhotos(mid, discordant) <= n {
			high = mid
		} else {
			low = mid
		}
	}
	return high
}

const (
	twoPoints = 0.02 // the difference that people mostly ask about
	wide      = 0.05 // half an interval from which on a test set is called small
)

// size says how exact a result on the test photos is.
func (a *auditor) size(context.Context) error {
	if a.result.Test == 0 || a.result.Judged == 0 {
		return nil
	}
	accuracy := a.result.Accuracy
	each := a.perPhoto()
	n := max(1, int(math.Round(float64(a.result.Test)/each)))
	interval := metric.Wilson(int(math.Round(accuracy*float64(n))), n)
	half := (interval[1] - interval[0]) / 2
	discordant, how := max(1-accuracy, 0.01), "assumed: as many as one model gets wrong"
	if a.outcomes.second != nil {
		discordant, how = a.discordant(), "as measured with the two runs"
	}
	needed := int(math.Ceil(float64(NeededPhotos(twoPoints, discordant)) * each))
	severity := Note
	if half > wide {
		severity = Warning
	}
	grouped := ""
	if each > 1.05 {
		grouped = " Photos of a group resemble each other, so they count as " +
			text.Count(n, "independent photo") + "."
	}
	points := max(1, int(math.Round(100*Detectable(n, discordant))))
	a.find(KindSize, severity, "On %s a result of %s has the 95 %% interval %s to %s.%s To tell two models 2 points "+
		"apart you need about %s test photos; these find a difference of %s or more (McNemar's test, power 80 %%; "+
		"photos that only one of the two gets right: %s, %s).",
		text.Count(a.result.Test, "test photo"), text.Percent(accuracy, 1), text.Percent(interval[0], 1),
		text.Percent(interval[1], 1), grouped,
		text.Round(float64(needed)), text.Count(points, "point"), text.Percent(discordant, 1), how)
	return nil
}

// perPhoto is how many photos count as one, see [metric.DesignEffect].
func (a *auditor) perPhoto() float64 {
	return metric.DesignEffect([][]bool{a.outcomes.right}, a.outcomes.groups)
}

// discordant is the share of the judged photos that exactly one of two models classifies rightly.
func (a *auditor) discordant() float64 {
	n := 0
	for i, ok := range a.outcomes.right {
		if ok != a.outcomes.second[i] {
			n++
		}
	}
	return max(float64(n), 1) / float64(len(a.outcomes.right))
}
