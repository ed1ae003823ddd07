package finetune

import (
	"context"
	"fmt"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"imagelab/lib/backbone"
	"imagelab/lib/engine"
	"imagelab/lib/progress"
)

// extractor computes pooled features from the cut's input.
type extractor struct {
	spec      backbone.Spec
	size, cut int
	exec      *model.Exec
}

func (x *extractor) open(backend compute.Backend, store *model.Store) (err error) {
	x.exec, err = newForward(backend, store.WithVariableAsConst(true), x.spec, x.cut, len(x.spec.Stages()), false, false)
	return err
}

// run returns the features of n inputs, float32 `[n, features]`.
func (x *extractor) run(ctx context.Context, n int, read rows, p progress.Func) ([]float32, error) {
	dtype, batch := dtypes.Float16, 16
	if x.cut == 0 {
		dtype, batch = dtypes.Uint8, trunkBatch
	}
	shape := x.spec.Shape(x.cut, x.size)
	rowBytes := dtype.Size()
	for _, d := range shape {
		rowBytes *= d
	}
	const stage = "computing features of the head"
	out := make([]float32, 0, n*x.spec.Features)
	p.Report(stage, 0, int64(n))
	for from := 0; from < n; from += batch {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		count := min(batch, n-from)
		input, err := inputTensor(dtype, batch, shape, rowBytes, count, func(i int, dst []byte) error { return read(dst, from+i, 0) })
		if err != nil {
			return nil, err
		}
		var y *tensors.Tensor
		if tryErr := engine.Try(func() { y, err = x.exec.Call1(input) }); tryErr != nil {
			err = tryErr
		}
		if err != nil {
			return nil, fmt.Errorf("finetune: features: %w", err)
		}
		flat, err := tensors.CopyFlatData[float32](y)
		if err != nil {
			return nil, fmt.Errorf("finetune: features: %w", err)
		}
		out = append(out, flat[:count*x.spec.Features]...)
		input.FinalizeAll()
		y.FinalizeAll()
		p.Report(stage, int64(len(out)/x.spec.Features), int64(n))
	}
	return out, nil
}
