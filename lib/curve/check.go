package curve

import (
	"fmt"
	"math"
	"math/rand/v2"
)

// Case is one forecast that was put to the test: made from the sizes up to half of the full one, for the result there.
type Case struct {
	Name     string   // "mean" of the seeds, or "seed N"
	Class    string   // empty: all images
	From, To float64  // largest size fitted and full size, training images per class
	Forecast Estimate // accuracy at To, with the 90 % interval of a result
	Result   float64  // accuracy at To
	Hit      bool     // the interval holds the result
}

// Checked is the outcome of [Curve.Check].
type Checked struct {
	Cases   []Case // all images first, then by class; the mean curve first, then by seed
	Hits    int
	Skipped int // curves without a forecast at half the data
}

// minCheck is the number of sizes with errors up to half the full size that a check needs.
const minCheck = 4

// Check asks whether the forecast deserves belief: for the mean curve and for that of every seed, over all images and by
// class, the law is fitted to the sizes up to half of the full size, and the 90 % interval for the result at full size
// is compared with what came out. The result is on the same judged images, so images are not resampled; the interval
// covers the fit, the law's misfit, the scatter of seeds at full size, taken as at the largest fitted size, and the
// step of one image. A single curve says nothing about scatter, so that of all seeds serves for each.
//
// seed chooses the resamples. Curves with too few sizes, one seed or no result at full size are counted as skipped.
func (c Curve) Check(seed uint64) Checked {
	var out Checked
	out.add(c.table, "", rand.New(rand.NewPCG(seed, 0)))
	for k, class := range c.Classes {
		out.add(class.table, class.Name, rand.New(rand.NewPCG(seed, uint64(k+1))))
	}
	return out
}

// Mean is the case of the mean curve over all images: one a curve, since the others are not independent of it. It is false
// where there is none.
func (c Checked) Mean() (Case, bool) {
	if len(c.Cases) > 0 && c.Cases[0].Name == "mean" && c.Cases[0].Class == "" {
		return c.Cases[0], true
	}
	return Case{}, false
}

// Text says in one sentence how often the forecasts held.
func (c Checked) Text() string {
	if len(c.Cases) == 0 {
		return "The forecast cannot be checked: that takes 2 seeds and 4 sizes with errors up to half of the images."
	}
	return fmt.Sprintf("Forecasts from half of the images held in %d of %d cases (%.0f %%), of 90 %% that should; the cases share one curve's photos, so they are one check and not %[2]d.",
		c.Hits, len(c.Cases), 100*float64(c.Hits)/float64(len(c.Cases)))
}

// add checks the curves of one table.
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

// try forecasts the result of full at size to from half; a seed that was not fitted at every size is skipped.
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

// predict is the accuracy that so many fits on n images will show on the judged images of t.
func (t table) predict(rng *rand.Rand, n float64, scatter []float64, fits float64) Estimate {
	last := scatter[len(scatter)-1]
	var values []float64
	for _, d := range t.resample(rng, resamples, true, scatter) {
		e := d.wrong(n)
		stray := d.stray * e
		values = append(values, 1-e-rng.NormFloat64()*math.Sqrt(last/fits+stray*stray))
	}
	est, step := summary(values), 0.5/(fits*float64(t.images()))
	return Estimate{est.Value, max(est.Low-step, 0), min(est.High+step, 1)}
}
