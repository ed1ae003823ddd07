package main

import (
	"errors"

	"github.com/spf13/pflag"

	"imagelab/lib/cluster"
	"imagelab/lib/lab"
	"imagelab/lib/part"
	"imagelab/lib/sweep"
)

// workshare says how several processes share the fits of a sweep.
type workshare struct {
	shard part.Shard
	claim bool
	trial bool // for cluster: one fit, and what it took as JSON
}

func (w *workshare) add(f *pflag.FlagSet) {
	f.Var(&w.shard, "shard", "fit part `I/N` alone, such as 1/2")
	w.hidden(f)
	f.BoolVar(&w.claim, "claim", false,
		"fit whatever no other process in RUN is fitting, until all is done; processes may start and die at any time")
}

// hidden offers what only cluster asks for.
func (w *workshare) hidden(f *pflag.FlagSet) {
	f.BoolVar(&w.trial, "trial", false, "make one fit and print what it took")
	_ = f.MarkHidden("trial") // which is there
}

func (w *workshare) check() error {
	if w.claim && w.shard.Count > 1 {
		return errors.New("--claim takes any fit, --shard only its part: leave out one or the other")
	}
	return nil
}

func (w *workshare) set(l *lab.Lab) {
	l.Shard = w.shard
	if w.claim || w.trial {
		l.Worker = sweep.NewWorker()
	}
	if w.trial {
		l.Trial = &lab.Trial{}
	}
}

// printTrial prints what a fit took.
func (a *app) printTrial(t lab.Trial) error {
	seconds, _ := t.Record.Training()
	return a.json(cluster.Trial{Fits: t.Fits, Seconds: seconds, Own: t.Record.Own, Memory: t.Record.PeakMemory})
}
