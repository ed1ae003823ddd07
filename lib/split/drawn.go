package split

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"imagelab/lib/dataset"
	"imagelab/lib/text"
)

const shownDrawn = 3

// keeps reports whether images are on the test side because they were before.
func (p *plan) keeps() bool {
	return slices.ContainsFunc(p.units, func(u unit) bool { return u.kept > 0 })
}

// drawn are the groups that are on the test side as a whole because some of their images were there
// already, the largest first.
func (p *plan) drawn() []unit {
	var out []unit
	for _, u := range p.units {
		if u.kept > 0 && u.kept < len(u.images) {
			out = append(out, u)
		}
	}
	slices.SortStableFunc(out, func(a, b unit) int {
		return cmp.Or(cmp.Compare(len(b.images), len(a.images)), cmp.Compare(a.group, b.group))
	})
	return out
}

// advice continues the error of a plan that earlier test images may be in the way of: it names the
// groups that they brought to the test side, and says whether another test side would help. It is
// empty where no test images were fixed.
func (p *plan) advice(s *dataset.Set, o Options) string {
	if !p.keeps() {
		return ""
	}
	out := p.nameDrawn()
	if o.FixedTest != "" {
		return out + ". A shorter list of test images leaves more for the other sides"
	}
	o.Redo = true
	if again := newPlan(s, o, fixedTest{}); again.check() == nil && again.solve() == nil {
		return out + ". To draw another test side, add split.Options.Redo"
	}
	if out != "" {
		out += ". Another test side, by split.Options.Redo, does not help: choose smaller groups"
	}
	return out
}

// nameDrawn is a sentence about the groups of drawn, to go on with; empty if there are none.
func (p *plan) nameDrawn() string {
	drawn := p.drawn()
	if len(drawn) == 0 {
		return ""
	}
	var names []string
	for _, u := range drawn[:min(len(drawn), shownDrawn)] {
		names = append(names, fmt.Sprintf("%s (%d images, %d already there)", text.Word(u.group), len(u.images), u.kept))
	}
	if more := len(drawn) - len(names); more > 0 {
		names = append(names, fmt.Sprintf("%d more", more))
	}
	return ". Earlier test images bring their whole group to the test side: " + strings.Join(names, ", ")
}

// noteDrawn tells how many images are test images from now on only because of their group.
func (p *plan) noteDrawn() {
	n := 0
	for _, u := range p.drawn() {
		n += len(u.images) - u.kept
	}
	if n > 0 {
		p.notes = append(p.notes, fmt.Sprintf("%s the test side, where others of the same group are",
			text.Count(n, "image joined", "images joined")))
	}
}
