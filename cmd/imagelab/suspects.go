package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"imagelab/lib/active"
	"imagelab/lib/dataset"
	"imagelab/lib/engine"
	"imagelab/lib/lab"
	"imagelab/lib/part"
	"imagelab/lib/report"
	"imagelab/lib/suspect"
	"imagelab/lib/text"
)

// suspectsFlags are the flags of `imagelab suspects`.
type suspectsFlags struct {
	suspect.Options
	parts
	side  string
	next  string // folder
	count int
	json  bool
}

// newSuspectsCmd is `imagelab suspects`: which labels are probably wrong.
func newSuspectsCmd(a *app) *cobra.Command {
	o := suspectsFlags{Options: suspect.Default(), count: 20}
	cmd := &cobra.Command{
		Use:   "suspects DIR",
		Short: "Find labels that are probably wrong, and photos unlike all others",
		Long: `Suspects ranks the photos of a set by how probably their label is wrong. A classifier on the features of a
pretrained network guesses each photo's class after learning from other photos only (5-fold cross-validation; groups
and copies stay together), the photos that look most like it vote, and both are held against the label. Suspects also
names pairs of classes that are hard to tell apart, and photos unlike all others. The score lies in 0 to 1: of a
label, above 0.5 another class is more probable; photos unlike all others, and copies whose labels differ, score 0.5 or
more whatever the label.

Nothing is changed. You decide, photo by photo: DIR/suspects.html shows each suspect beside the nearest photos of
both classes, DIR/suspects.json holds the list, and imagelab review DIR shows it and takes down what you decide.
Photos whose score is below 0.5 are listed too, until a tenth of all photos is.

The set need not be split. Of one that is, --split test lists the test photos: clean these first, because every
result is measured on them. DIR may also be a plain folder with a folder per class: then nothing is written.

--next FOLDER answers another question: which photos of FOLDER should be labelled next? It chooses --count photos
of which the classifier is unsure and that differ from each other (BADGE). On garments, 300 labels chosen so were
worth about as much as 400 labels of random photos.

Nearly all of the time goes into the features, which are kept. Machines that share DIR can compute them together: each
runs the same command with another --shard, and the command without --shard puts the parts together.`,
		Example: `  imagelab suspects data/mine
  imagelab suspects data/mine --split test
  imagelab suspects data/mine --json | jq -r '.suspects[:20][].path'
  imagelab suspects data/mine --next ~/new-photos --count 50`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.check(cmd.Flags()); err != nil {
				return usageError{err}
			}
			if o.shard.Count > 0 {
				return suspectsPart(cmd.Context(), a, args[0], o)
			}
			if o.next != "" {
				return chooseNext(cmd.Context(), a, args[0], o)
			}
			return findSuspects(cmd.Context(), a, args[0], o)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.side, "split", "", "list the photos of one `side` alone: train, val or test")
	addFeatures(f, &o.Embed)
	f.StringVar(&o.next, "next", "", "choose photos of `FOLDER` to label next")
	f.IntVar(&o.count, "count", o.count, "choose `N` photos with --next")
	f.Uint64Var(&o.Seed, "seed", 0, "seed for dealing photos to folds, and for choosing with --next")
	o.add(f, "compute features")
	addJSON(f, &o.json)
	return cmd
}

// check refuses flags that make no sense, or none together.
func (o suspectsFlags) check(flags *pflag.FlagSet) error {
	if o.side != "" {
		if err := oneOf("split", o.side, dataset.Train, dataset.Val, dataset.Test); err != nil {
			return err
		}
	}
	if err := cmp.Or(checkFeatures(o.Embed), o.parts.check()); err != nil {
		return err
	}
	if o.shard.Count > 0 {
		return noEffect(flags, "with --shard", "next", "count", "split", "seed")
	}
	if o.next == "" {
		return noEffect(flags, "without --next", "count")
	}
	if o.count < 1 {
		return fmt.Errorf("--count must be at least 1, and is %d", o.count)
	}
	return noEffect(flags, "with --next", "split")
}

// openSet loads a data set, or reads a plain folder into memory.
func openSet(ctx context.Context, a *app, dir string) (*dataset.Set, error) {
	info, err := os.Stat(dir)
	if lab.IsSet(dir) || err != nil || !info.IsDir() {
		return dataset.LoadQuiet(ctx, dir, a.progress)
	}
	return dataset.Open(ctx, dir, a.progress)
}

func findSuspects(ctx context.Context, a *app, dir string, o suspectsFlags) error {
	l := a.lab()
	defer l.Close()
	s, err := openSet(ctx, a, dir)
	if err != nil {
		return err
	}
	if o.side != "" && len(s.InSplit(o.side)) == 0 {
		return fmt.Errorf("%s has no photos on the %s side: leave out --split, or run `imagelab split`", text.Name(dir),
			o.side)
	}
	r, err := lab.Compute(ctx, l, func(e *engine.Engine) (suspect.Result, error) {
		return suspect.Find(ctx, e, s, o.Options, a.progress)
	})
	if err != nil {
		return err
	}
	listed := r
	listed.Suspects = r.Listed(o.side)
	page := ""
	if s.Dir != "" {
		if err := suspect.Save(s.Dir, r); err != nil {
			return err
		}
		page = filepath.Join(s.Dir, "suspects.html")
		if err := report.WriteSuspects(ctx, page, s, listed, o.side, a.progress); err != nil {
			return err
		}
	}
	if o.json {
		return a.json(listed)
	}
	return printSuspects(a, s, listed, page)
}

// suspectsPart computes the features of a part of the photos.
func suspectsPart(ctx context.Context, a *app, dir string, o suspectsFlags) error {
	l := a.lab()
	defer l.Close()
	return o.do(ctx, a, dir, o.json, func(s *dataset.Set, list []string) (part.Done, error) {
		return lab.Compute(ctx, l, func(e *engine.Engine) (part.Done, error) {
			return suspect.Part(ctx, e, s, list, o.Options, o.shard, a.progress)
		})
	})
}

// chooseNext prints the photos of a folder that are worth a label.
func chooseNext(ctx context.Context, a *app, dir string, o suspectsFlags) error {
	l := a.lab()
	defer l.Close()
	s, err := openSet(ctx, a, dir)
	if err != nil {
		return err
	}
	pool, err := openSet(ctx, a, o.next)
	if err != nil {
		return fmt.Errorf("--next: %w", err)
	}
	choice := active.Options{Embed: o.Embed, Count: o.count, Seed: o.Seed}
	next, err := lab.Compute(ctx, l, func(e *engine.Engine) ([]active.Choice, error) {
		return active.Next(ctx, e, s, pool, choice, a.progress)
	})
	if err != nil {
		return err
	}
	if o.json {
		return a.json(map[string]any{"next": next})
	}
	for _, c := range next {
		if _, err := fmt.Fprintf(a.stdout, "%s\t%s\n", text.Name(filepath.Join(pool.Root, filepath.FromSlash(c.Path))),
			c.Reason); err != nil {
			return err
		}
	}
	if len(next) == 0 {
		_, err = fmt.Fprintf(a.stdout, "all photos of %s have a label already, or were dropped\n", text.Name(o.next))
	}
	return err
}

// mostPrinted is how many suspects and pairs are printed.
const mostPrinted = 15

func printSuspects(a *app, s *dataset.Set, r suspect.Result, page string) error {
	t := text.Table{Columns: []text.Column{{Head: "score", Number: true}, {Head: "photo", Least: 16},
		{Head: "label", Least: 8}, {Head: "guess", Least: 8}, {Head: "kind"}}}
	for _, x := range r.Suspects[:min(len(r.Suspects), mostPrinted)] {
		t.Add(fmt.Sprintf("%.2f", x.Score), text.Name(x.Path), text.Name(x.Label), text.Name(x.Guess), x.Kind)
	}
	if err := a.printTable(t, "--json shows all"); err != nil {
		return err
	}
	if more := len(r.Suspects) - mostPrinted; more > 0 {
		fmt.Fprintf(a.stdout, "and %d more\n", more)
	}
	for _, p := range r.Pairs[:min(len(r.Pairs), 3)] {
		if err := a.printLine("hard to tell apart: " + p.Reason); err != nil {
			return err
		}
	}
	for _, note := range r.Notes {
		fmt.Fprintf(a.stdout, "note: %s\n", note)
	}
	if r.Ranked > 0 {
		fmt.Fprintf(a.stdout, "%s judged in the whole set, %d labels are probably wrong\n", text.Count(r.Ranked, "label"),
			r.Wrong)
	}
	says := "nothing was changed, and nothing was written: ingest the folder for a page with the photos"
	if page != "" {
		says = "nothing was changed; look at " + text.Name(page)
	}
	_, err := fmt.Fprintln(a.stdout, says)
	return err
}
