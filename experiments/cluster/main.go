// Command cluster asks: is everything that was planted in many photos found, when many machines
// share the work?
//
// Settings: photos of 256 pixels, each composed of four photos of one class. One in ten has a copy
// on the other side, made by one of 33 changes (lookalike.Changes); one in twenty begins a clip of
// five frames, whose names count them. The photos are read in 8 parts, put together and
// deduplicated, and the audit looks for what dedup does not see. -plant only makes the photos; a
// set in OUT/set that a cluster made of them is checked as it is, with its audit and its proposals
// of groups (.ci/slurm-photos).
//
//	go run ./experiments/cluster [-quick] [-photos 10000] [-from clothing] [-plant] [-audit]
//
// Result (2 shared cores of an Intel Xeon, load 3 to 10, 2026-11-27, commit 48cc01b, found.csv and
// clips.csv; -photos 1500 -from clothing, which makes 1,950 photos; .ci/slurm-photos, with 8
// workers under Slurm, some of which were killed at each step): the set is that of one process,
// byte for byte. dedup found 74 of 150 planted copies, and dedup or audit 140: both missed those
// that were resized to a tenth and half of the strongest crops, as the table of experiments/copies
// says. Pairs of others called copies: 0. groups proposes the clips by what photos show and by
// their names, and either keeps 75 of 75 clips whole, 0 with other photos. The fits of a curve are
// each there once, and equal to those of one process.
//
// Result (2 shared cores of an AMD EPYC, commit 5262c03, and up to the suspects of an Intel Xeon,
// load up to 20, commit 0761bbc, 2026-11-27; found_100000.csv, clips_100000.csv and
// used_100000.csv; -photos 77000 -from clothing, which makes 100,100 photos; .ci/slurm-photos):
// workers were killed 16 times, and the set is that of one process, byte for byte. dedup found 48 %
// of the planted copies, nearly all of those that it is for, and dedup or audit 87 %; both missed
// those that were resized to a tenth and most of the strongest crops, and called 0 pairs of others
// copies. groups keeps 3,850 of 3,850 clips whole by their names, 8 of them with other photos, and
// 3,816 by what photos show, 37 with others. The fits of a curve are each there once, and equal to
// those of one process. In processor minutes, reading took 4.4 in one process and 5.8 in parts,
// dedup 0.2, features 41 in parts, suspects 14 (4.3 GiB), groups 11 with known features (4.3 GiB),
// a curve 8 in one process and 60 by the 5 workers that lived, each of which computed features of
// its own, and the audit 78 (6.6 GiB), much of it for features of turned photos. Workers that found
// nothing left to fit took 97 seconds each; since then a sweep reads the digest of a set once.
package main

import (
	"context"
	"encoding/csv"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"imagelab/lib/audit"
	"imagelab/lib/dataset"
	"imagelab/lib/dedup"
	_ "imagelab/lib/engine/malloc" // before there are threads
	"imagelab/lib/lab"
	"imagelab/lib/part"
	"imagelab/lib/split"
)

// options are the flags of this experiment.
type options struct {
	photos int
	from   string
	plant  bool
	audit  bool
}

func (o *options) flags(f *flag.FlagSet) {
	f.IntVar(&o.photos, "photos", 10_000, "photos to compose, with copies and frames")
	f.StringVar(&o.from, "from", "clothing",
		"data set of the catalogue, or `folder` with a folder per class, to compose photos of")
	f.BoolVar(&o.plant, "plant", false, "make the photos, and no more")
	f.BoolVar(&o.audit, "audit", false, "let the audit look too, which computes features of all photos")
}

func main() {
	var o options
	lab.Main("cluster", o.run, o.flags)
}

func (o *options) run(ctx context.Context, l *lab.Lab) error {
	if l.Quick {
		o.photos, o.from = 120, "foods"
	}
	photos := filepath.Join(l.Dir, "photos")
	planted, err := readPlanted(filepath.Join(l.Dir, plantedFile))
	if errors.Is(err, fs.ErrNotExist) {
		planted, err = o.compose(ctx, l, photos)
	}
	if err != nil || o.plant {
		return err
	}
	s, err := together(ctx, l, photos, filepath.Join(l.Dir, "set"))
	if err != nil {
		return err
	}
	c := newCheck(planted)
	r, err := dedup.Load(s.Dir)
	if err != nil {
		return err
	}
	c.copies(r)
	if err := o.look(ctx, l, s, c); err != nil {
		return err
	}
	fmt.Fprint(l.Stdout, c)
	if err := c.saveClips(l, s); err != nil {
		return err
	}
	return l.SaveCSV("found.csv", foundHeader, c.rows())
}

// look takes the audit that lies beside the set, or makes one where that was asked for.
func (o *options) look(ctx context.Context, l *lab.Lab, s *dataset.Set, c *check) error {
	var a audit.Result
	err := dataset.ReadJSON(filepath.Join(s.Dir, audit.File), &a)
	if (err != nil || a.Digest != s.SplitDigest()) && o.audit {
		e, err := l.Engine(ctx)
		if err != nil {
			return err
		}
		if a, err = audit.Run(ctx, e, s, audit.Default(), l.Progress); err != nil {
			return err
		}
	}
	c.audited(a)
	return nil
}

// saveClips tells which proposals of groups keep the clips together, where there are proposals.
func (c *check) saveClips(l *lab.Lab, s *dataset.Set) error {
	proposals, err := split.Proposals(s)
	if errors.Is(err, split.ErrNoProposals) {
		return nil
	}
	if err != nil {
		return err
	}
	var rows [][]string
	for _, n := range c.clips(s, proposals) {
		rows = append(rows, n.row())
		fmt.Fprintf(l.Stdout, "groups by %s: %d of %d clips whole, %d with other photos\n", n.proposal, n.whole,
			n.planted, n.mixed)
	}
	return l.SaveCSV("clips.csv", clipsHeader, rows)
}

// together is the set of the photos: the one that is there, or one that is made in parts.
func together(ctx context.Context, l *lab.Lab, photos, dir string) (*dataset.Set, error) {
	const shards = 8
	s, err := dataset.Load(dir)
	if err != nil {
		for i := range shards {
			shard := part.Shard{Index: i + 1, Count: shards}
			if _, err := dataset.IngestPart(ctx, photos, dir, dataset.DefaultIngest(), shard, l.Progress); err != nil {
				return nil, err
			}
		}
		if s, err = dataset.Ingest(ctx, photos, dir, dataset.DefaultIngest(), l.Progress); err != nil {
			return nil, err
		}
	}
	if !dedup.Seen(s) {
		_, err = dedup.Run(ctx, s, dedup.Default(), l.Progress)
	}
	return s, err
}

// plantedFile says what each photo is; a comma-separated line for each.
const plantedFile = "planted.csv"

// piece is a photo that was made.
type piece struct {
	path   string // relative to the folder of photos, with slashes
	of     string // path of the photo that it is a copy of; empty: none
	change string // how the copy was changed
	clip   string // name of the clip that it is a frame of; empty: none
}

func readPlanted(file string) ([]piece, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return nil, err
	}
	var out []piece
	for _, r := range rows[1:] {
		out = append(out, piece{r[0], r[1], r[2], r[3]})
	}
	return out, nil
}
