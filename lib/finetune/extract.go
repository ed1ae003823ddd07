package finetune

import (
	"context"
	"encoding/binary"
	"fmt"
	"time"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/dtypes/float16"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"imagelab/lib/backbone"
	"imagelab/lib/engine"
	"imagelab/lib/progress"
)

// extractor computes pooled features from the cut's input.
type extractor struct {
	spec     backbone.Spec
	rowShape []int // of one input
	rowBytes int
	rowType  dtypes.DType
	batch    int
	store    *model.Store
	exec     *model.Exec   // nil at the cut "head", where the input is the features
	compile  time.Duration // of exec
}

func newExtractor(backend compute.Backend, spec backbone.Spec, weights backbone.Weights, size, cut int, p progress.Func) (*extractor, error) {
	x := &extractor{spec: spec, rowShape: spec.Shape(cut, size), rowType: float16Type, batch: 16}
	if cut == 0 {
		x.rowType, x.batch = dtypes.Uint8, trunkBatch
	}
	x.rowBytes = x.rowType.Size()
	for _, d := range x.rowShape {
		x.rowBytes *= d
	}
	stages := len(spec.Stages())
	if cut == stages {
		return x, nil
	}
	known := spec.Shapes()
	var err error
	if x.store, err = newStore(weights, func(name string) bool { return fromStage(spec, name, cut) && known[name] != nil }); err != nil {
		return nil, err
	}
	if x.exec, err = newForward(backend, x.store.WithVariableAsConst(true), spec, cut, stages, false, false); err == nil {
		x.compile, err = compile(p, x.exec, shapes.Make(x.rowType, append([]int{x.batch}, x.rowShape...)...))
	}
	if err != nil {
		x.close()
		return nil, err
	}
	return x, nil
}

func (x *extractor) close() {
	if x.exec != nil {
		x.exec.Finalize()
	}
	if x.store != nil {
		x.store.Finalize()
	}
}

// run returns the features of n inputs, float32 `[n, features]`.
func (x *extractor) run(ctx context.Context, n int, read rows, p progress.Func) ([]float32, error) {
	const stage = "computing features of the head"
	out := make([]float32, 0, n*x.spec.Features)
	p.Report(stage, 0, int64(n))
	for from := 0; from < n; from += x.batch {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		count := min(x.batch, n-from)
		part, err := x.features(count, func(i int, dst []byte) error { return read(dst, from+i, 0) })
		if err != nil {
			return nil, fmt.Errorf("finetune: features: %w", err)
		}
		out = append(out, part...)
		p.Report(stage, int64(from+count), int64(n))
	}
	return out, nil
}

// features of one batch of up to x.batch inputs.
func (x *extractor) features(count int, fill func(i int, dst []byte) error) ([]float32, error) {
	if x.exec == nil {
		return x.stored(count, fill)
	}
	input, err := inputTensor(x.rowType, x.batch, x.rowShape, x.rowBytes, count, fill)
	if err != nil {
		return nil, err
	}
	defer input.FinalizeAll()
	var y *tensors.Tensor
	if tryErr := engine.Try(func() { y, err = x.exec.Call1(input) }); tryErr != nil {
		err = tryErr
	}
	if err != nil {
		return nil, err
	}
	defer y.FinalizeAll()
	flat, err := tensors.CopyFlatData[float32](y)
	if err != nil {
		return nil, err
	}
	return flat[:count*x.spec.Features], nil
}

// stored reads features that were kept in half precision.
func (x *extractor) stored(count int, fill func(i int, dst []byte) error) ([]float32, error) {
	row := make([]byte, x.rowBytes)
	out := make([]float32, 0, count*x.spec.Features)
	for i := range count {
		if err := fill(i, row); err != nil {
			return nil, err
		}
		for at := 0; at < len(row); at += 2 {
			out = append(out, float16.FromBits(binary.NativeEndian.Uint16(row[at:])).Float32())
		}
	}
	return out, nil
}
