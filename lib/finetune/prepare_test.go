package finetune

import (
	"bytes"
	"context"
	"math"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/gomlx/compute"

	"imagelab/lib/dataset"
	"imagelab/lib/engine/enginetest"
	"imagelab/lib/internal/network"
	"imagelab/lib/recipe"
	"imagelab/lib/runlog"
)

// TestManyFitsOnOnePreparation holds fits of a sweep against runs of their own.
func TestManyFitsOnOnePreparation(t *testing.T) {
	s, e, ctx := generated(t, 16), enginetest.Go(t), context.Background()
	for _, cut := range []string{"head", "stage7"} {
		c := quick()
		c.Cut, c.Epochs, c.TTA, c.Augment.FlipV = cut, 2, cut == "head", true
		p, err := Prepare(ctx, e, Data{Set: s, EvaluateOnTest: true}, c, Observer{})
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close()
		other := c
		other.Seed, other.Steps, other.LR = 7, 6, 1e-3
		few := []int{0, 1, 2, 10, 11, 12, 20, 21}
		if _, r, err := p.Fit(ctx, other, few, Observer{}); err != nil || r.Counts["train"] != len(few) {
			t.Fatalf("a fit on %d images: %v, %v", len(few), r.Counts, err)
		}
		_, again, err := p.Fit(ctx, c, nil, Observer{}) // after a fit with another seed, rate and subset
		if err != nil {
			t.Fatal(err)
		}
		m, alone, err := Run(ctx, e, Data{Set: s}, c, filepath.Join(t.TempDir(), "run"), Observer{})
		if err != nil {
			t.Fatal(err)
		}
		if again.ID != alone.ID || math.Abs(again.Val.LogLoss-alone.Val.LogLoss) > 1e-5 {
			t.Errorf("cut %s: record %s with loss %.6f, but %s with %.6f alone: an earlier fit left traces", cut,
				again.ID, again.Val.LogLoss, alone.ID, alone.Val.LogLoss)
		}
		judged, err := m.Predictor(e)
		if err != nil {
			t.Fatal(err)
		}
		defer judged.Close()
		want, err := judged.Evaluate(ctx, s, s.InSplit("test"), nil)
		if err != nil {
			t.Fatal(err)
		}
		if again.Test == nil || again.Test.Top1 != want.Top1 || again.Outcomes.Side != "test" ||
			len(again.Outcomes.Predicted) != want.N {
			t.Errorf("cut %s: the test images gave %+v, the predictor finds top-1 %.3f", cut, again.Test, want.Top1)
		}
		larger := c
		larger.Size = 96
		if SharePreparation(c, larger) || !SharePreparation(c, other) {
			t.Error("a preparation serves other seeds and schedules, and no other size")
		}
		if _, _, err := p.Fit(ctx, larger, nil, Observer{}); err == nil {
			t.Error("a fit at another size was accepted")
		}
	}
}

func TestSubsetIsChecked(t *testing.T) {
	p := &Prepared{train: &side{images: make([]dataset.Image, 4), labels: []int{0, 0, 1, 1}}}
	for _, c := range []struct {
		reason  string
		indices []int
	}{
		{"no images", []int{}}, {"one class only", []int{0, 1}}, {"an image that is not there", []int{0, 4}},
		{"a negative index", []int{-1, 2}},
	} {
		if _, err := p.subset(c.indices); err == nil {
			t.Errorf("%s were accepted", c.reason)
		}
	}
	if all, err := p.subset(nil); err != nil || len(all) != 4 {
		t.Errorf("nil gives %v, %v; want all four", all, err)
	}
}

// TestStoredActivationsNeedNoNetwork: compiling the frozen stages takes longer than anything else
// in a second run, so it must not happen where their output is on disk.
func TestStoredActivationsNeedNoNetwork(t *testing.T) {
	s, e, ctx := generated(t, 8), enginetest.Go(t), context.Background()
	for _, cut := range []string{"head", "stage7"} {
		c := quick()
		c.Cut = cut
		p, err := Prepare(ctx, e, Data{Set: s}, c, Observer{})
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close()
		// Without an engine nothing can be compiled.
		stored := newFrozen(nil, p.config, p.weights, 0, p.config.cut)
		defer stored.close()
		for view := range p.config.CachedViews + 1 {
			again, err := p.activations(ctx, stored, p.train, view, nil)
			if err != nil {
				t.Fatalf("cut %s, view %d: %v", cut, view, err)
			}
			if !bytes.Equal(again.Row(3), p.train.views[view].Row(3)) {
				t.Errorf("cut %s, view %d: the file holds other activations", cut, view)
			}
			if err := again.Close(); err != nil {
				t.Fatal(err)
			}
		}
		if cut != "head" { // where the activations are the features
			above := newFrozen(nil, p.config, p.weights, p.config.cut, len(p.config.spec.Stages()))
			defer above.close()
			again, err := p.pool(ctx, above, p.train, 0, nil)
			if err != nil {
				t.Fatalf("cut %s: features: %v", cut, err)
			}
			if !bytes.Equal(again.Row(3), p.train.features[0][3]) {
				t.Errorf("cut %s: the file holds other features", cut)
			}
			if err := again.Close(); err != nil {
				t.Fatal(err)
			}
		}
		if !slices.Contains(stages(p.watch.timings), runlog.StageCompile) || p.watch.of(runlog.StageCompile) == 0 {
			t.Errorf("cut %s: compiling is not among %v", cut, p.watch.timings)
		}
	}
}

func stages(timings []runlog.Timing) []string {
	var names []string
	for _, t := range timings {
		names = append(names, t.Stage)
	}
	return names
}

func TestStopwatch(t *testing.T) {
	var preparing, fitting stopwatch
	preparing.add("decode", time.Second)
	err := preparing.time("frozen features", func() error {
		preparing.add(runlog.StageCompile, time.Hour)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	fitting.add(runlog.StageCompile, time.Hour)
	fitting.add("head", time.Minute)
	got := preparing.with(fitting)
	if want := []string{"decode", "frozen features", runlog.StageCompile, "head"}; !slices.Equal(stages(got), want) {
		t.Fatalf("stages %q, want %q: each once, by first start", stages(got), want)
	}
	if got[1].Seconds > -3599 {
		t.Errorf("%.0f s of frozen features: the hour of compiling in them was not taken off", got[1].Seconds)
	}
	if got[2].Seconds != 7200 || preparing.of(runlog.StageCompile) != time.Hour {
		t.Errorf("compiling took %.0f s, want what preparing and fitting took, and their own watches as they were",
			got[2].Seconds)
	}
}

// gpuLike is a backend that XLA's plugin for GPUs seems to be behind.
type gpuLike struct{ compute.Backend }

func (gpuLike) PluginName() string { return "/x/pjrt_c_api_cuda_plugin.so" }

// TestFrozenBatch: on a GPU the frozen stages, wherever they begin, take as many photos at a time
// as eval and predict do.
func TestFrozenBatch(t *testing.T) {
	r, err := resolve(recipe.Default())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name    string
		backend compute.Backend
		from    int
		want    int
	}{
		{"pixels on a GPU", gpuLike{}, 0, network.PhotoBatch(gpuLike{})},
		{"activations on a GPU", gpuLike{}, r.cut, network.PhotoBatch(gpuLike{})},
		{"pixels on a CPU", nil, 0, network.PhotoBatch(nil)},
		{"activations on a CPU", nil, r.cut, activationBatch},
	} {
		if got := newFrozen(c.backend, r, nil, c.from, len(r.spec.Stages())).batch; got != c.want {
			t.Errorf("%s: %d at a time, want %d", c.name, got, c.want)
		}
	}
}
