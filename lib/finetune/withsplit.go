package finetune

import (
	"errors"
	"fmt"

	"imagelab/lib/backbone"
	"imagelab/lib/dataset"
	"imagelab/lib/internal/logreg"
	"imagelab/lib/split"
)

// WithSplit is p for another split of the same photos: features change sides, and nothing is
// computed. That holds for the cut "head" on the plain view, whose features do not depend on the
// split; other configurations, and photos that p does not know, are errors. The result uses what p
// holds: close p, after the last fit, and not the result.
func (p *Prepared) WithSplit(s *dataset.Set) (*Prepared, error) {
	if c := p.config; c.Cut != backbone.CutHead || c.CachedViews > 0 || c.TTA {
		return nil, errors.New("finetune: only features of plain photos below the cut head stay the same under another split")
	}
	if !p.data.AllowLeak {
		if err := split.Gate(s); err != nil {
			return nil, err
		}
	}
	q := *p
	q.data.Set, q.classes = s, s.Classes()
	if len(q.classes) != len(p.classes) {
		return nil, fmt.Errorf("finetune: prepared for %d classes, the split has %d", len(p.classes), len(q.classes))
	}
	known := map[string][]byte{} // the features of a photo by its content
	for _, side := range p.sides() {
		for i, im := range side.images {
			known[im.SHA256] = side.features[0][i]
		}
	}
	var err error
	if q.train, err = q.dealt(dataset.Train, known); err != nil {
		return nil, err
	}
	if q.val, err = q.dealt(dataset.Val, known); err != nil {
		return nil, err
	}
	switch {
	case p.judged == nil:
	case len(s.InSplit(dataset.Test)) == 0:
		q.judged = q.val
	default:
		q.judged, err = q.dealt(dataset.Test, known)
	}
	return &q, err
}

// dealt is a side of the set with features that are known by content.
func (p *Prepared) dealt(name string, known map[string][]byte) (*side, error) {
	images := p.data.Set.InSplit(name)
	if len(images) == 0 {
		return nil, fmt.Errorf("finetune: there is no %s image in the new split", name)
	}
	labels, err := dataset.Labels(images, p.classes)
	if err != nil {
		return nil, err
	}
	var rows logreg.Features
	for _, im := range images {
		row, ok := known[im.SHA256]
		if !ok {
			return nil, fmt.Errorf("finetune: %s took no part when the features were computed", im.Path)
		}
		rows = append(rows, row)
	}
	return &side{name: name, images: images, labels: labels, ways: 1, features: []logreg.Features{rows}}, nil
}
