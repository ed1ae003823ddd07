// Package finetune trains an image classifier from a pretrained backbone and keeps it as a bundle.
//
// Start with [recipe.Default], [Run] to train into a folder, and [classifier.Load] to open what it
// left. Training happens above a cut: stages below it are frozen and their activations are computed
// once per image and view, so epochs cost only what is trained. First a classifier is fitted to
// frozen features (logistic regression). Then, unless the cut is "head", the stages above the cut
// are trained together with a classifier that starts from zero, the stages at a lower rate. The
// weights after the last epoch are kept, or the classifier on frozen features where that is at
// least as good on the validation images.
//
// What one training step does stands in step.go, from the images of a batch to the optimizer.
package finetune

import (
	"context"
	"fmt"

	"imagelab/lib/backbone"
	"imagelab/lib/internal/network"
	"imagelab/lib/progress"
	"imagelab/lib/recipe"
)

// resolved is a recipe with everything filled in and checked that depends on the backbone.
type resolved struct {
	recipe.Config
	spec backbone.Spec
	cut  int // index of the first stage that is trained, see [backbone.Spec.CutIndex]
}

// inputAt is an input of the network from a stage on: pixels, or activations of the stages below.
func (c resolved) inputAt(stage int) network.Row {
	if stage == 0 {
		return network.Pixels(c.Size)
	}
	return network.Row{Shape: c.spec.Shape(stage, c.Size), Type: network.Float16}
}

// Resolve fills in what depends on the backbone: its full name, its cut where none is named, size
// and centre crop where they are 0. A setting outside its range, and a backbone or cut that does
// not exist, are errors.
func Resolve(c recipe.Config) (recipe.Config, error) {
	r, err := resolve(c)
	return r.Config, err
}

func resolve(c recipe.Config) (resolved, error) {
	spec, err := backbone.Lookup(c.Backbone)
	if err != nil {
		return resolved{Config: c}, fmt.Errorf("finetune: %w", err)
	}
	c.Backbone = spec.Name
	if c.Size == 0 {
		c.Size = spec.Size
	}
	if c.CenterCropFraction == 0 {
		c.CenterCropFraction = spec.CenterCropFraction
	}
	spec.CenterCropFraction = c.CenterCropFraction
	if c.Cut == "" {
		c.Cut = spec.Cut
	}
	if c.Precision == recipe.Float32 {
		c.Precision = "" // the ID of a fit stays what it was before there was a choice
	}
	spec.Precision = c.Precision
	if c.WeightsFile != "" {
		if c.Weights, err = backbone.FileDigest(c.WeightsFile); err != nil {
			return resolved{Config: c}, fmt.Errorf("finetune: %w", err)
		}
	}
	cut, err := spec.CutIndex(c.Cut)
	if err != nil {
		return resolved{Config: c}, fmt.Errorf("finetune: %w", err)
	}
	return resolved{c, spec, cut}, c.Validate()
}

// start reads the weights that training starts from.
func (c resolved) start(ctx context.Context, p progress.Func) (backbone.Weights, error) {
	switch {
	case c.WeightsFile != "":
		return backbone.FromFile(c.spec, c.WeightsFile)
	case c.Weights == recipe.RandomWeights:
		return backbone.Random(c.spec), nil
	case c.Weights != "":
		return nil, fmt.Errorf("finetune: this fit started from a file of weights (%s): name that file again", c.Weights)
	}
	return backbone.Pretrained(ctx, c.spec, p)
}

// shared is c without what may differ between fits on one [Prepared].
func shared(c recipe.Config) recipe.Config {
	c.Epochs, c.Steps, c.Seed = 0, 0, 0
	c.LR, c.HeadLRMultiplier, c.WarmUp, c.WeightDecay, c.LabelSmoothing, c.Balance = 0, 0, 0, 0, 0, 0
	return c
}

// SharePreparation reports whether fits of a and b on one set can run on the same [Prepared]: they
// differ in their schedule and seed only.
func SharePreparation(a, b recipe.Config) bool {
	first, err := resolve(a)
	second, other := resolve(b)
	return err == nil && other == nil && shared(first.Config) == shared(second.Config)
}
