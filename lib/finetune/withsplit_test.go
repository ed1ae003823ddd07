package finetune

import (
	"context"
	"math"
	"slices"
	"testing"

	"imagelab/lib/dataset"
	"imagelab/lib/engine/enginetest"
	"imagelab/lib/recipe"
	"imagelab/lib/split"
)

// TestWithSplit holds a fit on features that changed sides against one on features computed for
// that split.
func TestWithSplit(t *testing.T) {
	s, e, ctx := generated(t, 16), enginetest.Go(t), context.Background()
	c := quick()
	c.Cut, c.CachedViews = "head", 0
	p, err := Prepare(ctx, e, Data{Set: s, EvaluateOnTest: true}, c, Observer{})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	other, err := split.Copy(s, split.Options{Val: 0.25, Test: 0.25, Seed: 9})
	if err != nil {
		t.Fatal(err)
	}
	q, err := p.WithSplit(other)
	if err != nil {
		t.Fatal(err)
	}
	_, got, err := q.Fit(ctx, c, nil, Observer{})
	if err != nil {
		t.Fatal(err)
	}
	anew, err := Prepare(ctx, e, Data{Set: other, EvaluateOnTest: true}, c, Observer{})
	if err != nil {
		t.Fatal(err)
	}
	defer anew.Close()
	_, want, err := anew.Fit(ctx, c, nil, Observer{})
	if err != nil {
		t.Fatal(err)
	}
	if got.ID != want.ID || got.Split != other.SplitDigest() || math.Abs(got.Val.LogLoss-want.Val.LogLoss) > 1e-4 ||
		!slices.Equal(got.Outcomes.Labels, want.Outcomes.Labels) || !slices.Equal(got.Outcomes.Predicted,
		want.Outcomes.Predicted) {
		t.Errorf("record %s, validation loss %.5f; computed anew %s, %.5f", got.ID, got.Val.LogLoss, want.ID,
			want.Val.LogLoss)
	}
	if _, first, err := p.Fit(ctx, c, nil, Observer{}); err != nil || first.Split != s.SplitDigest() {
		t.Errorf("the first split is still there to fit on: %v, %s", err, first.Split)
	}
}

func TestWithSplitRefuses(t *testing.T) {
	s, e, ctx := generated(t, 8), enginetest.Go(t), context.Background()
	body, head := quick(), quick()
	head.Cut, head.CachedViews = "head", 0
	stranger, leaky := *s, *s
	stranger.Images, leaky.Images = slices.Clone(s.Images), slices.Clone(s.Images)
	stranger.Images[0].SHA256 = "a photo that nobody has seen"
	for i := range leaky.Images {
		leaky.Images[i].Group = "one"
	}
	for _, tt := range []struct {
		reason string
		config recipe.Config
		set    *dataset.Set
	}{
		{"activations above the cut have views of the training side only", body, s},
		{"a photo without features", head, &stranger},
		{"a group on two sides", head, &leaky},
	} {
		p, err := Prepare(ctx, e, Data{Set: s}, tt.config, Observer{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.WithSplit(tt.set); err == nil {
			t.Errorf("%s: no error", tt.reason)
		}
		p.Close()
	}
}
