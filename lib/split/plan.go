package split

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"imagelab/lib/dataset"
	"imagelab/lib/text"
)

var sides = []string{dataset.Train, dataset.Val, dataset.Test}

// unit is what stays together: a group, or one image.
type unit struct {
	images  []int          // indices into the set
	classes map[string]int // images by class
	key     string         // smallest content hash, which orders units whatever the files are called
	group   string         // its name; empty: one image alone
	kept    int            // images that are test images already, by an earlier split or a list
	side    string         // fixed beforehand, or found by solve; empty: open
}

// plan is a set on its way to be split.
type plan struct {
	units  []unit
	want   map[string]map[string]int // side to class to number of images
	have   map[string]map[string]int
	total  map[string]int  // images by class
	frozen map[string]bool // classes that have fixed test images
	seed   uint64
	shares map[string]float64 // of the sides that are to be made
	notes  []string
}

// checkClasses refuses what cannot be learned.
func checkClasses(s *dataset.Set) error {
	kept := s.Kept()
	unlabelled := 0
	for _, im := range kept {
		if im.Class == "" {
			unlabelled++
		}
	}
	if unlabelled > 0 {
		return fmt.Errorf("split: %d of %d images have no class: put them into a folder per class, or name their "+
			"labels in a CSV, and ingest again; or label them in a review of %s", unlabelled, len(kept), text.Path(s.Dir))
	}
	if len(kept) == 0 {
		return fmt.Errorf("split: no photo of %s is in use: all are excluded, or have copies with other labels; "+
			"look at them in a review", text.Path(s.Dir))
	}
	if names := s.Classes(); len(names) < 2 {
		return fmt.Errorf("split: there is one class only (%s): a classifier needs two or more, ingest the folder "+
			"above the class folders", strings.Join(names, ""))
	}
	return nil
}

// makePlan solves the split from scratch when that gives the very test images that are fixed
// already, else around them: so that nothing moves when a split is made again of the same photos.
func makePlan(s *dataset.Set, o Options, fixed fixedTest) (*plan, error) {
	if len(fixed.ids) > 0 && !fixed.only {
		p := newPlan(s, o, fixedTest{})
		if p.check() == nil && p.solve() == nil && p.testIs(s, fixed) {
			return p, nil
		}
	}
	p := newPlan(s, o, fixed)
	if err := p.check(); err != nil {
		return nil, fmt.Errorf("%w%s", err, p.advice(s, o))
	}
	if err := p.solve(); err != nil {
		return nil, fmt.Errorf("%w%s", err, p.advice(s, o))
	}
	p.noteDrawn()
	return p, nil
}

func (p *plan) testIs(s *dataset.Set, fixed fixedTest) bool {
	for _, u := range p.units {
		for _, i := range u.images {
			if fixed.ids[s.Images[i].SHA256] != (u.side == dataset.Test) {
				return false
			}
		}
	}
	return true
}

func newPlan(s *dataset.Set, o Options, fixed fixedTest) *plan {
	p := &plan{seed: o.Seed, total: map[string]int{}, shares: map[string]float64{dataset.Val: o.Val, dataset.Test: o.Test}}
	p.makeUnits(s, o, givenSides(s, o, p), fixed.ids)
	if fixed.only {
		p.shares[dataset.Test] = 0
	}
	p.targets()
	return p
}

// givenSide returns the side that the source of s gives an image. Older manifests say it by the top
// folder only.
func givenSide(s *dataset.Set) func(dataset.Image) string {
	if s.Source != dataset.SourceSplits || slices.ContainsFunc(s.Images,
		func(im dataset.Image) bool { return im.GivenSplit != "" }) {
		return func(im dataset.Image) string { return im.GivenSplit }
	}
	return func(im dataset.Image) string {
		top, _, _ := strings.Cut(im.Path, "/")
		return dataset.SplitOf(top)
	}
}

// hasGiven reports whether the source gives sides, and they have not been put aside.
func hasGiven(s *dataset.Set, o Options) bool {
	side := givenSide(s)
	return !o.Redo && !o.IgnoreFolders && slices.ContainsFunc(s.Images,
		func(im dataset.Image) bool { return side(im) != "" })
}

// givenSides returns the side that an image's folder fixes, and narrows the shares to the sides
// still to be made.
func givenSides(s *dataset.Set, o Options, p *plan) func(dataset.Image) string {
	none := func(dataset.Image) string { return "" }
	if !hasGiven(s, o) {
		return none
	}
	side := givenSide(s)
	n := map[string]int{}
	for _, im := range s.Kept() {
		n[side(im)]++
	}
	switch {
	case n[dataset.Val] > 0:
		p.notes = append(p.notes, "kept the sides that came with the photos")
		return side
	case n[dataset.Test] > 0:
		p.notes = append(p.notes, "kept the test side that came with the photos, took val from train")
		p.shares[dataset.Test] = 0
		return func(im dataset.Image) string { return strings.TrimPrefix(side(im), dataset.Train) }
	}
	return none
}

// makeUnits joins the kept images into units. A unit takes the side that any of its images is given
// or has by ids, test first: a group on two sides would be a leak. Groups that folders tear apart
// stay torn; Gate reports them.
func (p *plan) makeUnits(s *dataset.Set, o Options, sideOf func(dataset.Image) string, ids map[string]bool) {
	at, given := map[string]int{}, hasGiven(s, o)
	for i, im := range s.Images {
		if !im.Used() {
			continue
		}
		side, key, kept := sideOf(im), im.SHA256, 0
		if side == "" && ids[im.SHA256] {
			side, kept = dataset.Test, 1
		}
		if im.Group != "" {
			key = "group " + im.Group
			if given && side != "" {
				key += " on " + side
			}
		}
		j, ok := at[key]
		if !ok {
			j = len(p.units)
			at[key] = j
			p.units = append(p.units, unit{classes: map[string]int{}, key: im.SHA256, group: im.Group})
		}
		u := &p.units[j]
		u.images = append(u.images, i)
		u.classes[im.Class]++
		u.kept += kept
		u.key = min(u.key, im.SHA256)
		if u.side == "" || side == dataset.Test {
			u.side = side
		}
		p.total[im.Class]++
	}
	slices.SortFunc(p.units, func(a, b unit) int { return cmp.Compare(a.key, b.key) })
}

// targets sets how many images of each class every side should get. A class with fixed test images
// gets no further ones, a class without gets its share.
func (p *plan) targets() {
	p.want, p.have, p.frozen = newTable(), newTable(), map[string]bool{}
	for _, u := range p.units {
		if u.side != "" {
			p.put(u, 1)
		}
	}
	for class, n := range p.total {
		left := n
		for _, side := range []string{dataset.Test, dataset.Val} {
			want := 0
			if share := p.shares[side]; share > 0 {
				want = max(1, int(math.Round(share*float64(n))))
			}
			if have := p.have[side][class]; side == dataset.Test && have > 0 {
				want, p.frozen[class] = have, true
			}
			p.want[side][class] = max(want, p.have[side][class])
			left -= p.want[side][class]
		}
		p.want[dataset.Train][class] = left
	}
}

func newTable() map[string]map[string]int {
	t := map[string]map[string]int{}
	for _, side := range sides {
		t[side] = map[string]int{}
	}
	return t
}

func (p *plan) put(u unit, sign int) {
	for class, n := range u.classes {
		p.have[u.side][class] += sign * n
	}
}

// needed returns the sides that must have an image of each class and are not fixed for all of it.
func (p *plan) needed(class string) []string {
	var out []string
	for _, side := range sides {
		if p.have[side][class] == 0 && (side == dataset.Train || p.shares[side] > 0) {
			out = append(out, side)
		}
	}
	return out
}

// check refuses classes with fewer open units than sides that need one. Where folders gave all
// sides, what is on them is the owner's choice.
func (p *plan) check() error {
	open, kept := map[string]int{}, map[string]bool{}
	anyOpen := false
	for _, u := range p.units {
		anyOpen = anyOpen || u.side == ""
		for class := range u.classes {
			if u.side == "" {
				open[class]++
			}
			kept[class] = kept[class] || u.kept > 0
		}
	}
	var small []string
	for class, n := range p.total {
		missing := len(p.needed(class)) - open[class]
		if missing > 0 && (anyOpen || kept[class]) {
			small = append(small, fmt.Sprintf("%q has %d, %d missing", class, n, missing))
		}
	}
	if len(small) == 0 {
		return nil
	}
	slices.Sort(small)
	hint := "add images, or remove the class"
	if slices.ContainsFunc(p.units, func(u unit) bool { return len(u.images) > 1 }) {
		hint = "images of one group count once; add images, choose smaller groups, or remove the class"
	}
	return fmt.Errorf("%d of %d classes have too few images for every side to get one: %s (%s)", len(small),
		len(p.total), strings.Join(small, "; "), hint)
}
