// Package curve turns the records of fits on training sets of growing size into a learning curve: how good the model
// is at each size, how sure that is, and whether more images would help.
//
// Start with [DefaultSizes] and [Subset], which choose what each fit trains on. Give the records of those fits to [New]:
//
//	c, err := curve.New(records)      // c.Points: accuracy at each size, with intervals; c.Classes: the same by class
//	f := c.Forecast(1)                // what doubling the data would add
//	fmt.Println(f.Verdict().Text)     // enough, more would help, or cannot tell yet, because ...
//	fmt.Println(c.Check(1).Text())    // would such a forecast, made at half the data, have held?
//
// Accuracy here is the share of judged images that are right. Everything is computed from the predictions on single
// images, which each record keeps as its Outcomes; nothing is trained.
package curve

import (
	"fmt"
	"slices"

	"imagelab/lib/metric"
	"imagelab/lib/runlog"
)

// Curve is one learning curve: fits of one model on subsets of one training side, judged on the same images.
type Curve struct {
	Name    string   // for end labels and legends; New gives the cut, callers may set what tells their curves apart
	Regime  string   // how training grows with the data, such as "equal epochs"
	Dataset string   // name
	Split   string   // digest
	Side    string   // "test" or "val": the judged images
	Images  int      // judged images
	Groups  int      // of judged images that resemble each other, which intervals are over; 0: every image counts for itself
	Choice  int      // validation images, by which every size chose its settings
	Seeds   []uint64 // ascending
	Points  []Point  // by rising number of training images
	Classes []Class  // in the order of the result's classes
	Failed  int      // records left out because the fit failed
	Stopped int      // records left out because the fit was stopped before its end
	Notes   []string // sentences about what was left out or is missing

	table table
}

// Point is the accuracy at one size.
type Point struct {
	PerClass int             // the size that was asked for, training images per class in the mean; 0: all
	Train    float64         // training images: mean per class over classes and seeds; of a [Class], its own
	Accuracy float64         // mean over seeds, [0,1]; of a [Class], its recall
	Interval metric.Interval // 95 %, for other images to train on and other judged images; of one seed, judged images only
	Seeds    []uint64        // the seeds that were fitted at this size, ascending
	Each     []float64       // accuracy of each of Seeds
	Once     bool            // nothing but the images to train on depends on the seed, and here they are the same: one fit
}

// Class is the learning curve of one class: its recall against its own number of training images. Sizes at which it had
// no training image, and sizes that gave it no more images than the next one, are left out. Where classes differ in
// number, recall depends on that of the others too.
type Class struct {
	Name   string
	Images int // judged images
	Points []Point

	table table
}

// New computes the curve of the records of one arm. Records that failed or were stopped are left out
// and counted; of fits that are recorded twice the later one counts. Sizes that took the same images as all are
// dropped with a note.
//
// Records without outcomes, of different judged images or arms, and two different fits of one size and seed are errors
// that name them.
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
		return Curve{}, fmt.Errorf("curve: no finished fits (%d failed, %d stopped): run the learning curve first", c.Failed, c.Stopped)
	}
	if err := agree(usable); err != nil {
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

// classes adds the curve of every class.
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

// note writes down what a reader of the curve should know.
func (c *Curve) note(g grid) {
	if c.Failed+c.Stopped > 0 {
		c.Notes = append(c.Notes, fmt.Sprintf("%d failed and %d stopped fits are left out.", c.Failed, c.Stopped))
	}
	c.Notes = append(c.Notes, g.notes...)
	if images := int(c.Points[0].Train * float64(len(c.Classes))); 2*c.Choice > images {
		c.Notes = append(c.Notes, fmt.Sprintf("Every size chose its settings by the same %d validation images, also the one that learned from %d: who has so few photos has fewer to choose by, so small sizes look a little too good.", c.Choice, images))
	}
	if c.Groups > 0 {
		c.Notes = append(c.Notes, fmt.Sprintf("Intervals are over %d groups of judged images, since photos of one group resemble each other. What other groups to train on would change is not in them.", c.Groups))
	}
	if len(c.Seeds) == 1 {
		c.Notes = append(c.Notes, "One seed: the intervals cover the judged images, not what another seed would give.")
	}
	for _, p := range c.Points {
		if p.Once {
			c.Notes = append(c.Notes, "All images are one fit, since nothing else depends on the seed; what other images to train on would change is taken from the smaller sizes.")
		} else if len(p.Seeds) < len(c.Seeds) {
			c.Notes = append(c.Notes, fmt.Sprintf("Size %s has %d of %d seeds.", sizeName(p.PerClass), len(p.Seeds), len(c.Seeds)))
		}
	}
	for _, class := range c.Classes {
		switch {
		case class.Images == 0:
			c.Notes = append(c.Notes, fmt.Sprintf("Class %q has no judged images.", class.Name))
		case len(class.Points) == 0:
			c.Notes = append(c.Notes, fmt.Sprintf("Class %q has no training images.", class.Name))
		case c.outgrown(class):
			c.Notes = append(c.Notes, fmt.Sprintf("Recall of %q fell by %.0f points when classes with more images outgrew it: more of its images, or weighing classes equally, should help.", class.Name, 100*class.table.fall()))
		case class.Points[0].PerClass != c.Points[0].PerClass && class.Points[0].Train > float64(c.Points[0].PerClass):
			c.Notes = append(c.Notes, fmt.Sprintf("Class %q has no training images at the smallest size.", class.Name))
		}
	}
}

// outgrown reports whether the recall of a class with few images fell when all images of the larger classes were added.
func (c Curve) outgrown(class Class) bool {
	return class.table.fall() > 0 && class.Points[len(class.Points)-1].Train < c.Points[len(c.Points)-1].Train
}

func sizeName(perClass int) string {
	if perClass == 0 {
		return "all"
	}
	return fmt.Sprint(perClass)
}
