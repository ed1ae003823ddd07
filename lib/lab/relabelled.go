package lab

import (
	"context"
	"slices"
	"time"

	"imagelab/lib/classifier"
	"imagelab/lib/dataset"
	"imagelab/lib/review"
	"imagelab/lib/runlog"
)

// asGiven is the set as it was before anybody decided about its photos in a review.
func asGiven(s *dataset.Set) *dataset.Set {
	given := *s
	given.Images = slices.Clone(s.Images)
	given.Apply(review.Fold(nil))
	return &given
}

// readingOf is what a test says about the model, for the record.
func readingOf(m *classifier.Model, s *dataset.Set, t Test, scored []dataset.Image) runlog.Reading {
	bare := slices.Clone(scored)
	r := runlog.Reading{Time: time.Now().UTC(), Weights: m.WeightsSHA256,
		Labels: (&dataset.Set{Images: scored}).Digest(),
		N:      t.N, Top1: t.Top1, Interval: t.Interval}
	for i, im := range scored {
		if im.Class != im.GivenClass() {
			r.Relabelled++
		}
		bare[i].Class = ""
	}
	r.Photos = (&dataset.Set{Images: bare}).Digest()
	for _, im := range s.Images {
		if im.Split == dataset.Test && im.Excluded != "" {
			r.LeftOut++
		}
	}
	return r
}

// knows reports whether the test is about photos that the record is about: those of the fit, as
// they are or as they were before the review, or those of an earlier reading.
func knows(record runlog.Record, s *dataset.Set, now runlog.Reading) bool {
	return record.Split == s.SplitDigest() || record.Split == asGiven(s).SplitDigest() ||
		slices.ContainsFunc(record.Readings, func(r runlog.Reading) bool { return r.Photos == now.Photos })
}

// before scores the test photos with the labels that they had when the model was trained, for a set
// that was relabelled before its first test. The record then has both.
func (l *Lab) before(ctx context.Context, run Run, record *runlog.Record, o Scoring) error {
	given := asGiven(run.Set)
	if record.Test != nil || record.Split == run.Set.SplitDigest() || record.Split != given.SplitDigest() {
		return nil
	}
	l.note("labels were changed in a review since training: the test photos are scored with their former labels too")
	t, scored, err := l.measure(ctx, run, given, given.InSplit(dataset.Test), o)
	if err != nil {
		return err
	}
	record.Test, record.Seen = &t.Result, leftOut(t.Seen)
	record.Read(readingOf(run.Model, given, t, scored))
	return t.save(run)
}

// leftOut is nil where no photo was.
func leftOut(seen *runlog.Seen) *runlog.Seen {
	if seen != nil && seen.Training+seen.Validation == 0 {
		return nil
	}
	return seen
}
