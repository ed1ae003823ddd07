package main

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"imagelab/lib/dataset"
	"imagelab/lib/engine"
	"imagelab/lib/grouping"
	"imagelab/lib/lab"
	"imagelab/lib/report"
	"imagelab/lib/text"
)

// groupsFlags are the flags of `imagelab groups`.
type groupsFlags struct {
	grouping.Options
	accept string
	json   bool
}

// newGroupsCmd is `imagelab groups`: which photos belong together?
func newGroupsCmd(a *app) *cobra.Command {
	o := groupsFlags{Options: grouping.Default()}
	cmd := &cobra.Command{
		Use:   "groups DIR",
		Short: "Propose which photos belong together, for the split",
		Long: `Photos of one object, burst or film resemble each other. If a split puts them on two sides, results are too good.
Groups looks for such photos in names (sequences, dates, codes), folders, times and cameras (bursts), file order, and
features (scenes of a film, near copies), and proposes groups:

  prefix, first-word, two-words, first-number, date, folder    by names
  bursts     one camera, within a minute of each other; times that lie are not believed
  scenes     neighbours by name that look alike
  runs       runs of neighbours in file order
  alikes     photos with the same details: crops, slightly turned and framed photos, frames of a film

For each it says by how much results are too good if its groups are torn (inflation): the accuracy of a classifier on
frozen features, in cross-validation with photos dealt at random, less that with whole groups. DIR/groups.html shows
photos of the groups. Only you know whether they belong together.

--accept NAME keeps a proposal with the set, and so does a click on the page Groups of imagelab review DIR: the next
split goes by it, and applies it to photos that come later. A set that is split already needs split --redo to move its
test photos.`,
		Example: `  imagelab groups data/mine
  imagelab groups data/mine --accept scenes
  imagelab split data/mine`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := checkFeatures(o.Embed); err != nil {
				return usageError{err}
			}
			return proposeGroups(cmd.Context(), a, args[0], o)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.accept, "accept", "", "keep the proposal of this `name` with the set")
	addFeatures(f, &o.Embed)
	addJSON(f, &o.json)
	return cmd
}

func proposeGroups(ctx context.Context, a *app, dir string, o groupsFlags) error {
	l := a.lab()
	defer l.Close()
	ctx, s, release, err := dataset.LoadHeld(ctx, dir, a.progress)
	if err != nil {
		return err
	}
	defer release()
	r, err := lab.Compute(ctx, l, func(e *engine.Engine) (grouping.Result, error) {
		return grouping.Propose(ctx, e, s, o.Options, a.progress)
	})
	if err != nil {
		return err
	}
	page := filepath.Join(s.Dir, "groups.html")
	if err := report.WriteGroups(ctx, page, s, r, a.progress); err != nil {
		return err
	}
	if err := grouping.Save(s, r); err != nil {
		return err
	}
	if o.accept != "" {
		return acceptGroups(a, s, r, o)
	}
	if o.json {
		return a.json(r)
	}
	return printGroups(a, s, r, page)
}

func acceptGroups(a *app, s *dataset.Set, r grouping.Result, o groupsFlags) error {
	p, err := r.Find(o.accept)
	if err != nil {
		return err
	}
	if err := grouping.Accept(s, p); err != nil {
		return err
	}
	if o.json {
		return a.json(r)
	}
	redo := ""
	if len(s.InSplit(dataset.Test)) > 0 {
		redo = " --redo"
	}
	_, err = fmt.Fprintf(a.stdout, "kept with the set: %s (%s, largest %d)\nnext: imagelab split %s%s\n", p.Text,
		text.Count(p.Groups, "group"), p.Largest, word(s.Dir), redo)
	return err
}

func printGroups(a *app, s *dataset.Set, r grouping.Result, page string) error {
	t := text.Table{Columns: []text.Column{{Head: "name"}, {Head: "groups", Number: true},
		{Head: "photos", Number: true}, {Head: "largest", Number: true},
		{Head: "inflation", Number: true}, {Head: "95 % interval"}, {Head: "grouped are", Least: 24, Spare: 1}}}
	for _, p := range r.Proposals {
		t.Add(p.Name, fmt.Sprint(p.Groups), fmt.Sprint(p.Photos), fmt.Sprint(p.Largest),
			fmt.Sprintf("%+.1f points", 100*p.Inflation),
			fmt.Sprintf("%+.1f to %+.1f", 100*p.Interval[0], 100*p.Interval[1]), p.Text)
	}
	if len(r.Proposals) > 0 {
		if err := a.printTable(t, "--json shows all"); err != nil {
			return err
		}
	}
	for _, note := range r.Notes {
		fmt.Fprintf(a.stdout, "note: %s\n", note)
	}
	if len(r.Proposals) == 0 {
		_, err := fmt.Fprintf(a.stdout, "nothing in names, times or features of %s speaks for groups\n",
			text.Count(r.Photos, "photo"))
		return err
	}
	_, err := fmt.Fprintf(a.stdout, "look at %s, and keep what is right: imagelab groups %s --accept NAME\n",
		text.Name(page), word(s.Dir))
	return err
}
