package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/pflag"

	"imagelab/lib/dataset"
	"imagelab/lib/part"
	"imagelab/lib/text"
)

// parts are the flags of commands that do a part of their work on the photos of a set.
type parts struct {
	shard part.Shard
	list  string // file
}

// add offers the flags; what says which work is done in parts.
func (ps *parts) add(f *pflag.FlagSet, what string) {
	f.Var(&ps.shard, "shard", what+" of part `I/N` of the photos alone, such as 2/8; without it, parts are put together")
	f.StringVar(&ps.list, "list", "", "with --shard: of the photos that this `file` names alone, a path or sha256 "+
		"in each line")
}

func (ps *parts) check() error {
	if ps.list != "" && ps.shard.Count == 0 {
		return errors.New("--list says of which photos --shard does a part: give --shard too, 1/1 for all of them")
	}
	return nil
}

// do runs work on a part of the set in dir, and prints what was done.
func (ps *parts) do(ctx context.Context, a *app, dir string, asJSON bool,
	work func(s *dataset.Set, list []string) (dataset.PartRead, error)) error {
	s, err := dataset.LoadQuiet(ctx, dir, a.progress)
	if err != nil {
		return err
	}
	list, err := dataset.ReadList(ps.list)
	if err != nil {
		return err
	}
	done, err := work(s, list)
	if err != nil {
		return err
	}
	return a.printPart(ps.shard, done, asJSON)
}

// printPart says what a part holds, and what is next.
func (a *app) printPart(shard part.Shard, done dataset.PartRead, asJSON bool) error {
	if asJSON {
		return a.json(done)
	}
	says := "done, with"
	if done.Before {
		says = "was done before, with"
	}
	_, err := fmt.Fprintf(a.stdout, "part %s %s %s\nwhen all parts are done: the same command without --shard\n",
		shard, says, text.Count(done.Photos, "photo"))
	return err
}
