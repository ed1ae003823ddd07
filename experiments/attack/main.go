// Command attack asks: does imagelab lose, believe or hang on anything when it is attacked?
package main

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"imagelab/experiments/attack/campaign"
	"imagelab/experiments/attack/flip"
	"imagelab/experiments/attack/kill"
	"imagelab/experiments/attack/limit"
	"imagelab/experiments/attack/mutant"
	"imagelab/experiments/attack/pair"
	"imagelab/experiments/attack/target"
	"imagelab/lib/lab"
)

// options are the flags of the script alone.
type options struct {
	seed   uint64
	only   string
	trial  int
	length time.Duration
	engine string
}

func (o *options) flags(f *flag.FlagSet) {
	f.Uint64Var(&o.seed, "seed", 1, "decides what is attacked, and how")
	f.StringVar(&o.only, "only", "", "`campaigns` to do, with commas between them (default all)")
	f.IntVar(&o.trial, "trial", -1, "`number` of the one trial to do, of each campaign")
	f.DurationVar(&o.length, "for", 0, "go on with further seeds for so long, such as 3h (0: one round)")
	f.StringVar(&o.engine, "engine", "go", "what GOMLX_BACKEND names for the attacked program: go or xla:cpu")
}

func main() {
	var o options
	lab.Main("attack", o.run, o.flags)
}

func (o *options) run(ctx context.Context, l *lab.Lab) error {
	began := time.Now()
	t, err := target.New(ctx, filepath.Join(l.Dir, "target"), o.engine, l.Progress)
	if err != nil {
		return err
	}
	var results []campaign.Result
	for seed := o.seed; ; seed++ {
		campaigns, err := o.campaigns(ctx, t, l.Quick)
		if err != nil {
			return err
		}
		for _, c := range campaigns {
			done, err := campaign.Run(ctx, c, seed, o.trial, l.Progress, func(r campaign.Result) { tell(l, r) })
			results = append(results, done...)
			if err != nil {
				return err
			}
		}
		if err := l.SaveCSV("attack.csv", campaign.Header, campaign.Rows(results)); err != nil {
			return err
		}
		if time.Since(began) >= o.length {
			fmt.Fprint(l.Stdout, campaign.Table(campaigns, results))
			break
		}
	}
	if n := campaign.Fallen(results); n > 0 {
		return fmt.Errorf("%d of %d trials fell; each is named above", n, len(results))
	}
	return nil
}

// campaigns are all, or those that -only names; a quick round has some trials of each kind.
func (o *options) campaigns(ctx context.Context, t *target.Target, quick bool) ([]campaign.Campaign, error) {
	kills, mutants := 5, 110
	if quick {
		kills, mutants = 1, 10
	}
	samples, err := t.Source(ctx, "lib/imgset/testdata/foreign")
	if err != nil {
		return nil, err
	}
	make := map[string]func() (campaign.Campaign, error){
		"flip":   func() (campaign.Campaign, error) { return flip.Campaign(ctx, t, quick) },
		"pair":   func() (campaign.Campaign, error) { return pair.Campaign(t, quick), nil },
		"mutant": func() (campaign.Campaign, error) { return mutant.Campaign(t, samples, mutants) },
		"kill":   func() (campaign.Campaign, error) { return kill.Campaign(t, kills), nil },
		"limit":  func() (campaign.Campaign, error) { return limit.Campaign(t, quick), nil },
	}
	names := []string{"flip", "pair", "mutant", "kill", "limit"}
	if o.only != "" {
		names = strings.Split(o.only, ",")
	}
	var all []campaign.Campaign
	for _, name := range names {
		if make[name] == nil {
			return nil, fmt.Errorf("-only names %q; there are %s", name, strings.Join(slices.Sorted(maps.Keys(make)), ", "))
		}
		c, err := make[name]()
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	return all, nil
}

// tell names a trial that fell, and how to see it again.
func tell(l *lab.Lab, r campaign.Result) {
	if !r.Held {
		fmt.Fprintf(l.Stdout, "fell: %s\n  %s\n  again: %s\n  then: %s\n", r.Trial, r.Detail, r.Again(), r.Command)
	}
}
