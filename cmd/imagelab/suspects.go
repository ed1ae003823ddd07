package main

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"imagelab/lib/dataset"
	"imagelab/lib/report"
	"imagelab/lib/suspect"
	"imagelab/lib/text"
)

// suspectsFlags are the flags of `imagelab suspects`.
type suspectsFlags struct {
	suspect.Options
	side string
	json bool
}

// newSuspectsCmd is `imagelab suspects`: which labels are probably wrong.
func newSuspectsCmd(a *app) *cobra.Command {
	o := suspectsFlags{Options: suspect.Default()}
	cmd := &cobra.Command{
		Use:   "suspects DIR",
		Short: "Find labels that are probably wrong, and photos unlike all others",
		Long: `Suspects ranks the photos of a set by how probably their label is wrong. A classifier on the features of a
pretrained network guesses each photo's class after learning from other photos only (5-fold cross-validation; groups
and copies stay together), the photos that look most like it vote, and both are held against the label. Suspects also
names pairs of classes that are hard to tell apart, and photos unlike all others. The score lies in 0 to 1: above 0.5
another class is more probable than that of the label.

Nothing is changed. You decide, photo by photo: DIR/suspects.html shows each suspect beside the nearest photos of both
classes, and DIR/suspects.json holds the list for other programs. Photos whose score is below 0.5 are listed too, until a
tenth of all photos is.

The set need not be split. Of one that is, --split test lists the test photos: clean these first, because every
result is measured on them.`,
		Example: `  imagelab suspects data/mine
  imagelab suspects data/mine --split test
  imagelab suspects data/mine --json | jq -r '.suspects[:20][].path'`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if o.side != "" {
				if err := oneOf("split", o.side, dataset.Train, dataset.Val, dataset.Test); err != nil {
					return usageError{err}
				}
			}
			return findSuspects(cmd.Context(), a, args[0], o)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.side, "split", "", "list the photos of one `side` alone: train, val or test")
	f.StringVar(&o.Embed.Backbone, "backbone", "", "pretrained `network` whose features are used (default: the one that train uses)")
	f.BoolVar(&o.json, "json", false, "print one JSON object")
	return cmd
}

func findSuspects(ctx context.Context, a *app, dir string, o suspectsFlags) error {
	l := a.lab()
	defer l.Close()
	s, err := dataset.LoadQuiet(ctx, dir, a.progress)
	if err != nil {
		return err
	}
	e, err := l.Engine(ctx)
	if err != nil {
		return err
	}
	r, err := suspect.Find(ctx, e, s, o.Options, a.progress)
	if err != nil {
		return err
	}
	if err := suspect.Save(s.Dir, r); err != nil {
		return err
	}
	r.Suspects = r.Listed(o.side)
	page := filepath.Join(s.Dir, "suspects.html")
	if err := report.WriteSuspects(ctx, page, s, r, o.side, a.progress); err != nil {
		return err
	}
	if o.json {
		return a.json(r)
	}
	return printSuspects(a, s, r, page)
}

// mostPrinted is how many suspects and pairs are printed.
const mostPrinted = 15

func printSuspects(a *app, s *dataset.Set, r suspect.Result, page string) error {
	t := text.Table{Columns: []text.Column{{Head: "score", Number: true}, {Head: "photo", Least: 16}, {Head: "label", Least: 8}, {Head: "guess", Least: 8}, {Head: "kind"}}}
	for _, x := range r.Suspects[:min(len(r.Suspects), mostPrinted)] {
		t.Add(fmt.Sprintf("%.2f", x.Score), text.Name(x.Path), text.Name(x.Label), text.Name(x.Guess), x.Kind)
	}
	if err := a.printTable(t, "the page shows all"); err != nil {
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
		fmt.Fprintf(a.stdout, "%s judged, %d labels are probably wrong\n", text.Count(r.Ranked, "label"), r.Wrong)
	}
	_, err := fmt.Fprintf(a.stdout, "nothing was changed; look at %s\n", text.Name(page))
	return err
}
