// Command checkpoints asks: which weights should a fit keep: those of the epoch with the least
// validation loss, those after the last epoch, or the mean over several epochs?
//
// Settings: one fit of the default recipe on each of 10 splits of clothing (65 % training, 15 %
// validation, 20 % test), and of recipe.Cells on each of 5 splits of solar. The test images judge
// every rule on the same fit.
//
//	go run ./experiments/checkpoints [-quick]
//
// Result (2 cores of an Intel Xeon, 2026-11-26, commit cbf0f02 for clothing and abfda3f for solar;
// clothing.csv and solar.csv; mean top-1 of 682 and 524 test images over the splits, its 95 %
// interval corrected for their overlap, and the worst split): clothing: head alone 86.7 % (84.9 to
// 88.6), worst 84.5; least validation loss 91.6 % (90.0 to 93.1), worst 89.4; last epoch 91.9 %
// (90.8 to 93.0), worst 90.6; mean of the last quarter 91.8 %, of the last half 91.7 %, of three
// quarters 91.7 %. Against the last epoch on the same fits, the least validation loss is worse by
// 0.3 points (-0.6 to 1.2) and the means by 0.0 to 0.2: nothing is better than the last epoch,
// which is the rule in use. The splits shared the activations of the frozen stages, which saves
// their computing and draws other augmented views than this command does.
//
// Solar, the first four splits: head alone 85.6 % (83.8 to 87.4), worst 84.7; least validation loss
// 88.5 % (86.7 to 90.2), worst 87.4; last epoch 89.2 % (85.8 to 92.6), worst 87.4; means of epochs
// 88.9 %, 88.9 % and 88.9 %. Against the last epoch the least validation loss is worse by 0.8
// points (-0.9 to 2.4), the means by 0.3 to 0.3.
//
// With -heads SETS it asks the same of the head: should the strengths of regularisation that a fit
// tries be averaged, where validation is too small to choose one? Classifiers on frozen features,
// 10 splits, a small and the usual share of the photos for validation; heads.csv. Top-1 on the test
// images of the chosen strength, which is the rule in use, and by how many points another rule is
// better or worse:
//
//	go run ./experiments/checkpoints -heads foods
//
// Result (2 cores of the same Intel Xeon, 2026-11-27, commit 1f70f42 and this option; 118 test
// images):
//
//	foods, 4 %: chosen 69.7 %; mean probability +0.8 (-1.4 to +2.9), mean weights +0.6, by likelihood +0.3
//	foods, 15 %: chosen 70.4 %; mean probability -0.2 (-1.3 to +0.9), mean weights -0.4, by likelihood -0.5
//
// No rule is better than choosing by more than chance, so nothing was changed. Solar and clothing
// were not tried.
package main

import (
	"context"
	"flag"
	"strings"

	_ "imagelab/lib/engine/malloc" // before there are threads
	"imagelab/lib/finetune"
	"imagelab/lib/lab"
	"imagelab/lib/recipe"
	"imagelab/lib/split"
)

// options are the flags of this experiment.
type options struct{ heads string }

func main() {
	var o options
	lab.Main("checkpoints", o.run, func(f *flag.FlagSet) {
		f.StringVar(&o.heads, "heads", "",
			"compare what classifiers on frozen features make of several strengths, on these `sets`, such as clothing,foods")
	})
}

func (o *options) run(ctx context.Context, l *lab.Lab) error {
	if o.heads != "" {
		return compareHeads(ctx, l, strings.Split(o.heads, ","))
	}
	return compareEpochs(ctx, l)
}

// compareEpochs judges the weights after different epochs.
func compareEpochs(ctx context.Context, l *lab.Lab) error {
	settings := []struct {
		photos lab.Photos
		config recipe.Config
		splits int
	}{{lab.Photos{Name: "clothing"}, recipe.Default(), 10}, {lab.Photos{Name: "solar"}, recipe.Cells(), 5}}
	if l.Quick {
		c := recipe.Default()
		c.Size, c.Cut, c.CachedViews, c.Epochs = 64, "stage7", 0, 3
		settings = settings[:1]
		settings[0].photos, settings[0].config, settings[0].splits = lab.Photos{Name: "foods", MinPerClass: 4}, c, 1
	}
	for _, setting := range settings {
		for seed := 1; seed <= setting.splits; seed++ {
			set, err := l.Prepare(ctx, setting.photos, split.Options{Val: 0.15, Test: 0.20, Seed: uint64(seed), Redo: true})
			if err != nil {
				return err
			}
			setting.config.Seed = uint64(seed)
			if err := judge(ctx, l, setting.photos.Name, finetune.Data{Set: set, EvaluateOnTest: true},
				setting.config); err != nil {
				return err
			}
		}
	}
	records, err := l.Records()
	if err != nil {
		return err
	}
	return l.ShowSettings(lab.SettingsPage{Question: "Which weights should a fit keep?",
		Title:   "Which weights should a fit keep?",
		Caption: "Mean over splits with its 95 % interval, overlap allowed for; dots: splits.",
		Heading: "Test accuracy by rule", Table: "Rules"}, records)
}
