// Command copies asks: which copies of photos does each tier of dedup find, and what does it take
// for copies that are none?
//
// Arms: photos of foods, solar and clothing on the training side, each with one copy, made by one of
// 33 changes (lookalike.Changes), on the test side, as in a split that leaks; the tiers bytes,
// pixels and hash, and those with embedding; and, with -peers VENV, on the same files, imagehash and
// imagededup with their defaults. A copy is found if it is in the group of its photo; a false pair
// is a photo in the group of another. Peers give pairs. -scale N groups N fingerprints instead, of
// which a tenth are planted copies within the distance, and then looks up one more.
//
//	go run ./experiments/copies [-quick] [-photos 20] [-sets foods,solar,clothing] [-peers VENV]
//	go run ./experiments/copies -scale 10000000
//
// RESULT
package main

import (
	"context"
	"flag"
	"fmt"
	"strings"

	_ "imagelab/lib/engine/malloc" // before there are threads
	"imagelab/lib/figure"
	"imagelab/lib/lab"
)

// options are the flags of this experiment.
type options struct {
	photos int
	sets   string
	peers  string
	scale  int
}

func (o *options) flags(f *flag.FlagSet) {
	f.IntVar(&o.photos, "photos", 20, "photos that each change is made to, in each set")
	f.StringVar(&o.sets, "sets", "foods,solar,clothing", "`names` of data sets")
	f.StringVar(&o.peers, "peers", "", "folder of a Python `environment` with imagehash and imagededup")
	f.IntVar(&o.scale, "scale", 0, "group so many made fingerprints instead")
}

func main() {
	var o options
	lab.Main("copies", o.run, o.flags)
}

func (o *options) run(ctx context.Context, l *lab.Lab) error {
	if o.scale > 0 {
		return scale(ctx, l, o.scale)
	}
	if l.Quick {
		o.photos, o.sets = 1, "foods"
	}
	var all []row
	for name := range strings.SplitSeq(o.sets, ",") {
		rows, err := o.measure(ctx, l, name)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		all = append(all, rows...)
		if err := l.SaveCSV("copies.csv", header, cells(all)); err != nil {
			return err
		}
	}
	fmt.Fprint(l.Stdout, table(all))
	return l.Save("copies.svg", figure.Dots("Copies found by kind of change", below(all), dots(all)...))
}
