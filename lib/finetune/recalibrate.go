package finetune

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"imagelab/lib/backbone"
	"imagelab/lib/engine"
	"imagelab/lib/feed"
	"imagelab/lib/progress"
)

const (
	recalibrationBatch  = 64
	recalibrationImages = 512
)

// recalibrate replaces the stored batch-norm statistics in weights by those of up to 512 images, spread evenly over px
// (adaptive batch normalisation, Li et al. 2016). It happens once, before anything is frozen or trained.
func recalibrate(ctx context.Context, backend compute.Backend, spec backbone.Spec, weights backbone.Weights, px *feed.Pixels, size int, p progress.Func) error {
	store, err := newStore(weights, func(string) bool { return true })
	if err != nil {
		return err
	}
	defer store.Finalize()
	var names []string
	exec, err := model.NewExec(backend, store, func(scope *model.Scope, x *Node) []*Node {
		statistics := spec.Statistics(scope, ConvertDType(x, float32Type))
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
	batches := max(1, min(recalibrationImages, len(px.Images))/recalibrationBatch)
	sums := map[string][]float64{}
	const stage = "recalibrating batch norm"
	for b := range batches {
		p.Report(stage, int64(b), int64(batches))
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
		var out []*tensors.Tensor
		if tryErr := engine.Try(func() { out, err = exec.Call(x) }); tryErr != nil {
			err = tryErr
		}
		if err != nil {
			return fmt.Errorf("finetune: recalibrate: %w", err)
		}
		if err := addAll(sums, names, out); err != nil {
			return err
		}
	}
	for name, sum := range sums {
		for i, v := range sum {
			weights[name].Data[i] = float32(v / float64(batches))
		}
	}
	p.Report(stage, int64(batches), int64(batches))
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
