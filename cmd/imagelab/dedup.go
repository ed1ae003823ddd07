package main

import (
	"cmp"
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"imagelab/lib/dataset"
	"imagelab/lib/dedup"
	"imagelab/lib/dedup/detail"
	"imagelab/lib/engine"
	"imagelab/lib/lab"
	"imagelab/lib/part"
	"imagelab/lib/report"
)

// dedupFlags are the flags of `imagelab dedup`.
type dedupFlags struct {
	dedup.Options
	parts
	tiers  string // names
	judged string // file
	json   bool
}

// newDedupCmd is `imagelab dedup`: copies are found and left out before splitting.
func newDedupCmd(a *app) *cobra.Command {
	o := dedupFlags{Options: dedup.Default()}
	cmd := &cobra.Command{
		Use:   "dedup DIR",
		Short: "Find exact and near duplicates, and leave them out",
		Long: `Dedup compares all photos of the set by bytes, by pixels and by what they look like (a perceptual hash: a
difference hash of 16 x 16 steps of brightness, and 12 x 12 colours). It keeps one photo of each group of copies. A
photo that has two labels is a conflict: all of its copies are left out until you fix the label. Nothing is deleted;
the manifest records the copies, and DIR/duplicates.html shows every group.

Dedup finds copies that were encoded again, resized, mirrored or made grey, and most copies that were made brighter or
have a date printed on them. By default it does not find copies that were cropped, rotated or framed; --tiers
bytes,pixels,hash,embedding does. It computes features of all photos with a pretrained network, at three quarter turns,
and lays photos with near features on each other: copies agree in their details, other photos of the same thing do not.
Photos of different classes say how much agreement is chance, so the threshold fits the set. It takes minutes for
thousands of photos; features are kept. Dedup never finds other photos of the same thing: give those one group (see
imagelab split).

If the photos of a group are not copies, press v and then 0 on one of them in imagelab review, and run dedup again. All
of them are used then, and may be on different sides of the split, except photos with the same pixels. Copies that are
added later are still found.

To know how many photos are left out wrongly, look at the pairs at the end of DIR/duplicates.html, put true or false
as "copy" in DIR/judge.json, and run dedup with --judge DIR/judge.json: it prints the share with its 95 % interval.

The distance of two photos is the number of hash bits that differ, of 512, plus a brightness term: how much one place
is brighter or darker than the other places suggest, in levels of 255. Two photos are never copies if a place has
another colour. --distance 0 accepts only the same bytes or pixels: use it if photos look alike without being copies,
such as those of a fixed camera. A larger distance finds more copies, and more photos that are not copies. Blank photos
are compared by bytes and pixels only. train, curve and tradeoff look for copies on two sides with the same distance
and tiers. Distance and tiers are kept with the set.

Machines that share DIR can compute features together: each runs the same command with another --shard, and the command
without --shard puts the parts together, and compares.

Run this before split: a copy on two sides of a split makes a model look better than it is.`,
		Example: `  imagelab dedup data/mine
  imagelab dedup data/mine --keep largest
  imagelab dedup data/mine --tiers bytes,pixels,hash,embedding
  imagelab dedup data/mine --judge data/mine/judge.json`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return o.run(cmd, a, args[0]) },
	}
	o.addTo(cmd.Flags())
	return cmd
}

func (o *dedupFlags) addTo(f *pflag.FlagSet) {
	f.IntVar(&o.Distance, "distance", o.Distance,
		"photos up to this `distance` are copies, 0 to 64; 0: only the same bytes or pixels")
	f.StringVar(&o.Keep, "keep", o.Keep, "the `photo` of a group that is kept: first or largest")
	f.StringVar(&o.tiers, "tiers", o.TierNames(),
		"how photos are compared: `names` of bytes, pixels, hash, embedding with commas between them")
	f.StringVar(&o.judged, "judge", "", "count what a person said of the pairs in this `file`, and change nothing")
	o.parts.add(f, "take hashes and features")
	addJSON(f, &o.json)
}

func (o *dedupFlags) run(cmd *cobra.Command, a *app, dir string) error {
	var err error
	if o.Tiers, err = dedup.ParseTiers(o.tiers); err != nil {
		return usageError{err}
	}
	if err := o.parts.check(); err != nil {
		return usageError{err}
	}
	if o.judged != "" {
		if err := noEffect(cmd.Flags(), "with --judge", "distance", "keep", "tiers", "shard", "list"); err != nil {
			return usageError{err}
		}
		return judgeCopies(a, dir, o.judged, o.json)
	}
	if err := cmp.Or(oneOf("keep", o.Keep, dedup.KeepFirst, dedup.KeepLargest), o.Validate()); err != nil {
		return usageError{err}
	}
	if o.shard.Count > 0 {
		return dedupPart(cmd, a, dir, o.Options, o.parts, o.json)
	}
	return findDuplicates(cmd, a, dir, o.Options, o.json)
}

// dedupPart takes what is known of a part of the photos alone: hashes that are missing, and
// features if they are compared.
func dedupPart(cmd *cobra.Command, a *app, dir string, options dedup.Options, ps parts, asJSON bool) error {
	ctx, l := cmd.Context(), a.lab()
	defer l.Close()
	return ps.do(ctx, a, dir, asJSON, func(s *dataset.Set, list []string) (part.Done, error) {
		o, _, err := withKeptOptions(s.Dir, options, cmd.Flags())
		if err != nil {
			return part.Done{}, err
		}
		images, err := dataset.Listed(s, s.Images, list)
		if err != nil {
			return part.Done{}, err
		}
		done, err := dataset.HashPart(ctx, s, images, ps.shard, a.progress)
		if err != nil || !o.Has(dedup.TierEmbedding) {
			return done, err
		}
		return lab.Compute(ctx, l, func(e *engine.Engine) (part.Done, error) {
			return detail.Part(ctx, e, s, images, detail.Default(), ps.shard, a.progress)
		})
	})
}

// findDuplicates runs dedup on the set in dir, writes its page and prints what was found. The
// options are those of the flags of cmd.
func findDuplicates(cmd *cobra.Command, a *app, dir string, options dedup.Options, asJSON bool) error {
	ctx, s, release, err := dataset.LoadHeld(cmd.Context(), dir, a.progress)
	if err != nil {
		return err
	}
	defer release()
	o, kept, err := withKeptOptions(s.Dir, options, cmd.Flags())
	if err != nil {
		return err
	}
	r, err := runDedup(ctx, a, s, o)
	if err != nil {
		return err
	}
	page := filepath.Join(s.Dir, "duplicates.html")
	if err := report.WriteDuplicates(ctx, page, s, r); err != nil {
		return err
	}
	if asJSON {
		return a.json(r)
	}
	if kept != "" {
		fmt.Fprintln(a.stdout, kept)
	}
	printDuplicates(a, s.Dir, r)
	if err := a.lookAt(page); err != nil {
		return err
	}
	if len(s.Classes()) > 0 {
		fmt.Fprintf(a.stdout, "next: imagelab split %s\n", word(s.Dir))
	}
	return nil
}

// runDedup runs dedup and keeps the pairs that a person may judge.
func runDedup(ctx context.Context, a *app, s *dataset.Set, o dedup.Options) (dedup.Result, error) {
	l := a.lab()
	defer l.Close()
	r, err := l.Dedup(ctx, s, o)
	if err != nil {
		return r, err
	}
	return r, dedup.SaveJudge(s.Dir, r)
}

// judgeCopies counts the answers of a person about a sample of the copies.
func judgeCopies(a *app, dir, file string, asJSON bool) error {
	judged, err := dedup.LoadJudged(file)
	if err != nil {
		return err
	}
	if asJSON {
		return a.json(judged)
	}
	_, err = fmt.Fprintln(a.stdout, judged)
	return err
}

// withKeptOptions is what dedup last ran with on the set in dir, changed by the flags that were
// given, and a note where that is not what people expect.
func withKeptOptions(dir string, given dedup.Options, flags *pflag.FlagSet) (o dedup.Options, note string, err error) {
	o, ok, err := dedup.Kept(dir)
	if err != nil && !flags.Changed("distance") { // the usual one may call photos copies that were decided to be none
		return o, "", err
	}
	if !ok {
		return given, "", nil
	}
	var kept []string
	if flags.Changed("distance") {
		o.Distance = given.Distance
	} else if o.Distance != given.Distance {
		kept = append(kept, fmt.Sprintf("--distance %d", o.Distance))
	}
	if flags.Changed("keep") {
		o.Keep = given.Keep
	} else if o.Keep != given.Keep {
		kept = append(kept, "--keep "+o.Keep)
	}
	if flags.Changed("tiers") {
		o.Tiers = given.Tiers
	} else if o.TierNames() != given.TierNames() {
		kept = append(kept, "--tiers "+o.TierNames())
	}
	if len(kept) == 0 {
		return o, "", nil
	}
	return o, fmt.Sprintf("note: as before, with %s (usual: --distance %d --keep %s)", strings.Join(kept, " "),
		dedup.Default().Distance, dedup.Default().Keep), nil
}

func printDuplicates(a *app, dir string, r dedup.Result) {
	fmt.Fprintf(a.stdout, "images %d, kept %d, left out %d; ", r.Images, r.Kept, r.Removed)
	if len(r.Groups) == 0 {
		fmt.Fprintln(a.stdout, "no copies were found")
	} else {
		fmt.Fprintf(a.stdout, "photos with copies: %d\n", len(r.Groups))
	}
	if r.Excluded > 0 {
		fmt.Fprintf(a.stdout, "excluded in review, copies or not: %d\n", r.Excluded)
	}
	if r.Conflicts > 0 {
		fmt.Fprintf(a.stdout, "of these with more than one label: %d. Correct their labels with `imagelab review "+
			"%s`, or in their folders and then ingest and dedup again, or go on without their %d images\n",
			r.Conflicts, word(dir), r.Conflicted)
	}
	for _, e := range r.Evidence {
		if alike := e.Alike(); alike != "" {
			fmt.Fprintf(a.stdout, "note: %s Judge the pairs at the end of the page, or leave out the tier.\n", alike)
		}
	}
	if r.Doubt != "" {
		fmt.Fprintf(a.stdout, "note: %s Look at the groups. %s\n", r.Doubt, onlySamePixels(dir))
	}
}

// onlySamePixels says how to keep photos that only look alike.
func onlySamePixels(dir string) string {
	return fmt.Sprintf("To leave out only photos that are the same pixel by pixel: imagelab dedup %s --distance 0",
		word(dir))
}
