package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"imagelab/lib/backbone"
	"imagelab/lib/dataset"
	"imagelab/lib/finetune"
	"imagelab/lib/lab"
	"imagelab/lib/latency"
	"imagelab/lib/recipe"
	"imagelab/lib/sweep"
	"imagelab/lib/tradeoff"
)

// tradeoffOptions are the choices of `imagelab tradeoff` beside the fit's.
type tradeoffOptions struct {
	out    string
	grid   sweep.Grid
	quick  bool // of the timing
	field  bool // whether to time the networks that are not trained too
	json   bool
	budget float64 // ms, see tradeoff.Weigh; 0: none
	workshare
}

// newTradeoffCmd is `imagelab tradeoff`: which model is fast enough.
func newTradeoffCmd(a *app) *cobra.Command {
	c := recipe.Default()
	o := tradeoffOptions{grid: sweep.Grid{Backbones: backbone.Ready(), Sizes: []int{128, 0},
		Cuts: []string{"head"}, Seeds: 3}}
	cmd := &cobra.Command{
		Use:   "tradeoff DIR --out RUN",
		Short: "Compare accuracy and speed: which model is fast enough?",
		Long: `Tradeoff trains Lite0 to Lite2, and every other backbone whose weights are in the cache, at every input size
and cut, measures all of them on the same test photos, and times each network on this machine: latency of one photo,
throughput at the best batch size, compile time, memory, and the time of each step of a prediction from a file. A cut
that a network does not have is left out for it.

It says which model to take: the fastest within --budget whose accuracy on the validation photos is at most one
standard error below the best one's. It also says how much worse than the best that model may be on the test photos. The
test photos choose nothing.

With --field it also times the networks whose weights are not in the cache (see imagelab backbones) and the presets,
with random weights, which are as fast. Their own figure and table have the accuracy that was published for ImageNet.
This takes about five minutes more.

The default, a classifier on frozen features (--cuts head), takes minutes; --cuts head,stage6 trains the last stages
too. On a GPU, --precision float32,tf32,bfloat16 compares what exactness costs. Run nothing else on the machine while
it measures times. A stopped comparison continues. You may copy the records of another machine into RUN: the page then
shows both.`,
		Example: `  imagelab tradeoff data/mine --out runs/tradeoff
  imagelab tradeoff data/mine --out runs/tradeoff --backbones lite0,lite2 --sizes 128,192,own --cuts head,stage6`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return o.run(cmd, a, c, args[0]) },
	}
	addConfigFlags(cmd.Flags(), &c)
	for _, name := range []string{"backbone", "size", "cut", "seed"} { // the grid says these
		cmd.Flags().Lookup(name).Hidden = true
	}
	o.addTo(cmd.Flags())
	return cmd
}

func (o *tradeoffOptions) addTo(f *pflag.FlagSet) {
	o.addPrecisions(f)
	f.StringVarP(&o.out, "out", "o", "", "folder `RUN` for records, figures and page")
	f.StringSliceVar(&o.grid.Backbones, "backbones", o.grid.Backbones, "backbones to compare")
	f.Lookup("backbones").DefValue = "Lite0 to Lite2 and those whose weights are in the cache"
	f.Var(&numbers{&o.grid.Sizes, "own", 32, "a side of 32 pixels or more", "pixels"}, "sizes",
		"sides of the network's input; own is the backbone's own size")
	f.StringSliceVar(&o.grid.Cuts, "cuts", o.grid.Cuts,
		"first stages that are trained: head, stage1 ... stage7, top, or all")
	f.IntVar(&o.grid.Seeds, "seeds", o.grid.Seeds,
		"number of fits of each setting that trains more than the head")
	f.Float64Var(&o.budget, "budget", 0,
		"time limit for one photo, milliseconds: 90 % of the network's calls must be as fast (0: no limit)")
	f.BoolVar(&o.quick, "quick", false, "time each network for one second only, to try the command out")
	f.BoolVar(&o.field, "field", false,
		"time the networks that are not trained too, and show their published accuracy beside it")
	addJSON(f, &o.json)
	o.workshare.add(f)
}

// addPrecisions has --precision take several values in place of a fit's one.
func (o *tradeoffOptions) addPrecisions(f *pflag.FlagSet) {
	several := pflag.NewFlagSet("", pflag.ContinueOnError)
	several.StringSliceVar(&o.grid.Precisions, "precision", []string{recipe.Float32},
		"number `types` of products and convolutions to compare: float32, tf32 (GPUs only), bfloat16 (meant for GPUs)")
	several.Lookup("precision").DefValue = recipe.Float32
	*f.Lookup("precision") = *several.Lookup("precision")
}

func (o *tradeoffOptions) run(cmd *cobra.Command, a *app, c recipe.Config, dir string) error {
	if err := o.check(cmd.Flags(), c); err != nil {
		return usageError{err}
	}
	s, err := dataset.LoadQuiet(cmd.Context(), dir, a.progress)
	if err != nil {
		return err
	}
	return o.compare(cmd.Context(), a, s, c)
}

func (o *tradeoffOptions) check(flags *pflag.FlagSet, c recipe.Config) error {
	if o.out == "" {
		return errors.New("tradeoff needs --out RUN, the folder for the result, such as runs/tradeoff")
	}
	if !(o.budget >= 0) || math.IsInf(o.budget, 0) {
		return fmt.Errorf("--budget %g is no time: give milliseconds a photo, such as 10, or 0 for none", o.budget)
	}
	err := cmp.Or(o.workshare.check(), checkSeeds(o.grid.Seeds), checkTwice("sizes", o.grid.Sizes, strconv.Itoa),
		checkTwice("backbones", o.grid.Backbones, strings.Clone), checkTwice("cuts", o.grid.Cuts, strings.Clone),
		checkTwice("precision", o.grid.Precisions, strings.Clone))
	if err != nil {
		return err
	}
	if err := insteadOf(flags, map[string]string{"backbone": "backbones", "size": "sizes", "cut": "cuts",
		"seed": "seeds"}); err != nil {
		return err
	}
	for _, p := range o.grid.Precisions {
		if err := checkPrecision(p); err != nil {
			return err
		}
	}
	if c.WeightsFile != "" && len(o.grid.Backbones) != 1 {
		return errors.New("--weights is the file of one network: name that one with --backbones")
	}
	if _, err := o.grid.Fits(finetune.Data{}, c); err != nil {
		return err
	}
	return checkEffects(flags, c, o.grid.Cuts...)
}

// compare fits and times what is missing, writes the page and prints what to take.
func (o *tradeoffOptions) compare(ctx context.Context, a *app, s *dataset.Set, c recipe.Config) error {
	l := a.lab()
	defer l.Close()
	o.workshare.set(l)
	m := lab.Models{Recipe: lab.Recipe{Config: c, Out: o.out}, Grid: o.grid,
		Budget: time.Duration(o.budget * float64(time.Millisecond))}
	if o.field {
		m.Field = latency.Field()
	}
	if o.quick {
		m.Timing = tradeoff.Quick()
	}
	t, err := l.TradeOff(ctx, s, m)
	switch {
	case err != nil && !lab.IsPartial(err):
		return withFlags(err)
	case l.Trial != nil:
		return a.printTrial(*l.Trial)
	case o.json:
		return errors.Join(a.json(jsonTradeOff(t)), err)
	case len(t.Points) == 0:
		return err
	}
	return errors.Join(a.printAnswer(t, t.Page()), err)
}
