package finetune

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"

	"imagelab/lib/backbone"
	"imagelab/lib/engine"
	"imagelab/lib/feed"
	"imagelab/lib/progress"
)

// extractor computes pooled features from the cut's input. It compiles at the first run that finds none on disk.
type extractor struct {
	backend  compute.Backend
	spec     backbone.Spec
	weights  backbone.Weights
	cut      int
	rowShape []int // of one input
	rowBytes int
	rowType  dtypes.DType
	batch    int
	net      *inference
	compile  time.Duration // of net
}

// newExtractor is for a cut below "head", where the input is the features.
func newExtractor(backend compute.Backend, spec backbone.Spec, weights backbone.Weights, size, cut int) *extractor {
	x := &extractor{backend: backend, spec: spec, weights: weights, cut: cut, rowShape: spec.Shape(cut, size), rowType: float16Type, batch: 16}
	if cut == 0 {
		x.rowType, x.batch = dtypes.Uint8, trunkBatch
	}
	x.rowBytes = x.rowType.Size()
	for _, d := range x.rowShape {
		x.rowBytes *= d
	}
	return x
}

// open compiles at the first call.
func (x *extractor) open(p progress.Func) error {
	if x.net != nil {
		return nil
	}
	net, err := newFrozen(x.backend, x.spec, x.weights, x.cut, len(x.spec.Stages()))
	if err != nil {
		return err
	}
	if x.compile, err = compile(p, net.exec, shapes.Make(x.rowType, append([]int{x.batch}, x.rowShape...)...)); err != nil {
		net.close()
		return err
	}
	x.net = net
	return nil
}

func (x *extractor) close() {
	if x.net != nil {
		x.net.close()
	}
}

// run returns the features of n inputs, float16 `[n, features]`, in the file path, which an earlier run may have left.
func (x *extractor) run(ctx context.Context, path string, n int, read rows, p progress.Func) (*feed.Store, error) {
	rowBytes, groups := x.spec.Features*float16Type.Size(), (n+x.batch-1)/x.batch
	s, err := feed.OpenStore(path, groups, x.batch*rowBytes)
	if errors.Is(err, feed.ErrAbsent) {
		s, err = feed.BuildStore(ctx, path, groups, x.batch*rowBytes, 1, "computing features of the head", p, func(i int, dst []byte) error {
			if err := x.open(nil); err != nil { // here, so that compiling is part of what the file says it took
				return err
			}
			from := i * x.batch
			return x.features(dst, min(x.batch, n-from), func(i int, dst []byte) error { return read(dst, from+i, 0) })
		})
	}
	if err != nil {
		return nil, fmt.Errorf("finetune: features: %w", err)
	}
	return s.Rechunk(rowBytes), nil
}

// features of one batch of up to x.batch inputs.
func (x *extractor) features(dst []byte, count int, fill func(i int, dst []byte) error) error {
	input, err := inputTensor(x.rowType, x.batch, x.rowShape, x.rowBytes, count, fill)
	if err != nil {
		return err
	}
	defer input.FinalizeAll()
	y, err := engine.Call1(x.net.exec, input)
	if err != nil {
		return err
	}
	defer y.FinalizeAll()
	return y.ConstBytes(func(data []byte) { copy(dst, data) })
}
