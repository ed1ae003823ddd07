// Package logreg fits multinomial logistic regression to features of a frozen network, as
// scikit-learn's LogisticRegression does. Start with [NewSolver], [Solver.Problem] and
// [Problem.Fit].
package logreg

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"gonum.org/v1/gonum/optimize"

	"imagelab/lib/engine"
	"imagelab/lib/internal/network"
	"imagelab/lib/internal/safetensors"
)

// Strengths are the inverse regularisation strengths C that the validation images choose from, as
// in scikit-learn's LogisticRegression: the objective is the mean loss plus |W|²/(2 C n), on
// standardised features.
var Strengths = []float64{0.001, 0.003, 0.01, 0.03, 0.1}

const (
	iterations = 100  // of L-BFGS for one strength
	tolerance  = 1e-4 // of the gradient's largest component
)

// Features go to the device in parts of equal shape, so that the memory for them has a bound: up to
// maxResident images stay there for the whole fit, more are sent anew for every evaluation.
const (
	maxPart     = 4096 // images at most
	maxResident = 8 * maxPart
)

// Solver holds the compiled loss of a classifier on features; fits with about as many images share
// its code.
type Solver struct {
	classes int
	exec    *Exec
}

// NewSolver is for a number of classes. It compiles nothing yet. The owner calls Close.
func NewSolver(backend compute.Backend, classes int) (*Solver, error) {
	exec, err := NewExec(backend, func(inputs []*Node) []*Node {
		engine.SetPrecision(backend, engine.Float32)
		x, labels, weights, w, b := inputs[0], inputs[1], inputs[2], inputs[3], inputs[4]
		y := Add(Dot(x, w).Product(), ExpandLeftToRank(b, 2))
		losses := Neg(ReduceSum(Mul(OneHot(labels, classes, network.Float32), LogSoftmax(y)), -1))
		loss := ReduceAllSum(Mul(losses, weights))
		return append([]*Node{loss}, Gradient(loss, w, b)...)
	})
	if err != nil {
		return nil, fmt.Errorf("logreg: %w", err)
	}
	exec.SetMaxCache(-1) // one for every size of a part
	return &Solver{classes: classes, exec: exec}, nil
}

// Close frees what is compiled.
func (s *Solver) Close() { s.exec.Finalize() }

// Problem is multinomial logistic regression on frozen features. The optimiser runs on the host in
// float64.
type Problem struct {
	*Solver
	n, features int
	mean, scale []float64 // of the training features, `[features]`
	rows        Features
	labels      []int
	weights     []float32 // of the images
	part        int       // images in a part
	resident    []batch
	Compile     time.Duration // of the loss, none where an earlier fit had parts of the same size
}

// batch is a part of the images, padded with images that weigh nothing: standardised features
// `[part, features]`.
type batch struct{ x, labels, weights *tensors.Tensor }

func (b batch) free() {
	_ = engine.Free(b.x, b.labels, b.weights) // memory that the collector would free later
}

// partOf is how many images go into a part where there are n: at most an eighth of the parts' room
// is padding, and few sizes need compiling.
func partOf(n int) int {
	parts := (n + maxPart - 1) / maxPart
	size := (n + parts - 1) / parts
	step := 8
	for size > 16*step {
		step *= 2
	}
	return (size + step - 1) / step * step
}

// Problem prepares a fit to rows of features. weights `[n]` average 1.
func (s *Solver) Problem(rows Features, width int, labels []int, weights []float32) (*Problem, error) {
	n := len(labels)
	h := &Problem{Solver: s, n: n, features: width, rows: rows, labels: labels, weights: weights, part: partOf(n)}
	var err error
	if h.Compile, err = network.Compile(nil, s.exec, shapes.Make(network.Float32, h.part, width),
		shapes.Make(dtypes.Int32, h.part),
		shapes.Make(network.Float32, h.part), shapes.Make(network.Float32, width, s.classes),
		shapes.Make(network.Float32, s.classes)); err != nil {
		return nil, err
	}
	h.mean, h.scale = rows.moments(width)
	for first := 0; first < n && n <= maxResident; first += h.part {
		b, err := h.batch(first)
		if err != nil {
			h.Close()
			return nil, err
		}
		h.resident = append(h.resident, b)
	}
	return h, nil
}

// batch is the part of the images from first on.
func (h *Problem) batch(first int) (batch, error) {
	count := min(h.part, h.n-first)
	labels, weights := make([]int32, h.part), make([]float32, h.part)
	for i := range count {
		labels[i] = int32(h.labels[first+i])
	}
	copy(weights, h.weights[first:first+count])
	b := batch{tensors.FromShape(shapes.Make(network.Float32, h.part, h.features)),
		tensors.FromFlatDataAndDimensions(labels, h.part), tensors.FromFlatDataAndDimensions(weights, h.part)}
	err := tensors.MutableFlatData(b.x, func(x []float32) { h.standardise(x, first, count) })
	if err != nil {
		b.free()
		return b, fmt.Errorf("logreg: %w", err)
	}
	return b, nil
}

// standardise writes the rows of count images from first on to x, on all cores.
func (h *Problem) standardise(x []float32, first, count int) {
	mean, scale := make([]float32, h.features), make([]float32, h.features)
	for j := range mean {
		mean[j], scale[j] = float32(h.mean[j]), float32(h.scale[j])
	}
	var group sync.WaitGroup
	workers := runtime.GOMAXPROCS(0)
	for w := range workers {
		group.Go(func() {
			for i := w; i < count; i += workers {
				row := x[i*h.features : (i+1)*h.features]
				h.rows.read(row, first+i)
				for j, v := range row {
					row[j] = (v - mean[j]) * scale[j]
				}
			}
		})
	}
	group.Wait()
}

// Close frees the features in the device's memory.
func (h *Problem) Close() {
	for _, b := range h.resident {
		b.free()
	}
}

// Fit is the outcome for one strength.
type Fit struct {
	C      float64
	Loss   float64 // training loss without the penalty
	Params []float64
	Took   time.Duration
}

// evaluate returns the mean weighted loss at params (kernel row-major, then bias) and writes its
// gradient.
func (h *Problem) evaluate(params, gradient []float64) (float64, error) {
	split := h.features * h.classes
	single := make([]float32, len(params))
	for i, v := range params {
		single[i] = float32(v)
	}
	w := tensors.FromFlatDataAndDimensions(single[:split], h.features, h.classes)
	b := tensors.FromFlatDataAndDimensions(single[split:], h.classes)
	loss := 0.0
	clear(gradient)
	for k := 0; k*h.part < h.n; k++ {
		part, err := h.add(k, w, b, gradient)
		if err != nil {
			return 0, fmt.Errorf("logreg: %w", err)
		}
		loss += part
	}
	return loss, nil
}

// add returns what part k of the images adds to the mean loss, and adds what it does to the
// gradient.
func (h *Problem) add(k int, w, b *tensors.Tensor, gradient []float64) (float64, error) {
	var in batch
	var err error
	if h.resident != nil {
		in = h.resident[k]
	} else {
		if in, err = h.batch(k * h.part); err != nil {
			return 0, err
		}
		defer in.free()
	}
	out, err := engine.Call(h.exec, in.x, in.labels, in.weights, w, b)
	if err != nil {
		return 0, err
	}
	defer engine.Free(out...)
	var loss float64
	if err := engine.Try(func() { loss = float64(tensors.ToScalar[float32](out[0])) }); err != nil {
		return 0, err
	}
	for i, at := range []int{0, h.features * h.classes} {
		part, err := tensors.CopyFlatData[float32](out[i+1])
		if err != nil {
			return 0, err
		}
		for j, v := range part {
			gradient[at+j] += float64(v) / float64(h.n)
		}
	}
	return loss / float64(h.n), nil
}

// Fit minimises the objective for one strength with L-BFGS from start (nil: zero).
func (h *Problem) Fit(ctx context.Context, c float64, start []float64) (Fit, error) {
	began := time.Now()
	size := (h.features + 1) * h.classes
	if start == nil {
		start = make([]float64, size)
	}
	penalty := 1 / (c * float64(h.n))
	kernel := h.features * h.classes
	var failed error
	var last, lastGradient []float64
	var lastLoss, value float64
	at := func(x []float64) {
		if failed == nil {
			failed = ctx.Err()
		}
		if failed != nil || slices.Equal(x, last) {
			return
		}
		last, lastGradient = slices.Clone(x), make([]float64, size)
		if lastLoss, failed = h.evaluate(x, lastGradient); failed != nil {
			return
		}
		value = lastLoss
		for i, w := range x[:kernel] {
			value += 0.5 * penalty * w * w
			lastGradient[i] += penalty * w
		}
	}
	problem := optimize.Problem{
		Func:   func(x []float64) float64 { at(x); return value },
		Grad:   func(g, x []float64) { at(x); copy(g, lastGradient) },
		Status: func() (optimize.Status, error) { return statusOf(failed), failed },
	}
	settings := &optimize.Settings{MajorIterations: iterations, GradientThreshold: tolerance}
	result, err := optimize.Minimize(problem, start, settings, &optimize.LBFGS{})
	if failed != nil {
		return Fit{}, failed
	}
	if result == nil {
		return Fit{}, fmt.Errorf("logreg: %w", errors.Join(errors.New("logistic regression did not converge"), err))
	}
	at(result.X) // a line search that ends at the limit of float32 still leaves its best point
	return Fit{C: c, Loss: lastLoss, Params: result.X, Took: time.Since(began)}, failed
}

func statusOf(err error) optimize.Status {
	if err != nil {
		return optimize.Failure
	}
	return optimize.NotTerminated
}

// Tensors folds the standardisation into the classifier: it then takes plain features.
func (h *Problem) Tensors(params []float64) map[string]safetensors.Tensor {
	kernel := make([]float32, h.features*h.classes)
	bias := make([]float32, h.classes)
	for k := range h.classes {
		sum := params[h.features*h.classes+k]
		for j := range h.features {
			w := params[j*h.classes+k] * h.scale[j]
			kernel[j*h.classes+k] = float32(w)
			sum -= w * h.mean[j]
		}
		bias[k] = float32(sum)
	}
	return map[string]safetensors.Tensor{
		network.HeadKernel: {Shape: []int{h.features, h.classes}, Data: kernel},
		network.HeadBias:   {Shape: []int{h.classes}, Data: bias},
	}
}

// Probabilities applies a classifier to features and returns probabilities `[n][classes]`.
func Probabilities(head map[string]safetensors.Tensor, x Features) [][]float64 {
	kernel, bias := head[network.HeadKernel], head[network.HeadBias].Data
	width, classes := kernel.Shape[0], kernel.Shape[1]
	row := make([]float32, width)
	out := make([][]float64, len(x))
	for i := range out {
		y := make([]float64, classes)
		for k, b := range bias {
			y[k] = float64(b)
		}
		x.read(row, i)
		for j, v := range row {
			for k, w := range kernel.Data[j*classes : (j+1)*classes] {
				y[k] += float64(v) * float64(w)
			}
		}
		out[i] = network.SoftmaxRow(y)
	}
	return out
}
