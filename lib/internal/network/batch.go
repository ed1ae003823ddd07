package network

import (
	"fmt"
	"math"
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"imagelab/lib/engine"
)

// Row is the shape and number type of one input.
type Row struct {
	Shape []int
	Type  dtypes.DType
}

// Pixels is the row of a photo, `[size, size, 3]` uint8.
func Pixels(size int) Row { return Row{[]int{size, size, 3}, dtypes.Uint8} }

// Batches of photos. On a CPU small ones keep the wide early layers in cache: from pixels on, with
// oneDNN, 4 to 32 were equally fast, and 1 and 2 slower. A GPU needs many to be busy.
const (
	cpuBatch = 8
	gpuBatch = 128
)

// PhotoBatch is how many photos go through a network at a time on an engine, wherever there are
// several: a graph is compiled for each batch.
func PhotoBatch(backend compute.Backend) int {
	if engine.OnGPU(backend) {
		return gpuBatch
	}
	return cpuBatch
}

// Bytes is the size of a row in memory.
func (r Row) Bytes() int {
	n := r.Type.Size()
	for _, d := range r.Shape {
		n *= d
	}
	return n
}

// Batch is the shape of n rows, `[n, ...]`.
func (r Row) Batch(n int) shapes.Shape { return shapes.Make(r.Type, append([]int{n}, r.Shape...)...) }

// Tensor makes a batch `[batch, ...]` whose first n rows are written by fill; the others are zero.
func (r Row) Tensor(batch, n int, fill func(i int, dst []byte) error) (*tensors.Tensor, error) {
	x, size := tensors.FromShape(r.Batch(batch)), r.Bytes()
	var fillErr error
	err := x.MutableBytes(func(data []byte) {
		for i := 0; i < n && fillErr == nil; i++ {
			fillErr = fill(i, data[i*size:(i+1)*size])
		}
	})
	if fillErr != nil {
		err = fillErr
	}
	if err != nil {
		return nil, fmt.Errorf("network: fill a batch: %w", err)
	}
	return x, nil
}

// Probabilities runs x `[batch, ...]` through exec, which gives logits `[batch, classes]`, and
// returns the softmax of the first n rows. It frees x.
func Probabilities(exec *model.Exec, x *tensors.Tensor, n int) ([][]float64, error) {
	defer x.FinalizeAll()
	y, err := engine.Call1(exec, x)
	if err != nil {
		return nil, fmt.Errorf("network: forward: %w", err)
	}
	defer y.FinalizeAll()
	flat, err := tensors.CopyFlatData[float32](y)
	if err != nil {
		return nil, fmt.Errorf("network: forward: %w", err)
	}
	classes := y.Shape().Dimensions[1]
	out := make([][]float64, n)
	for i := range out {
		row := make([]float64, classes)
		for k := range row {
			row[k] = float64(flat[i*classes+k])
		}
		out[i] = SoftmaxRow(row)
	}
	return out, nil
}

// SoftmaxRow turns logits into probabilities, in place.
func SoftmaxRow(y []float64) []float64 {
	top := slices.Max(y)
	sum := 0.0
	for k := range y {
		y[k] = math.Exp(y[k] - top)
		sum += y[k]
	}
	for k := range y {
		y[k] /= sum
	}
	return y
}

// Mean is the mean of the predictions `[view][n][classes]` for several views of the same images.
func Mean(views [][][]float64) [][]float64 {
	if len(views) == 1 {
		return views[0]
	}
	out := make([][]float64, len(views[0]))
	for i := range out {
		out[i] = make([]float64, len(views[0][i]))
		for _, rows := range views {
			for k, p := range rows[i] {
				out[i][k] += p / float64(len(views))
			}
		}
	}
	return out
}
