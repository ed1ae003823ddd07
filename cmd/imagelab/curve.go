package main

import (
	"cmp"
	"context"
	"errors"
	"strconv"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"imagelab/lib/backbone"
	"imagelab/lib/dataset"
	"imagelab/lib/finetune"
	"imagelab/lib/lab"
	"imagelab/lib/recipe"
)

// curveOptions are the choices of `imagelab curve` beside the fit's.
type curveOptions struct {
	out    string
	sizes  []int // images per class; 0: all
	seeds  int
	regime string
	json   bool
	workshare
}

// newCurveCmd is `imagelab curve`: how many images are enough.
func newCurveCmd(a *app) *cobra.Command {
	c := recipe.Default()
	c.Cut = "head"
	o := curveOptions{seeds: 5, regime: "epochs"}
	cmd := &cobra.Command{
		Use:   "curve DIR --out RUN",
		Short: "Draw the learning curve: how many photos are enough?",
		Long: `Curve trains the same model on subsets of the training photos, from few to all, several times for each size,
and measures every fit on the same test photos. A subset keeps the proportions of the classes: 20 photos a class is
an average. Subsets are nested: the subset of 20 contains the subset of 10.

Curve says whether twice as many photos would help, how many photos one point more takes, and which classes gain most
from new labels, each with an interval. RUN/report.html shows the curve. There is no forecast beyond four times the
photos there are.

The frozen stages of the network are computed once for all fits. Start with the default --cut head: a fit takes
seconds. --cut stage6 trains the last stages as ` + "`imagelab train`" + ` does: a fit takes minutes. Every fit leaves
a record, so a stopped curve continues. To use several machines with a shared folder, start the same command with --claim
on each: it takes the next fit that nobody has, and takes over those of machines that died. --shard 1/2 and --shard 2/2
divide the work beforehand.

If the set has no test photos, the validation photos are used, and the page says so. Curve reads the test photos for
every fit, so do not choose a model by these numbers: use the validation results of ` + "`imagelab runs`" + `.`,
		Example: `  imagelab curve data/mine --out runs/curve
  imagelab curve data/mine --out runs/curve6 --cut stage6 --sizes 10,50,200,all --seeds 3
  imagelab curve data/mine --out runs/steps --cut stage6 --regime steps`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.check(cmd.Flags(), c); err != nil {
				return usageError{err}
			}
			s, err := dataset.LoadQuiet(cmd.Context(), args[0], a.progress)
			if err != nil {
				return err
			}
			return learningCurve(cmd.Context(), a, s, c, o)
		},
	}
	addConfigFlags(cmd.Flags(), &c)
	cmd.Flags().Lookup("seed").Hidden = true // --seeds says it
	cmd.Flags().StringVarP(&o.out, "out", "o", "", "folder `RUN` for records, figures and page")
	cmd.Flags().Var(&numbers{&o.sizes, "all", 1, "a number of images per class", "sizes"}, "sizes",
		"training photos per class, such as 10,50,200,all (default: six or more sizes, each about twice the one "+
			"before, up to all)")
	cmd.Flags().IntVar(&o.seeds, "seeds", o.seeds, "number of fits of each size, each on another random subset")
	cmd.Flags().StringVar(&o.regime, "regime", o.regime,
		"the `rule` that makes fits comparable. epochs: each passes over its photos equally often; steps: each takes as "+
			"many training steps as the fit on all photos")
	addJSON(cmd.Flags(), &o.json)
	o.workshare.add(cmd.Flags())
	return cmd
}

func (o curveOptions) check(flags *pflag.FlagSet, c recipe.Config) error {
	if o.out == "" {
		return errors.New("curve needs --out RUN, the folder for the result, such as runs/curve")
	}
	if err := cmp.Or(o.workshare.check(), checkSeeds(o.seeds), oneOf("regime", o.regime, "epochs", "steps"),
		checkTwice("sizes", o.sizes, strconv.Itoa)); err != nil {
		return err
	}
	if err := insteadOf(flags, map[string]string{"seed": "seeds"}); err != nil {
		return err
	}
	if o.regime == "steps" {
		if err := noEffect(flags, "with --regime steps, which says how many", "steps"); err != nil {
			return err
		}
	}
	if c.Cut == backbone.CutHead {
		if err := noEffect(flags, "where the head alone is fitted (--cut head, the default)", "regime"); err != nil {
			return err
		}
	}
	if _, err := finetune.Resolve(c); err != nil {
		return err
	}
	return checkEffects(flags, c, c.Cut)
}

// learningCurve fits what is missing, writes the page and prints what it says.
func learningCurve(ctx context.Context, a *app, s *dataset.Set, c recipe.Config, o curveOptions) error {
	l := a.lab()
	defer l.Close()
	o.workshare.set(l)
	sizes := lab.Sizes{PerClass: o.sizes, Seeds: o.seeds, EqualSteps: o.regime == "steps"}
	curves, err := l.LearningCurve(ctx, s, lab.Recipe{Config: c, Out: o.out}, sizes)
	if err == nil && l.Trial != nil {
		return a.printTrial(*l.Trial)
	}
	switch {
	case err != nil && !lab.IsPartial(err):
		return withFlags(err)
	case o.json:
		return errors.Join(a.json(jsonCurves(curves)), err)
	case len(curves.Curves) == 0:
		return err
	}
	return errors.Join(a.printAnswer(curves, curves.Page()), err)
}
