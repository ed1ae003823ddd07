package finetune

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"imagelab/lib/engine"
	"imagelab/lib/progress"
	"imagelab/lib/runlog"
)

const (
	recalibrationBatch  = 64
	recalibrationImages = 512
)

// recalibrate replaces the stored batch-norm statistics by those of up to 512 training images, spread evenly over them
// (adaptive batch normalisation, Li et al. 2016). It happens once, before anything is frozen or trained.
func (p *Prepared) recalibrate(ctx context.Context, report progress.Func) error {
	store, err := newStore(p.weights, func(string) bool { return true })
	if err != nil {
		return err
	}
	defer store.Finalize()
	var names []string
	exec, err := model.NewExec(p.engine.Backend, store, func(scope *model.Scope, x *Node) []*Node {
		statistics := p.spec.Statistics(scope, ConvertDType(x, float32Type))
		names = slices.Sorted(maps.Keys(statistics))
		var out []*Node
		for _, name := range names {
			out = append(out, statistics[name])
		}
		return out
	})
	if err != nil {
		return fmt.Errorf("finetune: recalibrate: %w", err)
	}
	defer exec.Finalize()
	px, size := p.train.pixels, p.config.Size
	took, err := compile(report, exec, shapes.Make(dtypes.Uint8, recalibrationBatch, size, size, 3))
	if err != nil {
		return err
	}
	p.watch.add(runlog.StageCompile, took)
	batches := max(1, min(recalibrationImages, len(px.Images))/recalibrationBatch)
	sums := map[string][]float64{}
	const stage = "recalibrating batch norm"
	for b := range batches {
		report.Report(stage, int64(b), int64(batches))
		if err := ctx.Err(); err != nil {
			return err
		}
		x, err := inputTensor(dtypes.Uint8, recalibrationBatch, []int{size, size, 3}, size*size*3, recalibrationBatch, func(i int, dst []byte) error {
			px.Plain(dst, (b*recalibrationBatch+i)*len(px.Images)/(batches*recalibrationBatch), size)
			return nil
		})
		if err != nil {
			return err
		}
		out, err := engine.Call(exec, x)
		if err != nil {
			return fmt.Errorf("finetune: recalibrate: %w", err)
		}
		if err := addAll(sums, names, out); err != nil {
			return err
		}
	}
	for name, sum := range sums {
		for i, v := range sum {
			p.weights[name].Data[i] = float32(v / float64(batches))
		}
	}
	report.Report(stage, int64(batches), int64(batches))
	return nil
}

func addAll(sums map[string][]float64, names []string, values []*tensors.Tensor) error {
	for k, name := range names {
		flat, err := tensors.CopyFlatData[float32](values[k])
		if err != nil {
			return fmt.Errorf("finetune: recalibrate: %w", err)
		}
		if sums[name] == nil {
			sums[name] = make([]float64, len(flat))
		}
		for i, v := range flat {
			sums[name][i] += float64(v)
		}
	}
	return nil
}
