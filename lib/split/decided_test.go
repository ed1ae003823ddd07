package split

import (
	"testing"

	"imagelab/lib/dataset"
	"imagelab/lib/review"
)

// TestSplitOfDecided: only photos that are used are dealt, and a test photo stays one whatever
// people decide about it.
func TestSplitOfDecided(t *testing.T) {
	s := set(t, map[string]int{"a": 40, "b": 40})
	mustRun(t, s, Default())
	s, err := dataset.Load(s.Dir)
	if err != nil {
		t.Fatal(err)
	}
	test, train := s.InSplit(dataset.Test), s.InSplit(dataset.Train)
	decide := func(ds ...review.Decision) {
		t.Helper()
		for i := range ds {
			ds[i].Who = "ann"
		}
		if _, err := s.Decisions().Append(t.Context(), ds...); err != nil {
			t.Fatal(err)
		}
		if s, err = dataset.Load(s.Dir); err != nil {
			t.Fatal(err)
		}
	}
	drop := func(im dataset.Image, state string) review.Decision {
		return review.Decision{SHA256: im.SHA256, Kind: review.KindState, After: state}
	}
	decide(review.Decision{SHA256: test[0].SHA256, Kind: review.KindLabel, After: "b"}, drop(test[1], review.StateDrop),
		drop(train[0], review.StateDrop))
	sum := mustRun(t, s, Default())
	if n := sum.Sides["train"] + sum.Sides["val"] + sum.Sides["test"]; n != 78 || sum.Excluded != 2 ||
		sum.Sides["test"] != len(test)-1 {
		t.Errorf("%+v", sum)
	}
	sides := sidesOf(s)
	if sides[test[0].SHA256] != dataset.Test || sides[test[1].SHA256] != dataset.Test || sides[train[0].SHA256] != "" {
		t.Errorf("relabelled test photo %q, excluded test photo %q, excluded training photo %q",
			sides[test[0].SHA256], sides[test[1].SHA256], sides[train[0].SHA256])
	}
	decide(drop(test[1], review.StateNone), drop(train[0], review.StateNone))
	sum = mustRun(t, s, Default())
	if sum.Excluded != 0 || sum.Sides["test"] != len(test) || sidesOf(s)[test[1].SHA256] != dataset.Test {
		t.Errorf("taken back: %+v", sum)
	}
}

// TestExcludedStayWhereFoldersPutThem: taken back, such a photo is on the side that its folder
// gives.
func TestExcludedStayWhereFoldersPutThem(t *testing.T) {
	for _, redo := range []bool{false, true} {
		s := set(t, map[string]int{"a": 20, "b": 20})
		for i := range s.Images {
			side := []string{dataset.Train, dataset.Train, dataset.Val, dataset.Test}[i%4]
			s.Images[i].Split, s.Images[i].GivenSplit = side, side
		}
		s.Source = dataset.SourceSplits
		s.Images[2].Excluded = "blurred"
		o := Default()
		o.Redo = redo
		mustRun(t, s, o)
		if got := s.Images[2].Split; (got == dataset.Val) == redo {
			t.Errorf("redo %v: the excluded photo is on side %q", redo, got)
		}
	}
}
