// Package recipe is how a model is trained, as plain data: it can be read, changed and compared
// without an engine. Start with [Default]. Package finetune trains by it.
package recipe

import (
	"errors"
	"slices"

	"imagelab/lib/feed"
)

// Config is everything that decides the outcome of a fit besides the data. It round-trips through
// JSON.
type Config struct {
	Backbone string `json:"backbone"`
	Size     int    `json:"size"` // input side, pixels; 0: the backbone's own
	// CenterCropFraction is the side of the centre crop, as a share of the resized short side. 0: the
	// backbone's own; 1: the whole square.
	CenterCropFraction float64 `json:"crop_fraction"`
	Cut                string  `json:"cut"` // first stage that is trained: "head", a stage, or "all"
	// CachedViews is the number of augmented views whose activations below the cut are kept, beside
	// the plain one.
	CachedViews int `json:"views"`
	Epochs      int `json:"epochs"` // passes over the training images above the cut
	// Steps is the number of training steps, however few the images are. 0: as many as Epochs take.
	Steps            int     `json:"steps,omitempty"`
	Batch            int     `json:"batch"`           // images per step
	LR               float64 `json:"lr"`              // peak learning rate of the backbone's stages
	HeadLRMultiplier float64 `json:"head_lr"`         // learning rate of the classifier, as a multiple of LR
	WarmUp           float64 `json:"warm_up"`         // share of the steps with a rising rate; it then falls as a cosine
	WeightDecay      float64 `json:"weight_decay"`    // AdamW; batch norm and biases are not decayed
	LabelSmoothing   float64 `json:"label_smoothing"` // share of the target spread over all classes (Szegedy et al. 2016)
	// Balance b weighs an image of a class with n images by n^-b. 0: every image counts the same; 1:
	// every class does.
	Balance float64      `json:"balance"`
	Augment feed.Augment `json:"augment"`
	// TTA averages predictions over the flips and quarter turns that Augment allows.
	TTA bool `json:"tta,omitempty"`
	// Precision of products and convolutions: [Float32], [TF32] or [BFloat16]; "" is Float32.
	Precision string `json:"precision,omitempty"`
	// Weights that training starts from: "" the backbone's pinned ones, [RandomWeights], or
	// "sha256:" and the digest of a file. WeightsFile is where that file lies; what reads it fills
	// in its digest.
	Weights     string `json:"weights,omitempty"`
	WeightsFile string `json:"-"`
	Seed        uint64 `json:"seed"` // seed for shuffling and, at cut "all", augmentation
}

// RandomWeights are for measuring speed: a network that never saw a photo. Features of it say
// little.
const RandomWeights = "random"

// Precisions of a network's matrix products and convolutions, in training steps, frozen stages and
// predictions alike. Parameters, logits, loss and all else are float32. TF32 is Float32 but on a
// GPU; BFloat16 is meant for GPUs.
const (
	Float32  = "float32"
	TF32     = "tf32"
	BFloat16 = "bfloat16"
)

// Precisions lists the values of [Config].Precision, the most exact first.
func Precisions() []string { return []string{Float32, TF32, BFloat16} }

// Default is the recipe that `imagelab train` uses: the last two block stages of Lite0, on a plain
// and two augmented views.
func Default() Config {
	return Config{
		Backbone: "efficientnet_lite0", Cut: "stage6", CachedViews: 2, Epochs: 8, Batch: 32,
		LR: 5e-4, HeadLRMultiplier: 5, WarmUp: 0.2, WeightDecay: 0.01, LabelSmoothing: 0.1,
		Augment: feed.Augment{MinScale: 0.6, Flip: true},
	}
}

// Cells is the recipe for photos that look nothing like ImageNet and in which up may be down and
// left right, but rows are not columns, such as electroluminescence of solar cells: longer
// training, views mirrored both ways, in predictions too, and the whole photo seen, rims included.
func Cells() Config {
	c := Default()
	c.CachedViews, c.CenterCropFraction, c.Epochs, c.TTA = 3, 1, 12, true
	c.Augment = feed.Augment{Flip: true, FlipV: true}
	return c
}

// Regimes: what fits on fewer training images have in common with fits on all.
const (
	EqualEpochs = "equal epochs" // every image is seen as often
	EqualSteps  = "equal steps"  // the network takes as many steps
)

// Regime is EqualSteps where the number of steps is given, else EqualEpochs.
func (c Config) Regime() string {
	if c.Steps > 0 {
		return EqualSteps
	}
	return EqualEpochs
}

// Validate reports the first setting that is outside its range. It does not know the backbones and
// their stages: finetune checks those.
func (c Config) Validate() error {
	for _, rule := range []struct {
		ok   bool
		says string
	}{
		{c.Size == 0 || c.Size >= 32 && c.Size <= 1024, "size must lie in 32..1024 pixels"},
		{c.CenterCropFraction == 0 || c.CenterCropFraction >= 0.5 && c.CenterCropFraction <= 1,
			"crop_fraction must lie in 0.5..1"},
		{c.CachedViews >= 0 && c.CachedViews <= 64, "views must lie in 0..64"},
		{c.Epochs >= 1 && c.Epochs <= 10000, "epochs must lie in 1..10000"},
		{c.Steps >= 0 && c.Steps <= 10_000_000, "steps must lie in 0..10,000,000"},
		{c.Steps == 0 || c.Steps >= c.Epochs,
			"steps must be at least as many as epochs: validation comes after every epochs-th part of them"},
		{c.Batch >= 1 && c.Batch <= 4096, "batch must lie in 1..4096"},
		{c.LR > 0 && c.LR < 1, "lr must lie in (0,1)"},
		{c.HeadLRMultiplier > 0 && c.HeadLRMultiplier <= 1000, "head_lr must lie in (0,1000]"},
		{c.WarmUp >= 0 && c.WarmUp < 1, "warm_up must lie in [0,1)"},
		{c.WeightDecay >= 0 && c.WeightDecay <= 100, "weight_decay must lie in [0,100]"},
		{c.LabelSmoothing >= 0 && c.LabelSmoothing < 1, "label_smoothing must lie in [0,1)"},
		{c.Precision == "" || slices.Contains(Precisions(), c.Precision), "precision must be float32, tf32 or bfloat16"},
		{c.Balance >= 0 && c.Balance <= 1, "balance must lie in [0,1]"},
	} {
		if !rule.ok {
			return errors.New("recipe: " + rule.says)
		}
	}
	return c.Augment.Validate()
}
