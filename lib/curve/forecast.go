package curve

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/stat"
)

const (
	minSizes  = 5    // number of sizes with wrong answers that a forecast needs
	reach     = 4    // a forecast goes up to this multiple of the largest size
	resamples = 1000 // number of bootstrap resamples
	onePoint  = 0.01 // gain in accuracy that is worth collecting photos for
	moreLabel = 50   // number of labels added to a class for [ClassGain]
)

// Estimate is a value with its 90 % interval.
type Estimate struct{ Value, Low, High float64 }

// Forecast says what more photos would add. Gains are shares of accuracy: 0.01 is one point.
type Forecast struct {
	Why     string      // reason why there is no forecast; empty: there is one
	From    float64     // largest size measured, training photos per class
	Classes int         // number of classes
	Law     Law         // law fitted to the mean over seeds
	Gain    Estimate    // gain in accuracy from doubling the training photos
	More    Estimate    // further photos per class for one point more; 3 From: not within four times the data
	Next    []ClassGain // by falling gain, classes without a forecast last

	judged          int     // number of judged photos
	images          float64 // share of the variance of Gain that is due to the judged photos
	lowest, highest float64 // accuracy of the worst and the best seed at the largest size
	likely          float64 // share of the resamples in which doubling adds half a point
	draws           []draw
}

// ClassGain is what the next 50 labels of one class would add to its recall.
type ClassGain struct {
	Name  string
	Train float64  // number of training photos of the class
	Why   string   // reason why there is no forecast for this class; empty: there is one
	Gain  Estimate // gain in recall
}

// Forecast fits the [Law] to the curve by weighted least squares, in each of 1000 bootstrap
// resamples of seeds and judged photos (`seed` chooses them), and returns medians with 90 %
// intervals. Beyond the data the error may fall faster or slower than the law says, by a random
// factor with mean 1 and standard deviation 0.35. [Curve.Check] tests such intervals. A forecast
// goes up to four times the largest size.
//
// With fewer than five sizes that have wrong answers, or one seed, Why says so and all estimates
// are zero.
func (c Curve) Forecast(seed uint64) Forecast {
	f := Forecast{Classes: len(c.Classes), judged: c.Images, Why: c.table.unfit(minSizes)}
	f.next(c, seed)
	if f.Why != "" {
		return f
	}
	last := c.Points[len(c.Points)-1]
	f.From, f.lowest, f.highest = last.Train, slices.Min(last.Each), slices.Max(last.Each)
	scatter := c.table.scatter()
	f.Law = c.table.law(scatter)
	f.draws = c.table.resample(rand.New(rand.NewPCG(seed, 0)), resamples, false, scatter)
	gains := doubling(f.draws)
	f.Gain, f.likely = summary(gains), 1-stat.CDF(onePoint/2, stat.Empirical, gains, nil)
	f.More = estimate(f.draws, func(d draw) float64 { return d.until(onePoint) - d.from })
	fixed := c.table.resample(rand.New(rand.NewPCG(seed, 0)), resamples, true, scatter)
	f.images = 1 - stat.Variance(doubling(fixed), nil)/stat.Variance(gains, nil)
	return f
}

// next computes the forecast of each class.
func (f *Forecast) next(c Curve, seed uint64) {
	for k, class := range c.Classes {
		g := ClassGain{Name: class.Name}
		if len(class.Points) > 0 {
			g.Train = class.Points[len(class.Points)-1].Train
		}
		switch g.Why = class.table.unfit(minSizes); {
		case g.Why != "":
		case c.outgrown(class):
			g.Why = fmt.Sprintf("with all photos its recall is %.0f points lower, "+
				"because other classes have more photos: it depends on them more than on its own number", 100*c.fall(class))
		case g.Train+moreLabel > reach*g.Train:
			g.Why = fmt.Sprintf("it has %.0f photos, and %d more would be beyond four times that number", g.Train, moreLabel)
		default:
			draws := class.table.resample(rand.New(rand.NewPCG(seed, uint64(k+1))), resamples, false, class.table.scatter())
			g.Gain = estimate(draws, func(d draw) float64 { return d.wrong(g.Train) - d.wrong(g.Train+moreLabel) })
		}
		f.Next = append(f.Next, g)
	}
	slices.SortStableFunc(f.Next, func(a, b ClassGain) int {
		if (a.Why == "") != (b.Why == "") {
			return cmp.Compare(len(a.Why), len(b.Why))
		}
		return cmp.Compare(b.Gain.Value, a.Gain.Value)
	})
}

// unfit is the reason why no law can be fitted; empty if one can.
func (t table) unfit(least int) string {
	repeated := false
	for j := range t.train {
		repeated = repeated || len(t.distinct(j)) > 1
	}
	wrong := 0.0
	if len(t.train) > 0 {
		wrong, _ = t.wrong(len(t.train) - 1)
	}
	switch n := t.sizes(); {
	case n < least && len(t.train) > 0 && wrong == 0:
		return fmt.Sprintf("all %d judged photos are classified correctly at the largest size, so they cannot "+
			"show what more photos would add", t.images())
	case n < least:
		return fmt.Sprintf("the curve is too short: a forecast needs %d sizes with wrong answers, and there are %d", least, n)
	case !repeated:
		return "one seed does not show how much results vary: fit 3 seeds or more"
	}
	return ""
}

// sizes is the number of sizes with wrong answers.
func (t table) sizes() int {
	n := 0
	for j := range t.train {
		if wrong, _ := t.wrong(j); wrong > 0 {
			n++
		}
	}
	return n
}

// until is the size at which the error is lower by `gain` than at the largest measured size; at
// most four times that size.
func (d draw) until(gain float64) float64 {
	low, high := d.from, reach*d.from
	last := d.wrong(d.from)
	if last-d.wrong(high) < gain {
		return high
	}
	for range 40 {
		if mid := (low + high) / 2; last-d.wrong(mid) < gain {
			low = mid
		} else {
			high = mid
		}
	}
	return high
}

// At is the forecast accuracy after training on n photos of each class, for other seeds and other
// judged photos of the same kind. It is false if n is beyond four times the largest size or there
// is no forecast.
func (f Forecast) At(n float64) (Estimate, bool) {
	if f.Why != "" || n > reach*f.From || n <= 0 {
		return Estimate{}, false
	}
	return estimate(f.draws, func(d draw) float64 { return 1 - d.wrong(n) }), true
}

// estimate is the median of a quantity over draws, with its central 90 %.
func estimate(draws []draw, quantity func(draw) float64) Estimate {
	values := make([]float64, len(draws))
	for i, d := range draws {
		values[i] = quantity(d)
	}
	return summary(values)
}

// summary is the median of values with their central 90 %. It sorts values.
func summary(values []float64) Estimate {
	slices.Sort(values)
	q := func(p float64) float64 { return stat.Quantile(p, stat.LinInterp, values, nil) }
	return Estimate{Value: q(0.5), Low: q(0.05), High: q(0.95)}
}

// doubling is the gain from doubling the data in each draw.
func doubling(draws []draw) []float64 {
	gains := make([]float64, len(draws))
	for i, d := range draws {
		gains[i] = d.wrong(d.from) - d.wrong(2*d.from)
	}
	return gains
}
