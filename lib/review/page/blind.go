package page

import (
	"errors"
	"fmt"

	"imagelab/lib/dataset"
	"imagelab/lib/review"
)

// blind is a second pass: a sample of the photos is labelled again by a person who sees neither
// their labels nor what others say of them. The methods of nil are those of a page that is not
// blind.
type blind struct {
	pass, who string
	names     []string // of the classes that can be chosen
}

// openBlind returns the photos of the sample of a pass as a set of their own, in the order of the
// sample. Photos that are no longer there are left out.
func openBlind(s *dataset.Set, pass, who string) (*dataset.Set, *blind, error) {
	var sample review.PassSample
	if err := dataset.ReadJSON(review.PassFile(s.Dir, pass), &sample); err != nil {
		return nil, nil, fmt.Errorf("page: second pass %s: %w", pass, err)
	}
	at := map[string]int{}
	for i, im := range s.Images {
		at[im.SHA256] = i
	}
	some := *s
	some.Images = nil
	for _, sha256 := range sample.Photos {
		if i, ok := at[sha256]; ok {
			some.Images = append(some.Images, s.Images[i])
		}
	}
	return &some, &blind{pass: pass, who: who, names: s.Classes()}, nil
}

// choose returns the decisions that the page shows: a person's own of the pass, or, if it is not
// blind, all.
func (b *blind) choose(decisions []review.Decision) []review.Decision {
	if b == nil {
		return decisions
	}
	var own []review.Decision
	for _, d := range review.Pass(decisions, b.pass) {
		if d.Who == b.who {
			own = append(own, d)
		}
	}
	return own
}

func (b *blind) classes() []string {
	if b == nil {
		return nil
	}
	return append([]string(nil), b.names...)
}

// mark makes decisions those of the pass, and refuses what is about more than its photos.
func (b *blind) mark(decisions []review.Decision) error {
	if b == nil {
		return nil
	}
	for i, d := range decisions {
		if d.Kind == review.KindRename || d.Kind == review.KindMerge {
			return errors.New("page: classes are renamed on the page of the whole set, not in a second pass")
		}
		decisions[i].Pass, decisions[i].Who = b.pass, b.who
	}
	return nil
}

// pathOfBlind is what a photo is called, whose path may tell its class.
func pathOfBlind(i int) string { return fmt.Sprintf("photo %d", i+1) }
