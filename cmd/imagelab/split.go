package main

import (
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"imagelab/lib/dedup"
	"imagelab/lib/imgset"
	"imagelab/lib/split"
)

// newSplitCmd is `imagelab split`: train, validation and test, fixed from now on.
func newSplitCmd(a *app) *cobra.Command {
	options := split.Default()
	cmd := &cobra.Command{
		Use:   "split DIR",
		Short: "Divide the set into train, validation and test",
		Long: `Split deals the images of each class to train, validation and test in the same shares. Images that belong together
(the same object, burst or video) must stay on one side: name them with the CSV's group column, with --group-pattern, a
regular expression on the path whose first parenthesis is the group, or with --group-run N for runs of N neighbours in
file order, such as video frames.

A split that came with the folders is kept. Test images stay test images when photos are added later and split is run
again; --redo forgets that.`,
		Example: `  imagelab split data/mine
  imagelab split data/mine --group-pattern '^(session[0-9]+)/'
  imagelab split data/mine --group-run 60 --seed 7`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := options.Validate(); err != nil {
				return usageError{err}
			}
			s, err := imgset.Load(args[0])
			if err != nil {
				return err
			}
			summary, err := split.Run(s, options)
			if err != nil {
				return err
			}
			return printSplit(a, s, summary)
		},
	}
	f := cmd.Flags()
	f.Float64Var(&options.Val, "val", options.Val, "`share` of each class for validation")
	f.Float64Var(&options.Test, "test", options.Test, "`share` of each class for the test")
	f.Uint64Var(&options.Seed, "seed", options.Seed, "another seed, another split")
	f.StringVar(&options.GroupPattern, "group-pattern", "", "`regexp` on the path; equal first submatches stay together")
	f.IntVar(&options.GroupRun, "group-run", 0, "keep runs of `N` neighbours in file order together")
	f.StringVar(&options.FixedTest, "fixed-test", "", "`file` with a path or sha256 a line: exactly these are the test images")
	f.BoolVar(&options.Redo, "redo", false, "forget given folders and earlier test images")
	return cmd
}

func printSplit(a *app, s *imgset.Set, summary split.Summary) error {
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "class\ttrain\tval\ttest\t")
	for _, class := range s.Classes() {
		n := summary.PerClass[class]
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\t\n", class, n["train"], n["val"], n["test"])
	}
	fmt.Fprintf(w, "all\t%d\t%d\t%d\t\n", summary.Sides["train"], summary.Sides["val"], summary.Sides["test"])
	if err := w.Flush(); err != nil {
		return err
	}
	for _, note := range summary.Notes {
		fmt.Fprintf(a.stdout, "note: %s\n", note)
	}
	if summary.Groups > 0 {
		fmt.Fprintf(a.stdout, "groups of more than one image, each on one side: %d\n", summary.Groups)
	}
	if summary.Frozen > 0 {
		fmt.Fprintf(a.stdout, "test images kept from an earlier split: %d\n", summary.Frozen)
	}
	if !deduplicated(s) {
		fmt.Fprintf(a.stdout, "note: near copies were not looked for, and may stand on two sides: run `imagelab dedup %s` and split again\n", word(s.Dir))
	}
	fmt.Fprintf(a.stdout, "next: imagelab train %s --out runs/a\n", word(s.Dir))
	return nil
}

// deduplicated reports whether dedup has seen the set as it is now.
func deduplicated(s *imgset.Set) bool {
	r, err := dedup.Load(s.Dir)
	return err == nil && r.Fits(s)
}
