package lab

import (
	"context"
	"path/filepath"
	"strings"

	"imagelab/lib/curve"
	"imagelab/lib/dataset"
	"imagelab/lib/figure"
	"imagelab/lib/report"
	"imagelab/lib/runlog"
	"imagelab/lib/sweep"
)

// Curves are learning curves, mostly one: accuracy by the number of training photos.
type Curves struct {
	Dir     string          // folder with records.jsonl, curve.svg and report.html
	Curves  []curve.Result  // one for each configuration, with its forecast
	Records []runlog.Record // of the fits
	Missing int             // fits that failed or that another process has still to do
}

// Page is the path of the page.
func (c Curves) Page() string { return filepath.Join(c.Dir, pageFile) }

// String says whether more photos would help, and notes about what the curve leaves out.
func (c Curves) String() string {
	lines := curve.Verdicts(c.Curves)
	for _, note := range curve.Notes(c.Curves) {
		lines = append(lines, "note: "+note)
	}
	return strings.Join(lines, "\n")
}

// Figure draws the curves with their forecasts.
func (c Curves) Figure() figure.Figure { return figure.LearningCurve(c.Curves...) }

// Sizes says which fits make a learning curve. The zero value is good for most sets.
type Sizes struct {
	PerClass   []int // training photos per class (mean), 0 for all; nil: six or more sizes, see [curve.DefaultSizes]
	Seeds      int   // fits of each size, each on another nested part; 0: 5
	EqualSteps bool  // every fit takes as many steps as one on all photos, instead of as many epochs
}

// LearningCurve fits the recipe on growing parts of the training photos, several times each, and
// judges every fit on the same test photos (the validation photos of a set without them). It says
// whether more photos would help. Each fit is done once: a stopped curve goes on. Start with the
// cut "head", which takes seconds a fit.
func (l *Lab) LearningCurve(ctx context.Context, s *dataset.Set, r Recipe, sizes Sizes) (Curves, error) {
	c, err := r.Settings()
	if err != nil {
		return Curves{}, err
	}
	if sizes.Seeds == 0 {
		sizes.Seeds = 5
	}
	if sizes.EqualSteps {
		images := len(s.InSplit(dataset.Train))
		c.Steps = c.Epochs * ((images + c.Batch - 1) / c.Batch)
	}
	out, err := l.out(r.Out, CurveFolder, resultName(s, c), s.Root)
	if err != nil {
		return Curves{}, err
	}
	l.noteDedup(s)
	plan := sweep.Plan{Name: "cut " + c.Cut, Sizes: sizes.PerClass, Seeds: sizes.Seeds}
	fits, notes, err := sweep.Curve(l.data(s, r.AllowLeak), c, plan)
	if err != nil {
		return Curves{}, err
	}
	l.sayAll(notes)
	curves := Curves{Dir: out}
	err = l.sweepInto(ctx, out, CurveFolder, fits, false, func(_ context.Context, r sweep.Result) error {
		return l.draw(&curves, s, r)
	})
	return curves, err
}

// draw computes the curves of the fits and writes their figure and page.
func (l *Lab) draw(c *Curves, s *dataset.Set, r sweep.Result) (err error) {
	c.Records, c.Missing = r.Records, r.Missing
	if c.Curves, err = curve.All(r.Records); err != nil || len(c.Curves) == 0 {
		return err
	}
	if err := c.Figure().Save(filepath.Join(c.Dir, "curve.svg")); err != nil {
		return err
	}
	page := report.Curves("How many photos are enough?", c.Curves, r.Records)
	page.License = license(s)
	return l.writePage(c.Page(), page)
}
