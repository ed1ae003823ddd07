package finetune

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"gonum.org/v1/gonum/optimize"

	"imagelab/lib/engine"
	"imagelab/lib/safetensors"
)

// strengths are the inverse regularisation strengths C that the validation images choose from, as in scikit-learn's
// LogisticRegression: the objective is the mean loss plus |W|²/(2 C n), on standardised features.
var strengths = []float64{0.001, 0.003, 0.01, 0.03, 0.1}

const (
	headIterations = 100  // of L-BFGS for one strength
	headTolerance  = 1e-4 // of the gradient's largest component
)

// headSolver holds the compiled loss of a classifier on features; every fit with as many images shares its code.
type headSolver struct {
	classes int
	exec    *Exec
}

func newHeadSolver(backend compute.Backend, classes int) (*headSolver, error) {
	exec, err := NewExec(backend, func(inputs []*Node) []*Node {
		x, labels, weights, w, b := inputs[0], inputs[1], inputs[2], inputs[3], inputs[4]
		y := Add(Dot(x, w).Product(), ExpandLeftToRank(b, 2))
		losses := Neg(ReduceSum(Mul(OneHot(labels, classes, float32Type), LogSoftmax(y)), -1))
		loss := DivScalar(ReduceAllSum(Mul(losses, weights)), float64(x.Shape().Dimensions[0]))
		return append([]*Node{loss}, Gradient(loss, w, b)...)
	})
	if err != nil {
		return nil, fmt.Errorf("finetune: head: %w", err)
	}
	exec.SetMaxCache(-1) // one for every number of images
	return &headSolver{classes: classes, exec: exec}, nil
}

func (s *headSolver) close() { s.exec.Finalize() }

// headProblem is multinomial logistic regression on frozen features. Features stay on the device; the optimiser runs on
// the host in float64.
type headProblem struct {
	*headSolver
	n, features        int
	mean, scale        []float64 // of the training features, `[features]`
	x, labels, weights *tensors.Tensor
	compile            time.Duration // of the loss for n images, none where an earlier fit had as many
}

// headFit is the outcome for one strength.
type headFit struct {
	C      float64
	Loss   float64 // training loss without the penalty
	params []float64
	took   time.Duration
}

// problem standardises x `[n, features]`, in place, and puts it on the device. weights `[n]` average 1.
func (s *headSolver) problem(x []float32, features int, labels []int, weights []float32) (*headProblem, error) {
	n := len(labels)
	h := &headProblem{headSolver: s, n: n, features: features}
	var err error
	if h.compile, err = compile(nil, s.exec, shapes.Make(float32Type, n, features), shapes.Make(dtypes.Int32, n), shapes.Make(float32Type, n),
		shapes.Make(float32Type, features, s.classes), shapes.Make(float32Type, s.classes)); err != nil {
		return nil, err
	}
	h.mean, h.scale = moments(x, n, features)
	for i, v := range x {
		j := i % features
		x[i] = float32((float64(v) - h.mean[j]) * h.scale[j])
	}
	target := make([]int32, n)
	for i, l := range labels {
		target[i] = int32(l)
	}
	h.x = tensors.FromFlatDataAndDimensions(x, n, features)
	h.labels, h.weights = tensors.FromFlatDataAndDimensions(target, n), tensors.FromFlatDataAndDimensions(weights, n)
	return h, nil
}

func (h *headProblem) close() {
	for _, t := range []*tensors.Tensor{h.x, h.labels, h.weights} {
		_ = t.FinalizeAll() // memory that the collector would free later
	}
}

// moments returns the mean and one over the standard deviation of every column.
func moments(x []float32, n, features int) (mean, scale []float64) {
	mean, scale = make([]float64, features), make([]float64, features)
	for i, v := range x {
		mean[i%features] += float64(v) / float64(n)
	}
	for i, v := range x {
		d := float64(v) - mean[i%features]
		scale[i%features] += d * d / float64(n)
	}
	for j, v := range scale {
		scale[j] = 1 / math.Sqrt(v+1e-6)
	}
	return mean, scale
}

// evaluate returns the mean weighted loss at params (kernel row-major, then bias) and writes its gradient.
func (h *headProblem) evaluate(params, gradient []float64) (float64, error) {
	split := h.features * h.classes
	single := make([]float32, len(params))
	for i, v := range params {
		single[i] = float32(v)
	}
	w := tensors.FromFlatDataAndDimensions(single[:split], h.features, h.classes)
	b := tensors.FromFlatDataAndDimensions(single[split:], h.classes)
	var out []*tensors.Tensor
	var err error
	if tryErr := engine.Try(func() { out, err = h.exec.Call(h.x, h.labels, h.weights, w, b) }); tryErr != nil {
		err = tryErr
	}
	if err != nil {
		return 0, fmt.Errorf("finetune: head: %w", err)
	}
	loss := float64(tensors.ToScalar[float32](out[0]))
	for i, at := range []int{0, split} {
		part, err := tensors.CopyFlatData[float32](out[i+1])
		if err != nil {
			return 0, fmt.Errorf("finetune: head: %w", err)
		}
		for j, v := range part {
			gradient[at+j] = float64(v)
		}
	}
	return loss, nil
}

// fit minimises the objective for one strength with L-BFGS from start (nil: zero).
func (h *headProblem) fit(ctx context.Context, c float64, start []float64) (headFit, error) {
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
	settings := &optimize.Settings{MajorIterations: headIterations, GradientThreshold: headTolerance}
	result, err := optimize.Minimize(problem, start, settings, &optimize.LBFGS{})
	if failed != nil {
		return headFit{}, failed
	}
	if result == nil {
		return headFit{}, fmt.Errorf("finetune: head: %w", errors.Join(errors.New("logistic regression did not converge"), err))
	}
	at(result.X) // a line search that ends at the limit of float32 still leaves its best point
	return headFit{C: c, Loss: lastLoss, params: result.X, took: time.Since(began)}, failed
}

func statusOf(err error) optimize.Status {
	if err != nil {
		return optimize.Failure
	}
	return optimize.NotTerminated
}

// tensors folds the standardisation into the classifier: it then takes plain features.
func (h *headProblem) tensors(params []float64) map[string]safetensors.Tensor {
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
		headKernel: {Shape: []int{h.features, h.classes}, Data: kernel},
		headBias:   {Shape: []int{h.classes}, Data: bias},
	}
}

func zeros(shape ...int) safetensors.Tensor {
	t := safetensors.Tensor{Shape: shape}
	t.Data = make([]float32, t.Size())
	return t
}

// linear applies a classifier to features `[n, features]` and returns probabilities `[n][classes]`.
func linear(head map[string]safetensors.Tensor, x []float32) [][]float64 {
	kernel, bias := head[headKernel], head[headBias].Data
	features, classes := kernel.Shape[0], kernel.Shape[1]
	out := make([][]float64, len(x)/features)
	for i := range out {
		y := make([]float64, classes)
		for k, b := range bias {
			y[k] = float64(b)
		}
		for j, v := range x[i*features : (i+1)*features] {
			for k, w := range kernel.Data[j*classes : (j+1)*classes] {
				y[k] += float64(v) * float64(w)
			}
		}
		out[i] = softmax(y)
	}
	return out
}

// softmax turns logits into probabilities, in place.
func softmax(y []float64) []float64 {
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
