package curve

import (
	"fmt"
	"math"
	"math/rand/v2"
)

// Case is one forecast that was tested: it is made from the sizes up to half of the full size, and
// compared with the result at full size.
type Case struct {
	Name     string   // "mean" (of the seeds) or "seed N"
	Class    string   // name of the class; empty: all classes
	From, To float64  // largest size used and full size, training photos per class
	Forecast Estimate // accuracy at To, with the 90 % interval of a result
	Result   float64  // accuracy at To
	Hit      bool     // whether the interval contains the result
}

// Checked is the outcome of [Curve.Check].
type Checked struct {
	Cases   []Case // first of all classes, then of each class; the mean curve first, then each seed
	Hits    int    // number of cases whose interval contains the result
	Skipped int    // number of curves without a forecast from half of the data
}

// minCheck is how many sizes with wrong answers, up to half of the full size, a check needs.
const minCheck = 4

// Check tests whether the forecast can be trusted. It fits the law to the sizes up to half of the
// full size, and compares the 90 % interval for the result at full size with that result. It does
// this for the mean curve and for the curve of each seed, over all classes and for each class.
//
// Forecast and result use the same judged photos, so Check does not resample photos. The interval
// includes the uncertainty of the fit, the misfit of the law, the variance between seeds at full
// size (assumed to be that of the largest size used) and the rounding to one photo. The curve of a
// single seed does not show the variance between seeds, so the variance of all seeds is used for
// it.
//
// `seed` chooses the resamples. Skipped counts curves with too few sizes, with one seed, or without
// a result at full size.
func (c Curve) Check(seed uint64) Checked {
	var out Checked
	out.add(c.table, "", rand.New(rand.NewPCG(seed, 0)))
	for k, class := range c.Classes {
		out.add(class.table, class.Name, rand.New(rand.NewPCG(seed, uint64(k+1))))
	}
	return out
}

// Mean is the case of the mean curve over all classes, and false if there is none. Count one case
// for a curve, since the others are not independent of it.
func (c Checked) Mean() (Case, bool) {
	if len(c.Cases) > 0 && c.Cases[0].Name == "mean" && c.Cases[0].Class == "" {
		return c.Cases[0], true
	}
	return Case{}, false
}

// Text says how often the forecasts were right.
func (c Checked) Text() string {
	if len(c.Cases) == 0 {
		return "The forecast cannot be checked: this takes 2 seeds, and 4 sizes with wrong answers up to half of the photos."
	}
	return fmt.Sprintf("Forecasts from half of the photos were right in %d of %d cases (%.0f %%; expected: 90 %%). "+
		"The cases use the same photos, so together they are one check, not %[2]d.",
		c.Hits, len(c.Cases), 100*float64(c.Hits)/float64(len(c.Cases)))
}

// add checks the mean curve and the curve of each seed of one table.
func (c *Checked) add(t table, class string, rng *rand.Rand) {
	half := t.half()
	if half.unfit(minCheck) != "" {
		c.Skipped += len(t.seeds) + 1
		return
	}
	to := t.train[len(t.train)-1]
	c.try(half, t, to, "mean", class, half.scatter(), rng)
	for s, name := range t.seeds {
		c.try(half.only(s), t.only(s), to, fmt.Sprintf("seed %d", name), class, half.scatter(), rng)
	}
}

// try forecasts the result of `full` at size `to` from the sizes in `half`. It skips a seed that
// was not fitted at every size.
func (c *Checked) try(half, full table, to float64, name, class string, scatter []float64, rng *rand.Rand) {
	last := len(full.train) - 1
	if len(half.train) < len(scatter) || full.train[last] != to || half.sizes() < minCheck {
		c.Skipped++
		return
	}
	wrong, fits := full.wrong(last)
	e := Case{Name: name, Class: class, From: half.train[len(half.train)-1], To: to, Result: 1 - wrong}
	e.Forecast = half.predict(rng, to, scatter, fits)
	e.Hit = e.Forecast.Low <= e.Result && e.Result <= e.Forecast.High
	c.Cases = append(c.Cases, e)
	if e.Hit {
		c.Hits++
	}
}

// predict is the forecast accuracy of the mean of `fits` fits on n photos, on the judged photos of
// t.
func (t table) predict(rng *rand.Rand, n float64, scatter []float64, fits float64) Estimate {
	last := scatter[len(scatter)-1]
	var values []float64
	for _, d := range t.resample(rng, resamples, true, scatter) {
		e := d.wrong(n)
		misfit := d.misfit * e
		values = append(values, 1-e-rng.NormFloat64()*math.Sqrt(last/fits+misfit*misfit))
	}
	est, step := summary(values), 0.5/(fits*float64(t.images()))
	return Estimate{est.Value, max(est.Low-step, 0), min(est.High+step, 1)}
}
