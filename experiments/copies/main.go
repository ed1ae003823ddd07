// Command copies asks: which copies of photos does each tier of dedup find, and what does it take
// for copies that are none?
//
// Settings: photos of foods, solar and clothing on the training side, each with one copy, made by
// one of 33 changes (lookalike.Changes), on the test side, as in a split that leaks; the tiers
// bytes, pixels and hash, and those with embedding; and, with -peers VENV, on the same files,
// imagehash and imagededup with their defaults. A copy is found if it is in the group of its
// photo; a false pair is a photo in the group of another. Peers give pairs. -scale N groups N
// fingerprints instead, of which a tenth are planted copies within the distance, and then looks
// up one more. -index N makes N features, each between two of the first set, a tenth of them
// copies, and measures the index that the tier embedding looks in beyond 50,000 photos.
//
//	go run ./experiments/copies [-quick] [-photos 20] [-sets foods,solar,clothing] [-peers VENV]
//	go run ./experiments/copies -scale 10000000
//	go run ./experiments/copies -index 1000000 -sets clothing
//
// Result (2 shared cores of an Intel Xeon, load 10 to 35, 2026-11-26, commit a0df728, -photos 12
// -sets foods,clothing; copies.csv; phash, dhash: imagehash within 8 of 64 bits; imagededup: PHash
// within 10, its CNN could not be run, since its weights were not at hand). Copies found on foods
// and clothing together, of
//
//	               photos  hash  embedding  phash  dhash  imagededup
//	JPEG              144   132        143    144    144         144
//	formats            96    96         96     96     96          96
//	resized            96    82         82     96     96          96
//	crops             120     0        108      6      9          10
//	flips              48    24         48      0      3           0
//	quarter turns      72     0         72      0      0           0
//	rotations          72     0         65     13     16          20
//	gamma              48    40         48     48     48          48
//	grey               24    24         24     24     24          24
//	caption            24     0         19     16     23          19
//	border             24     0         19      2      3           5
//	screenshot         24     0         20      0      0           1
//	false pairs               0          3      1     63          21
//
// The tier embedding sees of crops to four fifths, flips, quarter turns and rotations 95 % on
// foods (103 of 108) and 97 % on clothing (105 of 108). On solar (2 cores of an AMD EPYC,
// 2026-11-28, commit 85be7b8, as many photos, -sets solar; copies-solar.csv) it is 28 of 108,
// mirrored and turned ones, without a false pair: all cells agree in the lines that they have in
// common, so the threshold is the highest there is.
//
// No record was kept of the pairs of the tier embedding, of which 2 of 173 on foods and none of 176
// on clothing are other photos, nor of -scale 10000000 (commit a0df728, load 5 to 35, random
// fingerprints): all 1,000,000 planted copies found in 13 min 56 s, with 2.4 GiB at most; one more
// photo was compared with all in 0.75 s. Photos have likelier hashes than random ones, which share
// bands more often.
//
// The index was measured on made features, twice: the nearest one was found
//
//   - with -index 100000 -sets foods (features-100000.csv, commit 2fe2f4d), for 498 of 500 photos
//     without a copy and for 500 of 500 copies, at cosine distances of 0.1 to 0.3;
//   - with -index 1000000 -sets clothing (2 cores of an AMD EPYC, 2026-11-28, commit 2123a7f;
//     features-1000000.csv), for 499 of 500 photos without a copy and for 500 of 500 copies. Making
//     the index and looking these up took 2 min 34 s and 10.1 GiB, of which the features are half;
//     comparing them with all took 4 min 16 s.
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
	index  int
}

func (o *options) flags(f *flag.FlagSet) {
	f.IntVar(&o.photos, "photos", 20, "photos that each change is made to, in each set")
	f.StringVar(&o.sets, "sets", "foods,solar,clothing", "`names` of data sets")
	f.StringVar(&o.peers, "peers", "", "folder of a Python `environment` with imagehash and imagededup")
	f.IntVar(&o.scale, "scale", 0, "group so many made fingerprints instead")
	f.IntVar(&o.index, "index", 0, "look up some of so many made features instead")
}

func main() {
	var o options
	lab.Main("copies", o.run, o.flags)
}

func (o *options) run(ctx context.Context, l *lab.Lab) error {
	if o.scale > 0 {
		return scale(ctx, l, o.scale)
	}
	if o.index > 0 {
		first, _, _ := strings.Cut(o.sets, ",")
		return o.features(ctx, l, first)
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
