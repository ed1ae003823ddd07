// Package curve computes learning curves from the records of fits on training sets of growing size:
// how accurate the model is at each size, how certain that is, and whether more photos would help.
//
// [DefaultSizes] and [Subset] choose the training photos of each fit. Give the records of the fits
// to [All], or those of one curve to [New]:
//
//	c, err := curve.New(records)    // c.Points: accuracy at each size; c.Classes: recall of each class
//	f := c.Forecast(1)              // what doubling the data would add
//	fmt.Println(f.Verdict().Text)   // enough, more would help, or cannot tell yet, because ...
//	fmt.Println(c.Check(1).Text())  // was a forecast from half of the data right?
//
// Accuracy is the share of judged photos that are classified correctly; judged photos are the test
// photos, or the validation photos of a set without a test side. The package trains nothing: it
// computes everything from the predictions on single photos that each record holds in its Outcomes.
package curve

import (
	"fmt"
	"slices"

	"imagelab/lib/metric"
	"imagelab/lib/runlog"
)

// Curve is one learning curve: fits of one model on subsets of one set of training photos, all
// judged on the same photos.
type Curve struct {
	Name    string   // label of the curve in figures; New sets the cut, callers may set another
	Regime  string   // how training grows with the data, such as "equal epochs"
	Dataset string   // name of the data set
	Split   string   // digest of the split
	Side    string   // side of the judged photos, "test" or "val"
	Images  int      // number of judged photos
	Groups  int      // number of groups of judged photos, which intervals are over; 0: no groups
	Choice  int      // number of validation photos, with which every fit chose its settings
	Seeds   []uint64 // seeds of the fits, ascending
	Points  []Point  // accuracy at each size, by rising number of training photos
	Classes []Class  // curve of each class, in the order of the result's classes
	Failed  int      // number of records left out because the fit failed
	Stopped int      // number of records left out because the fit was stopped before its end
	Notes   []string // sentences about what was left out or is missing

	table table
}

// Point is the accuracy at one size.
type Point struct {
	// PerClass is the size that was asked for, in training photos per class (mean over classes); 0:
	// all.
	PerClass int

	// Train is the number of training photos: the mean per class, over classes and seeds. In the
	// curve of a [Class] it is the number of photos of that class.
	Train float64

	// Accuracy is the mean over seeds, [0,1]. In the curve of a [Class] it is the recall.
	Accuracy float64

	// Interval is the 95 % interval for other training photos and other judged photos; with one
	// seed, for other judged photos only.
	Interval metric.Interval

	Seeds []uint64  // seeds that were fitted at this size, ascending
	Each  []float64 // accuracy of each of Seeds

	// Once says that all seeds give the same answers here: the seed of a head only chooses the
	// training photos, and at this size they are all photos.
	Once bool
}

// Class is the learning curve of one class: its recall against its own number of training photos.
// It leaves out sizes at which the class had no training photo, and sizes at which the next one
// gives it no more photos. If classes differ in size, the recall of one also depends on the sizes
// of the others.
type Class struct {
	Name   string
	Images int // number of judged photos of the class
	Points []Point

	table table
}

// New computes the curve of the records of one configuration. It leaves out records that failed or
// were stopped and counts them. If a fit is recorded twice, the later record counts. Sizes that
// took the same photos as the size "all" are left out with a note.
//
// New returns an error that names the records if they have no outcomes, are of different judged
// photos or configurations, or are two different fits of one size and seed.
func New(records []runlog.Record) (Curve, error) {
	var c Curve
	var usable []runlog.Record
	for _, r := range records {
		switch r.State() {
		case runlog.StateFailed:
			c.Failed++
		case runlog.StateInterrupted:
			c.Stopped++
		default:
			usable = append(usable, r)
		}
	}
	if len(usable) == 0 {
		return Curve{}, fmt.Errorf("curve: no finished fits (%d failed, %d stopped): run the learning curve first",
			c.Failed, c.Stopped)
	}
	if err := checkSame(usable); err != nil {
		return Curve{}, err
	}
	first := usable[0]
	c.Name, c.Dataset, c.Split, c.Regime = first.Cut, first.Dataset, first.Split, first.Regime
	c.Side, c.Images, c.Choice = first.Outcomes.Side, len(first.Outcomes.Labels), first.Val.N
	if g := first.Outcomes.Groups; g != nil {
		c.Groups = slices.Max(g) + 1
	}
	grid, err := arrange(usable)
	if err != nil {
		return Curve{}, err
	}
	c.Seeds = grid.seeds
	c.table = grid.table(everyImage(c.Images), trained, float64(len(classes(first))))
	c.Points = c.table.points()
	c.classes(grid, first)
	c.note(grid)
	return c, nil
}

// classes adds the curve of each class.
func (c *Curve) classes(g grid, first runlog.Record) {
	for k, name := range classes(first) {
		var images []int
		for i, label := range first.Outcomes.Labels {
			if label == k {
				images = append(images, i)
			}
		}
		class := Class{Name: name, Images: len(images)}
		if len(images) > 0 {
			class.table = g.table(images, func(r runlog.Record) int { return r.Trained[name] }, 1)
			class.Points = class.table.points()
		}
		c.Classes = append(c.Classes, class)
	}
}

// note adds the sentences that a reader of the curve should know.
func (c *Curve) note(g grid) {
	if c.Failed+c.Stopped > 0 {
		c.Notes = append(c.Notes, fmt.Sprintf("Left out: %d fits that failed and %d that were stopped.", c.Failed, c.Stopped))
	}
	c.Notes = append(c.Notes, g.notes...)
	if images := int(c.Points[0].Train * float64(len(c.Classes))); 2*c.Choice > images {
		c.Notes = append(c.Notes, fmt.Sprintf(
			"Every fit chose its settings with the same %d validation photos, also the fits on only %d training photos. "+
				"With so few training photos you would have fewer validation photos too, so the small sizes look "+
				"a little too good.", c.Choice, images))
	}
	if c.Groups > 0 {
		c.Notes = append(c.Notes, fmt.Sprintf(
			"Photos of one group resemble each other, so the intervals are over %d groups of judged photos. "+
				"They do not include that training on other groups would change the result.", c.Groups))
	}
	if len(c.Seeds) == 1 {
		c.Notes = append(c.Notes, "There is one seed: the intervals include the choice of judged photos, not the "+
			"choice of training photos.")
	}
	for _, p := range c.Points {
		if p.Once {
			c.Notes = append(c.Notes, "With all photos, every seed gives the same answers. "+
				"How much other training photos would change it is estimated from the smaller sizes.")
		} else if len(p.Seeds) < len(c.Seeds) {
			c.Notes = append(c.Notes, fmt.Sprintf("Size %s: %d of %d seeds were fitted.", sizeName(p.PerClass),
				len(p.Seeds), len(c.Seeds)))
		}
	}
	for _, class := range c.Classes {
		switch {
		case class.Images == 0:
			c.Notes = append(c.Notes, fmt.Sprintf("Class %q has no judged photos.", class.Name))
		case len(class.Points) == 0:
			c.Notes = append(c.Notes, fmt.Sprintf("Class %q has no training photos.", class.Name))
		case c.outgrown(class):
			c.Notes = append(c.Notes, fmt.Sprintf(
				"%q has fewer photos than other classes, and with all photos its recall is %.0f points lower than before. "+
					"Add photos of it, or train with balance 1.", class.Name, 100*c.fall(class)))
		case class.Points[0].PerClass != c.Points[0].PerClass && class.Points[0].Train > float64(c.Points[0].PerClass):
			c.Notes = append(c.Notes, fmt.Sprintf("Class %q has no training photos at the smallest size.", class.Name))
		}
	}
}

// outgrown reports whether the recall of a class with few photos fell when all photos of the larger
// classes were added.
func (c Curve) outgrown(class Class) bool {
	return c.fall(class) > 0 && class.Points[len(class.Points)-1].Train < c.Points[len(c.Points)-1].Train
}

// fall is [table.fall] of a class, where any class may be named.
func (c Curve) fall(class Class) float64 { return class.table.fall(len(c.Classes)) }

func sizeName(perClass int) string {
	if perClass == 0 {
		return "all"
	}
	return fmt.Sprint(perClass)
}
