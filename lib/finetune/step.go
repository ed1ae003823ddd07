package finetune

// What one training step does, from top to bottom. [schedule.images] says which images it sees, and
// [side.reader] what is seen of each: a view whose activations below the cut are kept, or pixels
// that [feed.Pixels.Draw] crops, flips and colours anew. [trainer.stepGraph] computes loss and
// gradients, and [update] the new values by AdamW. [trainer.epoch] runs the steps.

import (
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"imagelab/lib/backbone"
	"imagelab/lib/internal/network"
)

// What may change from step to step or from fit to fit without compiling again.
const (
	setLR        = iota // learning rate of the backbone's stages
	setHeadLR           // learning rate of the classifier
	setStep             // counted from 1
	setDecay            // weight decay
	setSmoothing        // label smoothing
	settings            // how many there are
)

// stepGraph is one training step. Inputs: x `[batch, ...]`, labels `[batch]` int32, weights
// `[batch]` (0 for padded rows) and the settings `[settings]` in the order of the constants. It
// returns the weighted sum of the loss and the sum of the weights.
func (t *trainer) stepGraph(scope *model.Scope, inputs []*Node) []*Node {
	x, labels, weights := inputs[0], inputs[1], inputs[2]
	at := func(i int) *Node { return Reshape(Slice(inputs[3], AxisRange(i, i+1))) }
	g := x.Graph()
	y := t.logits(t.spec, scope, x)
	classes := y.Shape().Dimensions[1]
	smoothing := at(setSmoothing)
	target := Add(Mul(OneHot(labels, classes, network.Float32), OneMinus(smoothing)),
		DivScalar(smoothing, float64(classes)))
	losses := Neg(ReduceSum(Mul(target, LogSoftmax(y)), -1))
	sum, weight := ReduceAllSum(Mul(losses, weights)), ReduceAllSum(weights)
	loss := Div(sum, weight)

	names := t.trained()
	values := make([]*Node, len(names))
	for i, name := range names {
		values[i] = scope.GetVariable(name).NodeValue(g)
	}
	u := update{lr: at(setLR), headLR: at(setHeadLR), decay: at(setDecay), names: names, scope: scope}
	u.correct(at(setStep))
	if gradients := Gradient(loss, values...); backbone.FlatUpdate(g.Backend()) {
		u.flat(values, gradients)
	} else {
		u.each(values, gradients)
	}
	return []*Node{sum, weight}
}
