//go:build linux

// Command attack asks: does imagelab lose data, use damaged data or hang when it is attacked?
//
// Campaigns, in this order: flip damages each file that imagelab reads; pair runs two commands on
// one folder; mutant gives damaged photos and decompression bombs to ingest and predict; kill ends
// commands at random times and at each step of a write, half of them with a power failure; limit
// takes away disk space, permissions, open files, memory and cores. Each trial is compared with an
// undisturbed run of all commands on 26 generated photos in pure Go. -seed decides everything but
// the timing of a busy machine. A trial that fails is printed with the command that repeats it, and
// the exit code is 1.
//
// Power failures are simulated. A build with the tag attack records what it has synced
// (lib/internal/atomicfile). After a kill, everything else that it wrote is lost with a probability
// of 50 %: pages become zero, files end early, names are gone or are those of the files before,
// deleted files are back. Not simulated are disks that report a sync they did not do, new folders
// that vanish (they are on the disk when a name in them is), and files of the cache, where fetch
// writes.
//
//	go run ./experiments/attack [-quick] [-seed 1] [-only kill,flip] [-trial 17] [-for 3h] [-engine xla:cpu]
//
// Result (2 shared cores of an Intel Xeon with AVX-512, 2026-11-26, commit 981a710, seed 1;
// attack.csv): trials and failures.
//
//	pairs of programs on one folder                              91   0
//	damaged photos and bombs, by ingest or predict              264   0
//	kills and power failures (140 kills met a living process)   175   0
//	the same with seed 2, commit 6d577fa                        175   0
//	full disk, read-only, few files, little memory, one core    105   0
//
// Earlier runs found two faults, which are fixed: a run that was killed after writing its record
// kept its checkpoint, and a run whose model could not be written to a full disk was later refused
// as a folder with other files.
//
// No record was kept of the flips, truncations and zeroings of commit 981a710: they were stopped
// after 168 of 256, none of which succeeded.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
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
	_ "imagelab/lib/engine/malloc" // before there are threads
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
	f.StringVar(&o.only, "only", "", "`campaigns` to do, of "+strings.Join(kinds, ",")+" (default all)")
	f.IntVar(&o.trial, "trial", -1, "`number` of the one trial to do, of each campaign")
	f.DurationVar(&o.length, "for", 0, "go on with further seeds for so long, such as 3h (0: one round)")
	f.StringVar(&o.engine, "engine", "go", "what GOMLX_BACKEND names for the attacked program: go or xla:cpu")
}

func main() {
	var o options
	lab.Main("attack", o.run, o.flags)
}

func (o *options) run(ctx context.Context, l *lab.Lab) error {
	names, err := o.chosen()
	if err != nil {
		return err
	}
	t, err := target.New(ctx, filepath.Join(l.Dir, "target"), o.engine, l.Progress)
	if err != nil {
		return err
	}
	var results []campaign.Result
	began := time.Now()
	for seed := o.seed; seed == o.seed || time.Since(began) < o.length; seed++ {
		for _, name := range names {
			c, err := prepare(ctx, t, name, l.Quick)
			if err != nil {
				return err
			}
			done, err := campaign.Run(ctx, c, seed, o.trial, l.Progress, func(r campaign.Result) { tell(l, r) })
			results = append(results, done...)
			saved := l.SaveCSV("attack.csv", campaign.Header, campaign.Rows(results))
			if err := errors.Join(err, saved); err != nil {
				return err
			}
		}
	}
	fmt.Fprint(l.Stdout, campaign.Table(results))
	if n := campaign.Fallen(results); n > 0 {
		return fmt.Errorf("%d of %d trials fell; each is named above", n, len(results))
	}
	return nil
}

// kinds are the campaigns, in the order in which they are done.
var kinds = []string{"flip", "pair", "mutant", "kill", "limit"}

// chosen are the campaigns that -only names, or all.
func (o *options) chosen() ([]string, error) {
	if o.only == "" {
		return kinds, nil
	}
	names := strings.Split(o.only, ",")
	for _, name := range names {
		if !slices.Contains(kinds, name) {
			return nil, fmt.Errorf("-only names %q; there are %s", name, strings.Join(kinds, ", "))
		}
	}
	return names, nil
}

// prepare makes a campaign; a quick one has some trials of each kind.
func prepare(ctx context.Context, t *target.Target, name string, quick bool) (c campaign.Campaign, err error) {
	kills, mutants := 5, 110
	if quick {
		kills, mutants = 1, 6
	}
	every := 1 // of so many trials one is made in a quick run
	switch name {
	case "flip":
		every = 34
		c, err = flip.Campaign(ctx, t)
	case "pair":
		every = 18
		c = pair.Campaign(t)
	case "mutant":
		every = 3
		c, err = mutant.Campaign(ctx, t, mutants)
	case "kill":
		every = 4
		c = kill.Campaign(t, kills)
	case "limit":
		every = 10
		c = limit.Campaign(t)
	}
	if quick {
		c.Trials = campaign.Some(c.Trials, every)
	}
	return c, err
}

// tell names a trial that fell, and how to see it again.
func tell(l *lab.Lab, r campaign.Result) {
	if !r.Held {
		fmt.Fprintf(l.Stdout, "fell: %s\n  %s\n  again: %s\n  then: %s\n", r.Trial, r.Detail, r.Again(l.Quick), r.Command)
	}
}
