package exchange

import (
	"os"

	"imagelab/lib/dataset"
	"imagelab/lib/review"
)

// Stats counts what was decided about a set.
type Stats struct {
	Images    int            `json:"images"`
	Used      int            `json:"used"`
	Excluded  int            `json:"excluded"`
	Labelled  int            `json:"labelled"`  // images whose class was decided
	Unlabeled int            `json:"unlabeled"` // images without a class
	Seen      int            `json:"seen"`      // images that somebody looked at
	Gone      int            `json:"gone"`      // images whose file is not there now
	Classes   map[string]int `json:"classes"`   // images that are used, by class
	States    map[string]int `json:"states"`
	Tags      map[string]int `json:"tags"`
	Who       map[string]int `json:"who"` // decisions by each person, void ones included
	Decisions int            `json:"decisions"`
	Elsewhere int            `json:"elsewhere"` // decisions about photos that the set does not have now
	Conflicts int            `json:"conflicts"` // decisions that were made without knowing of another
	Aside     []review.Aside `json:"aside"`     // lines of the log that do not count
	Passes    map[string]int `json:"passes"`    // decisions of each second pass
}

// Count counts the decisions of part about the set.
func Count(s *dataset.Set, part review.Part) Stats {
	st := review.Fold(part.Decisions)
	c := Stats{Images: len(s.Images), Excluded: dataset.Excluded(s.Images), Classes: map[string]int{},
		States: map[string]int{}, Tags: map[string]int{}, Who: map[string]int{}, Passes: map[string]int{},
		Decisions: len(part.Decisions), Conflicts: len(st.Conflicts), Aside: append([]review.Aside{}, part.Aside...)}
	there := map[string]bool{"": true}
	for _, im := range s.Images {
		there[im.SHA256] = true
		c.add(s, im, stateOf(st, im))
	}
	for _, d := range part.Decisions {
		c.Who[d.Who]++
		if d.Pass != "" {
			c.Passes[d.Pass]++
		}
		if !there[d.SHA256] {
			c.Elsewhere++
		}
	}
	return c
}

func (c *Stats) add(s *dataset.Set, im dataset.Image, p review.Photo) {
	if im.Used() {
		c.Used++
		c.Classes[im.Class]++
	}
	if im.Class == "" {
		c.Unlabeled++
	}
	if p.Labelled {
		c.Labelled++
	}
	if !p.Seen.IsZero() {
		c.Seen++
	}
	if p.State != "" {
		c.States[p.State]++
	}
	for _, tag := range p.Tags {
		c.Tags[tag]++
	}
	if _, err := os.Stat(s.File(im)); err != nil {
		c.Gone++
	}
}
