package finetune

import (
	"context"
	"slices"
	"testing"

	"imagelab/lib/engine/enginetest"
	"imagelab/lib/runlog"
)

// TestSharedWork fits twice, the second time with everything on disk: what training takes from the
// photos' files on is the same, and of both together the work that they share counts once.
func TestSharedWork(t *testing.T) {
	s, e, ctx := generated(t, 8), enginetest.Go(t), context.Background()
	c := quick()
	c.Cut = "head"
	var records []runlog.Record
	for seed := range uint64(2) {
		p, err := Prepare(ctx, e, Data{Set: s, EvaluateOnTest: true}, c, Observer{})
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close()
		c.Seed = seed
		_, r, err := p.Fit(ctx, c, nil, Observer{})
		if err != nil {
			t.Fatal(err)
		}
		records = append(records, r)
	}
	first, second := records[0], records[1]
	if !slices.Equal(first.Shared, second.Shared) {
		t.Errorf("shared at first\n%+v, then\n%+v", first.Shared, second.Shared)
	}
	shared, training := 0.0, 0.0
	stages := map[string]bool{}
	for _, w := range first.Shared {
		stages[w.Stage] = true
		if shared += w.Seconds; !w.Judging {
			training += w.Seconds
		}
		if w.Seconds <= 0 {
			t.Errorf("%+v took no time", w)
		}
	}
	if !stages["decode"] || !stages["frozen features"] || training >= shared {
		t.Errorf("shared are the stages %v, %g s, of which %g s for training: test images are for judging", stages,
			shared, training)
	}
	for _, r := range records {
		if got, known := r.Training(); !known || got != training+r.Own || r.Own <= 0 {
			t.Errorf("training took %g s, known %v, of which %g s by itself; shared were %g s", got, known, r.Own, training)
		}
	}
	if got, want := runlog.Computing(records), shared+first.Own+second.Own; got < want-1e-9 || got > want+1e-9 {
		t.Errorf("computing took %g s, want %g", got, want)
	}
	if v := first.Validation(); v == nil || v.Side != "val" || len(v.Predicted) != first.Val.N ||
		first.Outcomes.Side != "test" {
		t.Errorf("validation images are predicted as %+v", v)
	}
}
