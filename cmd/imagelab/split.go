package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"imagelab/lib/dataset"
	"imagelab/lib/dedup"
	"imagelab/lib/split"
	"imagelab/lib/text"
)

// newSplitCmd is `imagelab split`: train, validation and test, fixed from now on.
func newSplitCmd(a *app) *cobra.Command {
	options := split.Default()
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "split DIR",
		Short: "Divide the set into train, validation and test",
		Long: `Split divides the photos of each class into three sides, train, validation and test, with the same shares for
every class. Photos that belong together (of the same object, burst or video) must stay on one side. There are four ways
to say which do: the CSV's group column; --group-pattern, a regular expression on the path whose first (...) group
is the name of the group; --group-run N, which keeps N neighbours in file order together, such as video frames; and a
proposal of imagelab groups that was accepted.
--buffer N leaves out the frames of a sequence (names that differ in the last number) that lie N or fewer from one of
another side: training frames near validation or test frames, and validation frames near test frames.

If the folders came with a split, it is kept. If you add photos and run split again, test photos stay test photos;
--redo forgets this. The set also keeps its rules (groups, shares, seed, fixed test): split without flags uses them
again, a flag changes one, and --forget-rules drops those that you do not give again.`,
		Example: `  imagelab split data/mine
  imagelab split data/mine --group-pattern '^(session[0-9]+)/'
  imagelab split data/mine --group-run 60 --seed 7
  imagelab split data/film --group-run 250 --buffer 25`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := options.Validate(); err != nil {
				return usageError{err}
			}
			return splitSet(cmd, a, args[0], options, asJSON)
		},
	}
	addSplitFlags(cmd.Flags(), &options)
	addJSON(cmd.Flags(), &asJSON)
	return cmd
}

func addSplitFlags(f *pflag.FlagSet, options *split.Options) {
	f.Float64Var(&options.Val, "val", options.Val, "`share` of each class for validation")
	f.Float64Var(&options.Test, "test", options.Test, "`share` of each class for the test")
	f.Uint64Var(&options.Seed, "seed", options.Seed, "seed for the random split")
	f.StringVar(&options.GroupPattern, "group-pattern", "",
		"`regexp` on the path; photos whose first (...) group matches the same text stay together")
	f.IntVar(&options.GroupRun, "group-run", 0, "keep `N` neighbours in file order together")
	f.IntVar(&options.Buffer, "buffer", 0, "leave out frames that lie `N` or fewer from one of another side (0: none)")
	f.StringVar(&options.FixedTest, "fixed-test", "",
		"`file` with one path or sha256 per line: exactly these are the test photos")
	f.BoolVar(&options.Redo, "redo", false, "forget the split of the folders and earlier test photos")
	f.BoolVar(&options.Forget, "forget-rules", false, "drop the rules that the set has kept from earlier splits")
}

// splitSet divides the set in dir and prints what came out. The options are those of the flags of
// cmd; rules that the set has kept go on.
func splitSet(cmd *cobra.Command, a *app, dir string, options split.Options, asJSON bool) error {
	ctx, s, release, err := dataset.LoadHeld(cmd.Context(), dir, a.progress)
	if err != nil {
		return err
	}
	defer release()
	o, kept, err := withKeptRules(s.Dir, options, cmd.Flags())
	if err != nil {
		return err
	}
	if err := o.Validate(); err != nil {
		return usageError{err}
	}
	l := a.lab()
	defer l.Close()
	if err := l.GroupAgain(ctx, s, o.GroupRule); err != nil {
		return err
	}
	summary, err := split.Run(s, o)
	if err != nil {
		return withDoubt(s, err)
	}
	if kept != "" {
		summary.Notes = append([]string{kept}, summary.Notes...)
	}
	if asJSON {
		return a.json(summary)
	}
	return printSplit(a, s, summary)
}

// withKeptRules is the options that the set in dir was split with before, changed by the flags
// that were given, and a note that says which were kept.
func withKeptRules(dir string, given split.Options, flags *pflag.FlagSet) (o split.Options, note string, err error) {
	if given.Forget {
		return given, "", nil
	}
	o, found, err := split.Kept(dir)
	if err != nil || !found {
		return given, "", err
	}
	was := o
	grouping := flags.Changed("group-pattern") || flags.Changed("group-run")
	if grouping {
		o.GroupPattern, o.GroupRun, o.GroupRule = given.GroupPattern, given.GroupRun, ""
		o.Forget = o.GroupPattern == "" && o.GroupRun < 2 // an empty rule was asked for
	}
	for name, take := range map[string]func(){
		"val":        func() { o.Val = given.Val },
		"test":       func() { o.Test = given.Test },
		"seed":       func() { o.Seed = given.Seed },
		"fixed-test": func() { o.FixedTest, o.FixedIDs = given.FixedTest, false },
		"buffer": func() {
			if o.Buffer = given.Buffer; o.Buffer == 0 {
				o.Buffer = -1 // none, and this was asked for
			}
		},
		"redo": func() { o.Redo, o.FixedIDs = given.Redo, false },
	} {
		if flags.Changed(name) {
			take()
		}
	}
	return o, describeRules(was, o), nil
}

// describeRules says which rules of an earlier split go on and which were changed, as flags.
// Defaults are not worth a word.
func describeRules(was, now split.Options) string {
	var kept, changed []string
	usual := split.Default()
	rule := func(flag string, was, now, usual any) {
		switch {
		case was != now:
			changed = append(changed, fmt.Sprintf("--%s %v", flag, was))
		case now != usual:
			kept = append(kept, fmt.Sprintf("--%s %v", flag, now))
		}
	}
	rule("group-pattern", text.Word(was.GroupPattern), text.Word(now.GroupPattern), text.Word(""))
	rule("group-run", was.GroupRun, now.GroupRun, 0)
	rule("buffer", max(0, was.Buffer), max(0, now.Buffer), 0)
	rule("val", was.Val, now.Val, usual.Val)
	rule("test", was.Test, now.Test, usual.Test)
	rule("seed", was.Seed, now.Seed, usual.Seed)
	switch {
	case was.GroupRule != now.GroupRule:
		changed = append(changed, "groups accepted as "+text.Name(was.GroupRule))
	case now.GroupRule != "":
		kept = append(kept, "groups accepted as "+text.Name(now.GroupRule))
	}
	if now.FixedIDs {
		kept = append(kept, "--fixed-test (test_ids.txt)")
	}
	if now.IgnoreFolders {
		kept = append(kept, "sides not from the folders (--redo)")
	}
	var parts []string
	if len(kept) > 0 {
		parts = append(parts, fmt.Sprintf("by the rules of this set: %s; --forget-rules drops them", strings.Join(kept, " ")))
	}
	if len(changed) > 0 {
		parts = append(parts, "changed rules of this set, before: "+strings.Join(changed, " "))
	}
	return strings.Join(parts, "; ")
}

func printSplit(a *app, s *dataset.Set, summary split.Summary) error {
	t := text.Table{Columns: []text.Column{{Head: "class", Number: true, Least: 12}, {Head: "train", Number: true},
		{Head: "val", Number: true}, {Head: "test", Number: true}}}
	for _, class := range s.Classes() {
		n := summary.PerClass[class]
		t.Add(text.Name(class), fmt.Sprint(n["train"]), fmt.Sprint(n["val"]), fmt.Sprint(n["test"]))
	}
	t.Add("all", fmt.Sprint(summary.Sides["train"]), fmt.Sprint(summary.Sides["val"]), fmt.Sprint(summary.Sides["test"]))
	if err := a.printTable(t, "a wider terminal shows all"); err != nil {
		return err
	}
	for _, note := range summary.Notes {
		fmt.Fprintf(a.stdout, "note: %s\n", note)
	}
	if summary.Excluded > 0 {
		fmt.Fprintf(a.stdout, "excluded in review, on no side: %d\n", summary.Excluded)
	}
	if summary.Buffer > 0 {
		fmt.Fprintf(a.stdout, "left out as a buffer between sides, on no side: %d\n", summary.Buffer)
	}
	if summary.Groups > 0 {
		fmt.Fprintf(a.stdout, "groups of more than one image, each on one side: %d\n", summary.Groups)
	}
	if summary.Frozen > 0 {
		fmt.Fprintf(a.stdout, "test images kept from an earlier split: %d\n", summary.Frozen)
	}
	if !dedup.Seen(s) {
		fmt.Fprintf(a.stdout, "note: copies were not looked for, and may stand on two sides: run `imagelab dedup "+
			"%s` and split again\n", word(s.Dir))
	} else if note := doubt(s); note != "" {
		fmt.Fprintf(a.stdout, "note: %s\n", note)
	}
	fmt.Fprintf(a.stdout, "next: imagelab train %s --out runs/a\n", word(s.Dir))
	return nil
}

// doubt says why too much may have been left out of a set as copies, and what keeps it; empty where
// nothing speaks for that.
func doubt(s *dataset.Set) string {
	r, err := dedup.Load(s.Dir)
	if err != nil || r.Doubt == "" || !r.Fits(s) {
		return ""
	}
	return fmt.Sprintf("dedup left out %d of %d photos. %s %s", r.Removed, r.Images, r.Doubt, onlySamePixels(s.Dir))
}

// withDoubt adds to the error of a split that too many photos were left out.
func withDoubt(s *dataset.Set, err error) error {
	if note := doubt(s); note != "" {
		return fmt.Errorf("%w\n%s", err, note)
	}
	return err
}
