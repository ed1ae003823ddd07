package main

import (
	"errors"

	"github.com/spf13/pflag"

	"imagelab/lib/lab"
	"imagelab/lib/sweep"
)

// workshare says how several processes share the fits of a sweep.
type workshare struct {
	shard sweep.Shard
	claim bool
}

func (w *workshare) add(f *pflag.FlagSet) {
	f.Var(&w.shard, "shard", "fit part `I` of N, such as 1/2")
	f.BoolVar(&w.claim, "claim", false,
		"fit whatever no other process in RUN is fitting, until all is done; processes may start and die at any time")
}

func (w *workshare) check() error {
	if w.claim && w.shard.Count > 1 {
		return errors.New("--claim takes any fit, --shard only its part: leave out one or the other")
	}
	return nil
}

func (w *workshare) set(l *lab.Lab) {
	l.Shard = w.shard
	if w.claim {
		l.Worker = sweep.NewWorker()
	}
}
