package finetune

import (
	"cmp"
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"imagelab/lib/runlog"
)

func TestStoppedRunContinues(t *testing.T) {
	s, e := generated(t, 8), goEngine(t)
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
		if _, err := LoadModel(dir); err != nil {
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

// TestPatience: training stops after so many epochs in a row without a lower validation loss, also when it was
// interrupted in between.
func TestPatience(t *testing.T) {
	s, e, ctx := generated(t, 8), goEngine(t), context.Background()
	c := quick()
	c.Epochs = 6
	p, err := Prepare(ctx, e, Data{Set: s}, c, Observer{})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	for _, row := range []struct {
		name, reason string
		lr           float64
		patience     int
		stopAfter    int // epoch after which the fit is interrupted once; 0: never
		want         int // epochs; 0: as the validation losses tell
	}{
		{"nothing gets better", "a rate that moves no float32: the first epoch is the best, and two more are tried", 1e-30, 2, 0, 3},
		{"interrupted", "epochs without success are counted on by the next call", 1e-30, 3, 2, 4},
		{"patient", "more patience than epochs", 1e-30, 9, 0, 6},
		{"up and down", "a rate so high that losses jump: a success starts the count anew", 0.05, 2, 0, 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			c := c
			c.LR, c.Patience = row.lr, row.patience
			checkpoint := filepath.Join(t.TempDir(), "checkpoint")
			if row.stopAfter > 0 {
				ctx, stop := context.WithCancel(ctx)
				defer stop()
				_, _, err := p.fit(ctx, c, nil, checkpoint, Observer{Epoch: func(e runlog.Epoch) {
					if e.Phase == runlog.PhaseBody && e.Epoch == row.stopAfter {
						stop()
					}
				}})
				if !errors.Is(err, context.Canceled) {
					t.Fatal(err)
				}
			}
			_, r, err := p.fit(ctx, c, nil, checkpoint, Observer{})
			if err != nil {
				t.Fatal(err)
			}
			var losses []float64
			for _, e := range r.Epochs {
				if e.Phase == runlog.PhaseBody {
					losses = append(losses, e.ValLoss)
				}
			}
			if want := cmp.Or(row.want, patienceEnds(losses, row.patience, c.Epochs)); len(losses) != want {
				t.Errorf("%d epochs, want %d: %s; losses %.4f", len(losses), want, row.reason, losses)
			}
		})
	}
}

// patienceEnds is the first epoch, counted from 1, whose last so many losses are none of them below all before them.
func patienceEnds(losses []float64, patience, epochs int) int {
	for n := patience + 1; n <= len(losses); n++ {
		if slices.Min(losses[n-patience:n]) >= slices.Min(losses[:n-patience]) {
			return n
		}
	}
	return epochs
}
