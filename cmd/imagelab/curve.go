package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"imagelab/lib/backbone"
	"imagelab/lib/curve"
	"imagelab/lib/dataset"
	"imagelab/lib/figure"
	"imagelab/lib/finetune"
	"imagelab/lib/folder"
	"imagelab/lib/report"
	"imagelab/lib/runlog"
	"imagelab/lib/sweep"
	"imagelab/lib/text"
)

// sizesFlag is a list of training-set sizes, images per class; "all" is 0.
type sizesFlag []int

func (s *sizesFlag) String() string {
	var words []string
	for _, n := range *s {
		if n == 0 {
			words = append(words, "all")
		} else {
			words = append(words, strconv.Itoa(n))
		}
	}
	return strings.Join(words, ",")
}

func (s *sizesFlag) Set(list string) error {
	var sizes []int
	for word := range strings.SplitSeq(list, ",") {
		n := 0
		if word = strings.TrimSpace(word); word != "all" {
			var err error
			if n, err = strconv.Atoi(word); err != nil || n < 1 {
				return fmt.Errorf("%q is neither a number of images per class nor all", word)
			}
		}
		sizes = append(sizes, n)
	}
	*s = sizes
	return nil
}

func (s *sizesFlag) Type() string { return "sizes" }

// curveOptions are the choices of `imagelab curve` beside the fit's.
type curveOptions struct {
	out     string
	sizes   sizesFlag
	seeds   int
	regime  string
	options sweep.Options
}

// newCurveCmd is `imagelab curve`: how many images are enough.
func newCurveCmd(a *app) *cobra.Command {
	c := finetune.Default()
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
a record, so a stopped curve continues; --shard 1/2 and --shard 2/2 divide the work between two processes that write
to the same folder.

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
			if err := checkOut(o.out, folder.Curve, s.Root); err != nil {
				return err
			}
			return runCurve(cmd.Context(), a, finetune.Data{Set: s}, c, o)
		},
	}
	addConfigFlags(cmd.Flags(), &c)
	cmd.Flags().Lookup("seed").Hidden = true // --seeds says it
	cmd.Flags().StringVarP(&o.out, "out", "o", "", "folder `RUN` for records, figures and page")
	cmd.Flags().Var(&o.sizes, "sizes",
		"training photos per class, such as 10,50,200,all (default: six or more sizes, each about twice the one "+
			"before, up to all)")
	cmd.Flags().IntVar(&o.seeds, "seeds", o.seeds, "number of fits of each size, each on another random subset")
	cmd.Flags().StringVar(&o.regime, "regime", o.regime,
		"`epochs`: every fit passes over its photos equally often; steps: every fit takes as many training steps "+
			"as the fit on all photos")
	cmd.Flags().Var(&o.options.Shard, "shard", "fit part `I` of N, such as 1/2")
	return cmd
}

func (o curveOptions) check(flags *pflag.FlagSet, c finetune.Config) error {
	if o.out == "" {
		return errors.New("curve needs --out RUN, the folder for the result, such as runs/curve")
	}
	if err := cmp.Or(checkSeeds(o.seeds), oneOf("regime", o.regime, "epochs", "steps"), checkTwice("sizes", o.sizes, strconv.Itoa)); err != nil {
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
	if _, _, err := c.Resolve(); err != nil {
		return err
	}
	return checkEffects(flags, c, c.Cut)
}

// runCurve fits what is missing and writes the page.
func runCurve(ctx context.Context, a *app, d finetune.Data, c finetune.Config, o curveOptions) error {
	if o.regime == "steps" {
		images := len(d.Set.InSplit(dataset.Train))
		c.Steps = c.Epochs * ((images + c.Batch - 1) / c.Batch)
	}
	noteDedup(a, d.Set)
	arms, notes, err := sweep.Curve(d, c, sweep.Plan{Name: "cut " + c.Cut, Sizes: o.sizes, Seeds: o.seeds})
	if err != nil {
		return err
	}
	for _, note := range notes {
		fmt.Fprintln(a.stderr, "note:", note)
	}
	o.options.Dir = o.out
	return runSweep(ctx, a, arms, o.options, folder.Curve, func(_ context.Context, fits sweep.Result) error {
		return drawCurve(a, d, fits, o)
	})
}

// drawCurve prints what the fits say and writes the page.
func drawCurve(a *app, d finetune.Data, records sweep.Result, o curveOptions) error {
	series, err := curve.All(records.Records)
	if err != nil || len(series) == 0 {
		return err
	}
	page := report.Curves("How many images are enough?", series, records.Records)
	page.License = license(d.Set)
	var answers []string
	for _, l := range series {
		answers = append(answers, l.Forecast.Verdict().Text)
		for _, note := range l.Curve.Notes {
			answers = append(answers, "note: "+note)
		}
	}
	if err := figure.LearningCurve(series...).Save(filepath.Join(o.out, "curve.svg")); err != nil {
		return err
	}
	return writeSweep(a, o.out, page, answers)
}

// runSweep runs what is missing of the arms, tells what other shards have still to do, and lets draw write the page of all
// fits that are there then. One process draws at a time, so that no page of fewer fits comes last.
func runSweep(ctx context.Context, a *app, arms []sweep.Arm, o sweep.Options, want folder.Kind, draw func(context.Context, sweep.Result) error) error {
	o.Progress = a.progress
	o.Note = func(note string) { fmt.Fprintln(a.stderr, "note:", note) }
	ctx, release, err := sweep.Hold(ctx, o)
	if err != nil {
		return err
	}
	defer release()
	if err := checkOut(o.Dir, want, ""); err != nil { // as it is now that it is held
		return err
	}
	if err := fitSweep(ctx, a, arms, o); err != nil {
		return err
	}
	ctx, drawn, err := runlog.HoldPages(ctx, o.Dir, a.progress)
	if err != nil {
		return err
	}
	defer drawn()
	r, err := sweep.Recorded(arms, o)
	if err != nil {
		return err
	}
	if r.Missing > 0 {
		fmt.Fprintf(a.stderr, "note: %d of %d fits are missing: they failed, or are another shard's\n", r.Missing, len(arms))
	}
	return draw(ctx, r)
}

func fitSweep(ctx context.Context, a *app, arms []sweep.Arm, o sweep.Options) error {
	e, err := openEngine(ctx, a)
	if err != nil {
		return err
	}
	defer e.Close()
	_, err = sweep.Run(ctx, e, arms, o)
	return err
}

// writeSweep writes the page of a sweep, then prints the answers and where the page is.
func writeSweep(a *app, out string, page report.Sweep, answers []string) error {
	path := filepath.Join(out, "report.html")
	if err := report.WriteSweep(path, page); err != nil {
		return err
	}
	for _, answer := range answers {
		fmt.Fprintln(a.stdout, answer)
	}
	fmt.Fprintf(a.stdout, "look at %s\n", text.Name(path))
	return nil
}
