package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"imagelab/lib/asset"
	"imagelab/lib/backbone"
	"imagelab/lib/dataset"
	"imagelab/lib/dedup"
	"imagelab/lib/figure"
	"imagelab/lib/finetune"
	"imagelab/lib/folder"
	"imagelab/lib/metric"
	"imagelab/lib/report"
	"imagelab/lib/runlog"
	"imagelab/lib/text"
)

// newTrainCmd is `imagelab train`.
func newTrainCmd(a *app) *cobra.Command {
	c := finetune.Default()
	var out string
	var allowLeak bool
	cmd := &cobra.Command{
		Use:   "train DIR --out RUN",
		Short: "Fine-tune a pretrained network; the validation photos choose the settings",
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
				return usageError{fmt.Errorf("train needs --out RUN, the folder for the result, such as runs/a")}
			}
			if _, _, err := c.Resolve(); err != nil {
				return usageError{err}
			}
			if err := checkEffects(cmd.Flags(), c, c.Cut); err != nil {
				return usageError{err}
			}
			s, err := dataset.LoadQuiet(cmd.Context(), args[0], a.progress)
			if err != nil {
				return err
			}
			if err := checkOut(out, folder.Run, s.Root); err != nil {
				return err
			}
			return train(cmd.Context(), a, finetune.Data{Set: s, AllowLeak: allowLeak}, c, out)
		},
	}
	addConfigFlags(cmd.Flags(), &c)
	cmd.Flags().StringVarP(&out, "out", "o", "", "folder `RUN` for model, record and report")
	cmd.Flags().BoolVar(&allowLeak, "allow-leak", false,
		"train although the same photos are on two sides; only to measure how much this inflates accuracy")
	return cmd
}

// addConfigFlags offers every setting of a fit; the values in c are the defaults.
func addConfigFlags(f *pflag.FlagSet, c *finetune.Config) {
	f.StringVar(&c.Backbone, "backbone", c.Backbone, "one of "+strings.Join(backbone.Names(), ", "))
	f.StringVar(&c.Cut, "cut", c.Cut, "first `stage` that is trained: head, stem, stage1 ... stage7, top, or all")
	f.IntVar(&c.Size, "size", c.Size, "side of the network's input, `pixels` (0: the backbone's own)")
	f.Float64Var(&c.CropFraction, "crop-fraction", c.CropFraction,
		"side of the centre crop, as a share of the short side (0: the backbone's own, 1: the whole square)")
	f.IntVar(&c.Views, "views", c.Views, "how many augmented copies of each photo pass the frozen stages (0: none)")
	f.IntVar(&c.Epochs, "epochs", c.Epochs, "passes over the training photos")
	f.IntVar(&c.Steps, "steps", c.Steps, "train for this many steps instead of --epochs (0: use --epochs)")
	f.IntVar(&c.Batch, "batch", c.Batch, "photos per training step")
	f.Float64Var(&c.LR, "lr", c.LR, "peak learning rate of the trained stages")
	f.Float64Var(&c.HeadLR, "head-lr", c.HeadLR, "learning rate of the classifier, as a multiple of --lr")
	f.Float64Var(&c.WeightDecay, "weight-decay", c.WeightDecay, "weight decay of AdamW; applies to kernels only")
	f.Float64Var(&c.LabelSmoothing, "label-smoothing", c.LabelSmoothing,
		"label smoothing: share of the target probability that is spread over all classes")
	f.Float64Var(&c.Balance, "balance", c.Balance, "0: every photo counts the same; 1: every class counts the same")
	f.Float64Var(&c.Augment.Crop, "crop", c.Augment.Crop,
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
	f.StringVar(&c.Precision, "precision", cmp.Or(c.Precision, finetune.Float32),
		"number `type` of training, float32 or bfloat16 (meant for GPUs)")
	f.Uint64Var(&c.Seed, "seed", c.Seed, "seed for shuffling and augmentation")
}

// train fits, prints what was found and writes the report.
func train(ctx context.Context, a *app, d finetune.Data, c finetune.Config, out string) error {
	ctx, release, err := finetune.Hold(ctx, out, a.progress)
	if err != nil {
		return err
	}
	defer release()
	if err := checkOut(out, folder.Run, d.Set.Root); err != nil { // as it is now that it is held
		return err
	}
	e, err := openEngine(ctx, a)
	if err != nil {
		return err
	}
	defer e.Close()
	observer := finetune.Observer{
		Progress: a.progress,
		Epoch: func(e runlog.Epoch) {
			name := fmt.Sprintf("epoch %d", e.Epoch)
			if e.Phase == "head" {
				name = fmt.Sprintf("head, C = %g", e.LR)
			}
			fmt.Fprintf(a.stderr, "%s: training loss %.3f, validation loss %.3f, top-1 %.2f %%\n", name, e.TrainLoss, e.ValLoss, 100*e.ValTop1)
		},
		Finished: func(runlog.Record) {
			fmt.Fprintf(a.stderr, "note: %s was finished before, and nothing was trained; delete it to train again\n", text.Name(out))
		},
	}
	noteDedup(a, d.Set)
	m, record, err := finetune.Run(ctx, e, d, c, out, observer)
	if err != nil && m != nil {
		fmt.Fprintf(a.stderr, "kept so far: %s, validation %s\n", text.Name(filepath.Join(out, "model")), describe(record.Val))
	}
	if err != nil {
		return err
	}
	if err := writeReport(ctx, a, out, d.Set, record, nil); err != nil {
		return err
	}
	fmt.Fprintf(a.stdout, "validation: %s\n", describe(record.Val))
	if kept := record.KeptText(); kept != "" {
		fmt.Fprintln(a.stdout, kept)
	}
	fmt.Fprintln(a.stdout, "the validation images also chose the model: eval on the test images says what to expect on new photos")
	fmt.Fprintf(a.stdout, "model: %s\nlook at %s\nnext: imagelab eval %s %s\n",
		text.Name(filepath.Join(out, "model")), text.Name(filepath.Join(out, "report.html")), word(out), word(d.Set.Dir))
	return nil
}

// describe puts a result into words.
func describe(r metric.Result) string {
	images := plural(r.N, "image")
	if r.Groups > 0 {
		images += " in " + plural(r.Groups, "group")
	}
	return fmt.Sprintf("top-1 %.2f %% (95 %% interval %.1f to %.1f, %s), balanced accuracy %.2f %%, log loss %.3f, calibration error %.3f",
		100*r.Top1, 100*r.Interval[0], 100*r.Interval[1], images, 100*r.Balanced, r.LogLoss, r.ECE)
}

// writeReport writes the page of a run, and its figures as files beside it.
func writeReport(ctx context.Context, a *app, run string, s *dataset.Set, record runlog.Record, test *metric.Result) error {
	duplicates, err := dedup.Load(s.Dir)
	if err != nil || !duplicates.Fits(s) {
		duplicates = dedup.Result{} // a set that was never deduplicated, or was ingested again, has none to show
	}
	in := report.Input{Set: s, Record: record, Test: test, Duplicates: duplicates, License: license(s), Progress: a.progress}
	if err := report.Write(ctx, filepath.Join(run, "report.html"), in); err != nil {
		return err
	}
	result := record.Val
	if test = cmp.Or(test, record.Test); test != nil {
		result = *test
	}
	return errors.Join(
		figure.Confusion(result).Save(filepath.Join(run, "confusion.svg")),
		figure.AccuracyCurve(record).Save(filepath.Join(run, "accuracy.svg")),
		figure.LossCurve(record).Save(filepath.Join(run, "loss.svg")))
}

// license is that of the photos when they come from the cache of pinned data sets.
func license(s *dataset.Set) string {
	for _, ref := range asset.Catalogue() {
		if path, ok := asset.Cached(ref.Name); ok && path == s.Root {
			return ref.License
		}
	}
	return ""
}
