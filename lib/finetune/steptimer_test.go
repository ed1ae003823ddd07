package finetune

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"imagelab/lib/backbone"
	"imagelab/lib/engine"
	"imagelab/lib/engine/enginetest"
	"imagelab/lib/internal/network"
	"imagelab/lib/recipe"
)

func TestPaceTrains(t *testing.T) {
	for name, reason := range map[string]string{engine.XLACPU: "rows are sent", engine.XLACUDA: "they are on the device"} {
		t.Run(reason, func(t *testing.T) {
			e := *enginetest.Open(t)
			e.Name = name
			paceTrains(t, &e)
		})
	}
}

func paceTrains(t *testing.T, e *engine.Engine) {
	c := quick()
	c.Size = 64
	p, err := NewStepTimer(t.Context(), e, c, 3, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if on := p.kept != nil; on != (e.Name == engine.XLACUDA) {
		t.Errorf("the images are on the device: %v", on)
	}
	state := func() map[string]backbone.Tensor {
		all, err := p.trainer.parameters()
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	before := state()
	if err := p.Run(t.Context(), 2); err != nil {
		t.Fatal(err)
	}
	for name, tensor := range state() {
		if changed := !slices.Equal(tensor.Data, before[name].Data); changed != network.Trains(name) {
			t.Errorf("%s changed: %v; the steps that are timed must be those that train", name, changed)
		}
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if err := p.Run(ctx, 2); !errors.Is(err, context.Canceled) {
		t.Errorf("a run that was stopped: %v", err)
	}
	if err := p.Run(t.Context(), 0); err == nil {
		t.Error("no steps took no time")
	}
}

func TestPaceRefuses(t *testing.T) {
	for _, tt := range []struct {
		cut     string
		classes int
		says    string
	}{
		{"head", 3, "no training step at cut head"},
		{"stage7", 1, "two classes"},
		{"stage9", 3, "stage9"},
	} {
		c := quick()
		c.Cut = tt.cut
		if _, err := NewStepTimer(t.Context(), nil, c, tt.classes, nil); err == nil ||
			!strings.Contains(err.Error(), tt.says) {
			t.Errorf("cut %s with %d classes gives %v", tt.cut, tt.classes, err)
		}
	}
}

// BenchmarkStep is a training step of the default recipe at several cuts.
func BenchmarkStep(b *testing.B) {
	e := enginetest.Open(b)
	for _, cut := range []string{"all", "stage6", "stage7"} {
		b.Run(cut, func(b *testing.B) {
			c := recipe.Default()
			c.Cut = cut
			p, err := NewStepTimer(b.Context(), e, c, 10, nil)
			if err != nil {
				b.Fatal(err)
			}
			defer p.Close()
			if err := p.Run(b.Context(), 1); err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				if err := p.Run(b.Context(), 1); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N*p.Batch())/b.Elapsed().Seconds(), "images/s")
		})
	}
}
