package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"imagelab/lib/backbone"
	"imagelab/lib/dataset"
	"imagelab/lib/finetune"
	"imagelab/lib/lab"
	"imagelab/lib/recipe"
	"imagelab/lib/text"
)

// newTrainCmd is `imagelab train`.
func newTrainCmd(a *app) *cobra.Command {
	c := recipe.Default()
	var out, preset string
	var allowLeak, asJSON bool
	cmd := &cobra.Command{
		Use:   "train DIR --out RUN",
		Short: "Fine-tune a pretrained network; validation photos choose settings",
		Long: `Train fits a classifier to the training photos of a split set and measures it on the validation photos. It
does not read the test photos; use eval for that.

--cut names the first stage of the network that is trained. The stages before it stay frozen, and are computed once
for each photo. Training first fits a classifier (the head) to the frozen features, then trains the stages from the
cut on.
  --cut head     train the classifier only: seconds, once the features are computed
  --cut stage6   train the last two stages of blocks too (the default): minutes
  --cut all      train everything: best with a GPU, or when the photos look nothing like ImageNet

RUN receives the model, a record with every number, and report.html. Ctrl-C keeps what is done, and the same command
continues. Train refuses a split that has a photo, a copy of it, or a group on two sides.`,
		Example: `  imagelab train data/mine --out runs/a
  imagelab train data/mine --out runs/head --cut head
  imagelab train data/cells --out runs/b --flip-v --crop 0 --crop-fraction 1 --views 3 --epochs 12 --tta`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if out == "" {
				return usageError{errors.New("train needs --out RUN, the folder for the result, such as runs/a")}
			}
			if preset != "" {
				if err := usePreset(cmd.Flags(), &c, preset); err != nil {
					return usageError{err}
				}
			}
			if spec, err := backbone.Lookup(c.Backbone); err == nil && !cmd.Flags().Changed("cut") {
				c.Cut = spec.Cut
			}
			if _, err := finetune.Resolve(c); err != nil {
				return usageError{err}
			}
			if err := checkEffects(cmd.Flags(), c, c.Cut); err != nil {
				return usageError{err}
			}
			s, err := dataset.LoadQuiet(cmd.Context(), args[0], a.progress)
			if err != nil {
				return err
			}
			return train(cmd.Context(), a, s, lab.Recipe{Config: c, AllowLeak: allowLeak, Out: out}, asJSON)
		},
	}
	addConfigFlags(cmd.Flags(), &c)
	cmd.Flags().StringVarP(&out, "out", "o", "", "folder `RUN` for model, record and report")
	addJSON(cmd.Flags(), &asJSON)
	cmd.Flags().StringVar(&preset, "preset", "",
		"backbone and size by `name`, in place of --backbone and --size: see imagelab backbones")
	cmd.Flags().BoolVar(&allowLeak, "allow-leak", false,
		"train although the same photos are on two sides; only to measure how much this inflates accuracy")
	return cmd
}

// usePreset sets backbone and size.
func usePreset(f *pflag.FlagSet, c *recipe.Config, name string) error {
	if f.Changed("backbone") || f.Changed("size") {
		return errors.New("--preset names a backbone and a size: leave out --backbone and --size")
	}
	p, err := recipe.FindPreset(name)
	c.Backbone, c.Size = p.Backbone, p.Size
	return err
}

// addConfigFlags offers every setting of a fit; the values in c are the defaults.
func addConfigFlags(f *pflag.FlagSet, c *recipe.Config) {
	f.StringVar(&c.Backbone, "backbone", c.Backbone, "pretrained `network`, by its name in imagelab backbones")
	f.StringVar(&c.WeightsFile, "weights", c.WeightsFile,
		"`file` of weights to start from, safetensors or .pth, in place of the backbone's pinned ones")
	f.BoolFunc("random-weights", "start from RANDOM weights: to measure speed only, accuracy will be poor",
		func(value string) error {
			random, err := strconv.ParseBool(value)
			if random {
				c.Weights = recipe.RandomWeights
			}
			return err
		})
	f.StringVar(&c.Cut, "cut", c.Cut, "first `stage` that is trained: head, stem, stage1 ... stage7, top, or all")
	f.IntVar(&c.Size, "size", c.Size, "side of the network's input, `pixels` (0: the backbone's own)")
	f.Float64Var(&c.CenterCropFraction, "crop-fraction", c.CenterCropFraction,
		"side of the centre crop, as a share of the short side (0: the backbone's own, 1: the whole square)")
	f.IntVar(&c.CachedViews, "views", c.CachedViews,
		"number of augmented copies of each photo for which frozen features are computed (0: none)")
	f.IntVar(&c.Epochs, "epochs", c.Epochs, "passes over the training photos")
	f.IntVar(&c.Steps, "steps", c.Steps, "train for this many steps instead of --epochs (0: use --epochs)")
	f.IntVar(&c.Batch, "batch", c.Batch, "photos per training step")
	f.Float64Var(&c.LR, "lr", c.LR, "peak learning rate of the trained stages")
	f.Float64Var(&c.HeadLRMultiplier, "head-lr", c.HeadLRMultiplier,
		"learning rate of the classifier, as a multiple of --lr")
	f.Float64Var(&c.WeightDecay, "weight-decay", c.WeightDecay, "weight decay of AdamW; applies to kernels only")
	f.Float64Var(&c.LabelSmoothing, "label-smoothing", c.LabelSmoothing,
		"label smoothing: share of the target probability that is spread over all classes")
	f.Float64Var(&c.Balance, "balance", c.Balance, "0: every photo counts the same; 1: every class counts the same")
	f.Float64Var(&c.Augment.MinScale, "crop", c.Augment.MinScale,
		"random resized crop: smallest side, as a share of the photo (0: none)")
	f.BoolVar(&c.Augment.Flip, "flip", c.Augment.Flip, "flip at random, left to right")
	f.BoolVar(&c.Augment.FlipV, "flip-v", c.Augment.FlipV,
		"flip at random, top to bottom: for photos that have no upright position")
	f.BoolVar(&c.Augment.Rotate90, "rotate90", c.Augment.Rotate90,
		"rotate at random by 90 degrees: for photos that have no upright position")
	f.Float64Var(&c.Augment.Color, "color", c.Augment.Color,
		"colour jitter: vary brightness, contrast and saturation by up to this share")
	f.Float64Var(&c.Augment.Erase, "erase", c.Augment.Erase,
		"random erasing: probability that a rectangle is made grey")
	f.BoolVar(&c.TTA, "tta", c.TTA,
		"test-time augmentation: average the predictions over the flips and rotations used in training; a little "+
			"more accurate, and slower by their number")
	f.StringVar(&c.Precision, "precision", cmp.Or(c.Precision, recipe.Float32),
		"number `type` of products and convolutions: float32, tf32 (GPUs only, as exact as 11 bits) or bfloat16 "+
			"(meant for GPUs)")
	f.Uint64Var(&c.Seed, "seed", c.Seed, "seed for shuffling, and with --cut all for augmentation")
}

// train fits into the folder r.Out and says what came out.
func train(ctx context.Context, a *app, s *dataset.Set, r lab.Recipe, asJSON bool) error {
	l := a.lab()
	defer l.Close()
	run, err := l.Train(ctx, s, r)
	if err != nil {
		return withFlags(err)
	}
	if asJSON {
		return a.json(jsonRun(run))
	}
	fmt.Fprintf(a.stdout, "validation: %s\n", run.Record.Val)
	if kept := run.Record.KeptText(); kept != "" {
		fmt.Fprintln(a.stdout, kept)
	}
	fmt.Fprintln(a.stdout, "the validation images also chose the model: eval on the test images says what to "+
		"expect on new photos")
	fmt.Fprintf(a.stdout, "model: %s\n", text.Name(filepath.Join(run.Dir, "model")))
	if err := a.lookAt(run.Page()); err != nil {
		return err
	}
	_, err = fmt.Fprintf(a.stdout, "next: imagelab eval %s %s\n", word(run.Dir), word(s.Dir))
	return err
}
