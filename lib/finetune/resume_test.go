package finetune

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"imagelab/lib/backbone"
	"imagelab/lib/classifier"
	"imagelab/lib/engine/enginetest"
	"imagelab/lib/internal/network"
	"imagelab/lib/metric"
	"imagelab/lib/runlog"
)

func TestStoppedRunContinues(t *testing.T) {
	s, e := generated(t, 8), enginetest.Go(t)
	c := quick()
	whole, record, err := Run(context.Background(), e, Data{Set: s}, c, filepath.Join(t.TempDir(), "whole"), Observer{})
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "stopped")
	for stopAfter := 1; stopAfter <= 3; stopAfter++ {
		ctx, stop := context.WithCancel(context.Background())
		_, r, err := Run(ctx, e, Data{Set: s}, c, dir, Observer{Epoch: func(e runlog.Epoch) {
			if e.Phase == "body" && e.Epoch == stopAfter {
				stop()
			}
		}})
		if !errors.Is(err, context.Canceled) || !r.Interrupted {
			t.Fatalf("stopped after epoch %d: error %v, interrupted %v", stopAfter, err, r.Interrupted)
		}
		if _, err := classifier.Load(dir); err != nil {
			t.Fatalf("stopping must leave a usable model: %v", err)
		}
	}
	var ran []int
	m, r, err := Run(context.Background(), e, Data{Set: s}, c, dir, Observer{Epoch: func(e runlog.Epoch) {
		if e.Phase == "body" {
			ran = append(ran, e.Epoch)
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(ran, []int{4}) {
		t.Errorf("the last call ran epochs %v, want only the fourth", ran)
	}
	if len(r.Epochs) != len(record.Epochs) {
		t.Errorf("%d epochs in the record, %d in that of an undisturbed run", len(r.Epochs), len(record.Epochs))
	}
	for name, w := range whole.Weights {
		for i, v := range w.Data {
			if d := math.Abs(float64(v - m.Weights[name].Data[i])); d > 1e-4 {
				t.Fatalf("%s differs by %g from the undisturbed run", name, d)
			}
		}
	}
	if _, err := os.Stat(checkpointPath(dir)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a finished run keeps its checkpoint: %v", err)
	}
}

// TestKept: the record names the weights that the model holds: those after the last epoch, or the
// head's where these are at least as good.
func TestKept(t *testing.T) {
	s, e, ctx := generated(t, 8), enginetest.Go(t), context.Background()
	c := quick()
	c.Epochs = 2
	p, err := Prepare(ctx, e, Data{Set: s}, c, Observer{})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	all, err := p.subset(nil)
	if err != nil {
		t.Fatal(err)
	}
	loss := 0.0 // of the body, which is the same every time
	for _, row := range []struct {
		name, reason string
		headLoss     float64 // what the head's validation loss is taken to be; -1: what the body's is
		phase        string
	}{
		{"body", "it is better", 100, runlog.PhaseBody},
		{"head", "it is better", 0, runlog.PhaseHead},
		{"tie", "the simpler one", -1, runlog.PhaseHead},
	} {
		t.Run(row.name, func(t *testing.T) {
			var last *classifier.Model
			f := &fit{Prepared: p, config: p.config, subset: all,
				observer: Observer{Model: func(_ runlog.Epoch, m *classifier.Model) { last = m }}}
			head, err := f.fitHead(ctx)
			if err != nil {
				t.Fatal(err)
			}
			if row.headLoss < 0 {
				row.headLoss = loss
			}
			f.record.Candidates[0].ValLoss = row.headLoss
			weights, err := f.fitBody(ctx, head)
			if err != nil {
				t.Fatal(err)
			}
			kept, _ := f.record.Kept()
			if loss = f.record.Candidates[1].ValLoss; kept.Phase != row.phase {
				t.Fatalf("kept the %s with loss %g of %g for the head and %g for the body: %s", kept.Phase,
					kept.ValLoss, row.headLoss, loss, row.reason)
			}
			want, temperature := head[network.HeadBias].Data, 1.0
			if row.phase == runlog.PhaseBody {
				want, temperature = last.Weights[network.HeadBias].Data, kept.Temperature
			}
			for i, v := range want {
				if got := weights[network.HeadBias].Data[i] * float32(temperature); math.Abs(float64(got-v)) > 1e-5 {
					t.Errorf("bias %d is %g at temperature 1, want %g", i, got, v)
				}
			}
			if kept.Phase == runlog.PhaseBody && (kept.Epoch != c.Epochs || math.Abs(kept.ValLoss-f.record.Val.LogLoss) > 1e-3) {
				t.Errorf("kept %+v of %d epochs, the record says %g", kept, c.Epochs, f.record.Val.LogLoss)
			}
		})
	}
}

// TestTemperatureOfTheHead: the head is judged at its best temperature, as the body is, and saved
// so.
func TestTemperatureOfTheHead(t *testing.T) {
	s, e, ctx := generated(t, 8), enginetest.Go(t), context.Background()
	c := quick()
	c.Cut = "head"
	p, err := Prepare(ctx, e, Data{Set: s}, c, Observer{})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	m, r, err := p.Fit(ctx, c, nil, Observer{})
	if err != nil {
		t.Fatal(err)
	}
	plain := map[string]backbone.Tensor{network.HeadKernel: m.Weights[network.HeadKernel],
		network.HeadBias: m.Weights[network.HeadBias]}
	saved := r.Candidates[0].Temperature
	temper(plain, 1/saved)
	if got := temperature(p.val.linear(plain), p.val.labels); math.Abs(math.Log(got/saved)) > math.Log(3)/40+1e-9 {
		t.Errorf("logits were divided by %g, and are best divided by %g", saved, got)
	}
	untempered, err := metric.Evaluate(m.Classes, p.val.labels, network.Mean(p.val.linear(plain)), nil)
	if err != nil {
		t.Fatal(err)
	}
	if untempered.LogLoss < r.Val.LogLoss-1e-9 {
		t.Errorf("validation log loss %g, without the temperature %g: it must not get worse", r.Val.LogLoss,
			untempered.LogLoss)
	}
}

// TestFailedTrainingIsNoRun: where training fails, as with a checkpoint that finds no room, nothing
// is left that the next call would take for finished.
func TestFailedTrainingIsNoRun(t *testing.T) {
	s, e, ctx := generated(t, 8), enginetest.Go(t), context.Background()
	dir := filepath.Join(t.TempDir(), "run")
	// a folder cannot be replaced by a file
	if err := os.MkdirAll(filepath.Join(checkpointPath(dir), "in the way"), 0o755); err != nil {
		t.Fatal(err)
	}
	if m, _, err := Run(ctx, e, Data{Set: s}, quick(), dir, Observer{}); err == nil || m != nil {
		t.Fatalf("a checkpoint that cannot be written gave model %v and error %v", m != nil, err)
	}
	if m, err := classifier.Load(dir); err == nil {
		t.Fatalf("a failed run left the model %v", m.Record)
	}
	if err := os.RemoveAll(checkpointPath(dir)); err != nil {
		t.Fatal(err)
	}
	trained := 0
	_, r, err := Run(ctx, e, Data{Set: s}, quick(), dir, Observer{Epoch: func(e runlog.Epoch) { trained++ },
		Finished: func(runlog.Record) {
			t.Error("the failed run was called finished")
		}})
	if kept, ok := r.Kept(); err != nil || trained == 0 || !ok {
		t.Errorf("the next call trained %d epochs, kept %+v, error %v", trained, kept, err)
	}
}
